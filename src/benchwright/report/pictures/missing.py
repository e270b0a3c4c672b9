"""Who answered what: models × groups, or models × items where there is one group."""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np
import numpy.typing as npt
from msgspec import Struct

from benchwright.core.table import Table
from benchwright.report.pictures import marks
from benchwright.report.pictures.order import ordered, similarity_of
from benchwright.report.pictures.picture import Picture

ROWS, COLUMNS = 60, 80
"""Most lines and columns: further models share a line, of more groups the fullest are shown."""

WHOLE = 3
"""More models than so many that answered everything share one line."""

TITLED = 800
"""Up to so many cells say their share when pointed at; of more, whole lines do."""

LEVELS = ("nothing", "up to a fifth", "up to a half", "up to four fifths", "nearly all", "all")
"""What the six shades stand for."""

_NAME, _VALUE, _LABEL = 208.0, 46.0, 138.0
Shares = npt.NDArray[np.float64]


class _Row(Struct, frozen=True):
    """One line of the map."""

    models: list[str]
    shares: list[float]
    total: float

    @property
    def whole(self) -> bool:
        """Whether it is the line of all that answered everything."""
        return len(self.models) > 1 and min(self.shares) >= 1

    @property
    def told(self) -> str:
        """Return its models, in a few words."""
        few = ", ".join(marks.cut(name, 160) for name in self.models[:3])
        if len(self.models) == 1:
            return few
        return f"{len(self.models):,} models ({few}{', …' if len(self.models) > 3 else ''})"


class _Map(Struct, frozen=True, kw_only=True):
    """The lines, and where they stand."""

    rows: list[_Row]
    columns: list[str]
    left: float
    top: float
    cell: tuple[float, float]

    @property
    def single(self) -> bool:
        """Whether each line is one model, but for those that answered everything."""
        return all(len(row.models) == 1 or row.whole for row in self.rows)

    @property
    def right(self) -> float:
        """Where the cells end."""
        return self.left + len(self.columns) * self.cell[0]

    @property
    def bottom(self) -> float:
        """Where the lines end."""
        return self.top + len(self.rows) * self.cell[1]

    def at(self, row: int, column: int) -> tuple[float, float]:
        """Return the upper left corner of a cell."""
        return self.left + column * self.cell[0], self.top + row * self.cell[1]


def missing(
    models: Sequence[str],
    columns: Sequence[str],
    share: npt.ArrayLike,
    *,
    weight: Sequence[float] | None = None,
    what: str = "",
) -> Picture:
    """Return the map of what was observed.

    Args:
        models: names.
        columns: names of groups; empty texts where the columns are bins of items in order.
        share: observed share of every model's cells in every column, 0 to 1; shape [models,
            columns].
        weight: items in each column; all alike where it is None.
        what: what the columns are, where they have no names.
    """
    table = np.asarray(share, dtype=np.float64).reshape(len(models), len(columns))
    mass = np.asarray(weight if weight is not None else [1.0] * len(columns), dtype=np.float64)
    named = any(columns)
    across = _columns(table, named=named)
    rows = _rows(models, table, mass, across)
    body, width, height = _drawn(_laid_out(rows, [columns[c] for c in across]), what)
    everything = bool(table.size) and bool((table >= 1).all())
    label = f"What {marks.counted(len(models), 'model')} answered"
    return Picture(
        name="missing",
        title="What was measured",
        caption=_caption(rows, len(models), len(across), len(columns), everything, named=named),
        drawn=(marks.svg(width, height, label, body, least=0.62 * width),)
        if table.size and not everything
        else (),
        table=_table(models, [columns[c] for c in across], table[:, across], named=named),
    )


def level(share: float) -> int:
    """Return the shade of a share: 0 for nothing, 5 for all."""
    if share <= 0:
        return 0
    return 5 if share >= 1 else 1 + sum(share > bound for bound in (0.2, 0.5, 0.8))


