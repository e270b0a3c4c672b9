"""How alike benchmarks rank models: one cell for each pair."""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

from benchwright.core.table import Table
from benchwright.report.pictures import marks
from benchwright.report.pictures.order import ordered
from benchwright.report.pictures.picture import Picture

MOST = 80
"""Most benchmarks drawn; of more, those with the most pairs."""

WRITTEN = 16
"""Up to so many benchmarks the cells say tau and the number of models in figures."""

ENOUGH = 20
"""Common models from which a cell is drawn full: tau then varies by some .08 by chance."""

BOUNDS = (-0.4, -0.2, 0.0, 0.2, 0.4, 0.6, 0.8)
"""Where one shade of tau ends and the next begins."""

_LABEL, _EDGE = 188.0, 8.0

Values = npt.NDArray[np.float64]


def agreement(
    names: Sequence[str],
    tau: npt.ArrayLike,
    common: npt.ArrayLike,
    *,
    coefficient: str = "tau",
    title: str = "How alike the benchmarks rank",
    said: tuple[str, ...] = (),
) -> Picture:
    """Return the heat map of agreement.

    Args:
        names: of the benchmarks.
        tau: agreement of each pair, −1 to 1, symmetric; NaN where there is none.
        common: models that both rank, symmetric.
        coefficient: what ``tau`` is.
        title: the heading.
        said: sentences to stand under it.
    """
    table = np.asarray(tau, dtype=np.float64).reshape(len(names), len(names))
    both = np.asarray(common, dtype=np.float64).reshape(len(names), len(names))
    off = np.isfinite(table) & ~np.eye(len(names), dtype=bool)
    order = _order(names, table, off)
    cell = max(11.0, min(640 / max(len(order), 1), 46.0))
    body = _cells(names, table, both, order, cell)
    side = len(order) * cell
    body += _key(side + 22, written=len(order) <= WRITTEN, coefficient=coefficient)
    width = max(side + _LABEL, 520.0)
    pairs = int(off.sum()) // 2
    label = f"Agreement of {marks.counted(pairs, 'pair')} of {len(names)} benchmarks"
    return Picture(
        name="agreement",
        title=title,
        caption=_caption(len(order), len(names), coefficient),
        drawn=(marks.svg(width, side + 62, label, body, least=0.62 * width),) if pairs else (),
        table=_table(names, table, both, off, coefficient),
        said=said,
    )


def shade(tau: float) -> int:
    """Return the shade of an agreement: 0 for the most opposed, 7 for the most alike."""
    return sum(tau >= bound for bound in BOUNDS)


def _order(names: Sequence[str], table: Values, off: npt.NDArray[np.bool_]) -> list[int]:
    """Return the benchmarks to draw, the alike side by side."""
    pairs = off.sum(axis=1)
    by_name = sorted(range(len(names)), key=lambda n: (-int(pairs[n]), names[n]))
    kept = sorted((n for n in by_name[:MOST] if pairs[n]), key=lambda n: names[n])
    found = table[np.ix_(kept, kept)]
    return [kept[place] for place in ordered(np.where(off[np.ix_(kept, kept)], found, np.nan))]


def _cells(
    names: Sequence[str],
    table: Values,
    both: Values,
    order: list[int],
    cell: float,
) -> list[str]:
    shown = dict(zip(order, marks.short([names[n] for n in order]), strict=True))
    written = len(order) <= WRITTEN
    found: list[str] = []
    for row, one in enumerate(order):
        y = _EDGE + row * cell
        base = y + cell / 2 + 4
        found.append(marks.text(row * cell + 6, base, marks.cut(shown[one], _LABEL - 12)))
        for column, other in enumerate(order[:row]):
            value, models = float(table[one, other]), int(both[one, other])
            x = column * cell
            if not math.isfinite(value):
                found.append(f'<circle class="none" cx="{marks.px(x + cell / 2)}" '
                             f'cy="{marks.px(y + cell / 2)}" r="1"/>')  # fmt: skip
                continue
            told = (
                f"{marks.cut(names[one], 200)} and {marks.cut(names[other], 200)}: "
                f"{_signed(value)}, {marks.counted(models, 'common model')}"
            )
            side = cell - 1.5 if written else (cell - 1) * math.sqrt(min(models / ENOUGH, 1))
            inset = (cell - side) / 2
            kind = f"t{shade(value)}"
            found.append(marks.rect(x + inset, y + inset, side, side, kind, title=told))
            if written:
                dark = " on-strong" if shade(value) in (0, 6, 7) else ""
                middle = x + cell / 2
                found.append(marks.text(middle, y + cell / 2 + 1, _signed(value),
                                        kind=f"figure{dark}", anchor="middle"))  # fmt: skip
                found.append(marks.text(middle, y + cell / 2 + 13, str(models),
                                        kind=f"count{dark}", anchor="middle"))  # fmt: skip
    return found


def _signed(value: float) -> str:
    return f"{value:.2f}".replace("-0.00", "0.00").replace("-", "−").replace("0.", ".", 1)


def _key(y: float, *, written: bool, coefficient: str) -> list[str]:
    found = [marks.text(0, y + 11, coefficient, kind="soft")]
    x = 14 + marks.length(coefficient)
    found += [marks.rect(x + 26 * n, y, 26, 14, f"t{n}") for n in range(len(BOUNDS) + 1)]
    for number, bound in enumerate(BOUNDS, 1):
        words = f"{bound:g}".replace("-", "−").replace("0.", ".")
        found.append(marks.text(x + 26 * number, y + 27, words, kind="tick", anchor="middle"))
    at = x + 26 * (len(BOUNDS) + 1) + 30
    for models in () if written else (5, 10, ENOUGH):
        side = 15 * math.sqrt(models / ENOUGH)
        found.append(marks.rect(at + (15 - side) / 2, y + (15 - side) / 2, side, side, "t5"))
        words = f"{models}{' models and more' if models == ENOUGH else ''}"
        found.append(marks.text(at + 20, y + 12, words, kind="tick"))
        at += 32 + marks.length(words, 11)
    return found


def _table(
    names: Sequence[str],
    table: Values,
    both: Values,
    off: npt.NDArray[np.bool_],
    coefficient: str,
) -> Table:
    rows = [
        (names[a], names[b], float(table[a, b]), int(both[a, b]))
        for a in range(len(names))
        for b in range(a + 1, len(names))
        if off[a, b]
    ]
    rows.sort(key=lambda row: (-row[2], row[0], row[1]))
    return Table(columns=("one", "other", coefficient, "common models"), rows=tuple(rows))


def _caption(drawn: int, of: int, coefficient: str) -> str:
    found = (
        "Each cell is a pair of benchmarks: one at its row’s name, the other at the name above its "
        f"column. {coefficient.capitalize()} is 1 where both put their common models in the same "
        "order, 0 where the orders have nothing in common, below 0 where they are opposed. "
    )
    if drawn <= WRITTEN:
        found += "Below it stands the number of common models. "
    else:
        found += (
            f"The smaller a cell, the fewer models it rests on; full ones have {ENOUGH} and more. "
            "Where there is a dot, the two have too few models in common. "
        )
    if drawn < of:
        found += f"{drawn} of {of} benchmarks are drawn: the others share too few models. "
    return found + "Few common models say little: with five, tau varies by some .3 by chance."