def _columns(table: Shares, *, named: bool) -> list[int]:
    """Return the columns to draw, in an order in which blocks show."""
    if not named or not table.size:
        return list(range(table.shape[1]))
    kept = np.argsort(-table.mean(axis=0), kind="stable")[:COLUMNS]
    order = ordered(similarity_of(np.round(table[:, kept], 3).T))
    found = [int(kept[place]) for place in order]
    fuller = table[:, found].mean(axis=0)
    half = len(found) // 2
    return found if fuller[:half].sum() >= fuller[-half:].sum() or not half else found[::-1]


def _rows(models: Sequence[str], table: Shares, mass: Shares, across: list[int]) -> list[_Row]:
    """Return the lines: models with the same pattern together, the fullest first."""
    if not table.size:
        return []
    shares = table[:, across]
    total = table @ mass / max(float(mass.sum()), 1e-12)
    shade = 1 * (shares > 0) + (shares > 0.5) + (shares >= 1)
    keys = [
        (*(-int(s) for s in shade[place]), -total[place], models[place])
        for place in range(len(models))
    ]
    order = sorted(range(len(models)), key=keys.__getitem__)
    whole = [place for place in order if (table[place] >= 1).all()]
    if len(whole) > WHOLE:
        order = [place for place in order if (table[place] < 1).any()]
    if len(order) <= ROWS:
        bunches = [[order[place]] for place in _alike(shares[order])]
    else:
        bunches = [list(map(int, part)) for part in np.array_split(order, ROWS)]
    if len(whole) > WHOLE:
        bunches.insert(0, whole)
    return [
        _Row(
            [models[place] for place in bunch],
            shares[bunch].mean(axis=0).tolist(),
            float(total[bunch].mean()),
        )
        for bunch in bunches
    ]


def _alike(shares: Shares) -> list[int]:
    """Return places of lines, the alike side by side, from upper left to lower right."""
    found = ordered(similarity_of(np.round(shares, 3)))
    half, side = (len(found) + 1) // 2, (shares.shape[1] + 1) // 2
    first, last = shares[found[:half], :side].sum(), shares[found[-half:], :side].sum()
    return found if first >= last - 1e-9 else found[::-1]


def _laid_out(rows: list[_Row], columns: list[str]) -> _Map:
    single = all(len(row.models) == 1 or row.whole for row in rows)
    names = [_named(row) for row in rows]
    return _Map(
        rows=rows,
        columns=columns,
        left=12 + max((marks.length(name) for name in names), default=0.0) if single else 132.0,
        top=_LABEL if any(columns) else 26.0,
        cell=(
            min(max(620.0 / max(len(columns), 1), 8.0), 34.0),
            18.0 if len(rows) <= 30 else 14.0 if single else 10.0,
        ),
    )


def _drawn(plan: _Map, what: str) -> tuple[list[str], float, float]:
    wide, high = plan.cell
    body = _heads(plan, what)
    cells: list[list[str]] = [[] for _ in LEVELS]
    touch = []
    each = len(plan.rows) * len(plan.columns) <= TITLED
    for place, row in enumerate(plan.rows):
        x, y = plan.at(place, 0)
        base = y + high / 2 + 4
        words = _named(row)
        body.append(marks.text(x - 10, base, words, anchor="end") if words else "")
        if plan.single or place % 3 == 1:
            body.append(
                marks.text(plan.right + 40, base, _percent(row.total), kind="tick", anchor="end")
            )
        for column, share in enumerate(row.shares):
            x, y = plan.at(place, column)
            cells[level(share)].append(marks.box(x, y, wide - 1, high - 1))
            if each:
                name = marks.cut(plan.columns[column], 240)
                told = f"{row.told}{', ' if name else ''}{name}: {_percent(share)}"
                touch.append(marks.rect(x, y, wide, high, "touch", title=told))
        if not each:
            told = f"{row.told}: {_percent(row.total)} of all items"
            touch.append(marks.rect(0, y, plan.right + _VALUE, high, "touch", title=told))
    body += [marks.path(data, f"s{shade}") for shade, data in enumerate(cells)]
    lean = max((0.65 * marks.length(marks.cut(name, 158)) for name in plan.columns), default=0.0)
    width = max(plan.right + max(lean, _VALUE), plan.left + 530)
    return [*body, *touch, *_key(plan.left, plan.bottom + 14)], width, plan.bottom + 34


def _named(row: _Row) -> str:
    """Return what stands beside a line; nothing where it is one of many lines of many models."""
    if len(row.models) == 1:
        return marks.cut(row.models[0], _NAME)
    return marks.counted(len(row.models), "model") if row.whole else ""


def _heads(plan: _Map, what: str) -> list[str]:
    wide, base = plan.cell[0], plan.top - 8
    found = []
    every = max(1, math.ceil(12.5 / wide))
    for place, name in enumerate(marks.short(plan.columns) if any(plan.columns) else []):
        if place % every == 0:
            x = plan.left + (place + 0.5) * wide
            found.append(marks.text(x, base + 2, marks.cut(name, 158), turn=-50))
    if not any(plan.columns) and what:
        found.append(marks.text(plan.left, base, what, kind="soft"))
    bunches = [len(row.models) for row in plan.rows if not row.whole]
    if not plan.single:
        each = f"{round(sum(bunches) / len(bunches)):,} models a line"
        y = plan.top + plan.cell[1] * plan.rows[0].whole + 12
        found.append(marks.text(plan.left - 10, y, each, kind="soft", anchor="end"))
    found.append(marks.text(plan.right + 40, base, "all", kind="soft", anchor="end"))
    return found


def _key(left: float, y: float) -> list[str]:
    found, x = [], left
    for shade, words in enumerate(LEVELS):
        found.append(marks.rect(x, y, 12, 12, f"s{shade}"))
        found.append(marks.text(x + 17, y + 10, words, kind="tick"))
        x += 32 + marks.length(words, 10.5)
    return found


def _percent(share: float) -> str:
    """Return a share; only nothing is 0 and only everything is 100 percent."""
    shown = 100 * share
    if 0 < shown < 0.5:
        return "<1%"
    return ">99%" if 99.5 <= shown < 100 else f"{shown:.0f}%"


def _table(models: Sequence[str], columns: list[str], share: Shares, *, named: bool) -> Table:
    rows: tuple[tuple[str | float, ...], ...]
    if not share.size or (share >= 1).all():
        return Table(columns=("model", "share observed"), rows=())
    if not named:
        rows = tuple((name, float(row.mean())) for name, row in zip(models, share, strict=True))
        return Table(columns=("model", "share observed"), rows=rows)
    shown = columns[:30]
    rows = tuple(
        (name, *map(float, row[: len(shown)])) for name, row in zip(models, share, strict=True)
    )
    return Table(columns=("model", *(marks.cut(name, 160) for name in shown)), rows=rows[:100])


def _caption(
    rows: list[_Row], models: int, across: int, columns: int, everything: bool, *, named: bool
) -> str:
    if everything:
        return f"Nothing is missing: each of {marks.counted(models, 'model')} answered every item."
    kind = (
        "group of items" if named else "slice of the items, those that most models answered first"
    )
    found = (
        f"Each line is a model, each column a {kind}; the stronger the colour, the larger the part "
        "that was answered. Empty blocks were never asked: scores there are predicted. "
    )
    whole = sum(len(row.models) for row in rows if row.whole)
    lines = sum(not row.whole for row in rows)
    if whole:
        found += f"The {whole:,} models that answered everything share the first line. "
    if lines < models - whole:
        found += f"{models - whole:,} models share {lines} lines, alike with alike. "
    if across < columns:
        found += f"Of {columns:,} groups the {across} most answered are shown. "
    return found.strip()
