"""Items by difficulty and discrimination: points, or their density where there are thousands."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt
from msgspec import Struct

from benchwright.core.table import Table
from benchwright.report.drawing import Scale, scale_for
from benchwright.report.pictures import marks
from benchwright.report.pictures.picture import Picture

POINTS = 2_000
"""Up to so many items are points; of more, the picture shows their density."""

SUSPECTS = 60
"""Most suspects that are marked."""

LISTED = 12
"""Suspects named beside the picture."""

LEVELS = 5
"""Shades of density."""

_WIDTH, _HEIGHT, _LEFT, _TOP, _RIGHT, _BOTTOM = 600, 440, 56, 16, 14, 46
_COLUMNS, _ROWS, _DISTINCT = 48, 32, 72

Values = npt.NDArray[np.float64]


class _Field(Struct, frozen=True):
    """The two scales, as pixels."""

    x: Scale
    y: Scale

    def at(self, x: float, y: float) -> tuple[float, float]:
        """Return the pixels of a point."""
        across = (x - self.x.low) / (self.x.high - self.x.low)
        up = (y - self.y.low) / (self.y.high - self.y.low)
        wide, high = _WIDTH - _LEFT - _RIGHT, _HEIGHT - _TOP - _BOTTOM
        return _LEFT + across * wide, _TOP + (1 - up) * high


def items(
    names: Sequence[str],
    difficulty: npt.ArrayLike,
    discrimination: npt.ArrayLike,
    *,
    suspects: Sequence[tuple[int, str]] = (),
    x_label: str = "difficulty: share of the score that models lose",
    y_label: str = "discrimination: correlation with the rest",
    title: str = "The items",
    said: tuple[str, ...] = (),
) -> Picture:
    """Return the map of items.

    Args:
        names: of the items.
        difficulty: along the picture, for every item; NaN leaves an item out.
        discrimination: upwards, likewise.
        suspects: (place of an item, why), the most suspect first; marked and listed.
        x_label: what the first axis says.
        y_label: what the second says.
        title: the heading.
        said: sentences to stand under it.
    """
    x, y = (np.asarray(values, dtype=np.float64) for values in (difficulty, discrimination))
    known = np.isfinite(x) & np.isfinite(y)
    there = np.flatnonzero(known)
    marked = [(place, why) for place, why in suspects if known[place]][:SUSPECTS]
    body: list[str] = []
    dense = len(there) > POINTS
    if len(there):
        ends = [*_ends(y[there]), 0.0]
        field = _Field(scale_for(_ends(x[there]), steps=8), scale_for(ends, steps=8))
        body = _grid(field, x_label, y_label)
        body += _density(field, names, x, y, there) if dense else _points(field, names, x, y, there)
        body += _suspects(field, names, x, y, marked)
    label = f"{marks.counted(len(there), 'item')} by difficulty and discrimination"
    return Picture(
        name="items",
        title=title,
        caption=_caption(len(there), len(x), dense=dense, marked=len(marked)),
        drawn=(marks.svg(_WIDTH, _HEIGHT, label, body),) if body else (),
        table=_table(names, x, y, suspects),
        said=said,
        beside=Table(
            columns=("", "item", "why"),
            rows=tuple(
                (n, marks.cut(names[place], 190), why)
                for n, (place, why) in enumerate(marked[:LISTED], 1)
            ),
            caption="Items to look at",
        ),
    )


def _ends(values: Values) -> list[float]:
    return [float(values.min()), float(values.max())]


def _grid(field: _Field, x_label: str, y_label: str) -> list[str]:
    low, high = _HEIGHT - _BOTTOM, _WIDTH - _RIGHT
    found = []
    for tick in field.x.ticks:
        x, _ = field.at(tick, field.y.low)
        found.append(marks.line(x, _TOP, x, low, "rule"))
        found.append(marks.text(x, low + 16, _tick(tick), kind="tick", anchor="middle"))
    for tick in field.y.ticks:
        _, y = field.at(field.x.low, tick)
        found.append(marks.line(_LEFT, y, high, y, "axis-line" if tick == 0 else "rule"))
        found.append(marks.text(_LEFT - 7, y + 4, _tick(tick), kind="tick", anchor="end"))
    middle = (_TOP + low) / 2
    found.append(marks.text(_LEFT, _HEIGHT - 8, x_label, kind="soft"))
    found.append(marks.text(14, middle, y_label, kind="soft", anchor="middle", turn=-90))
    return found


def _tick(value: float) -> str:
    return f"{value:g}".replace("-", "−")


def _points(
    field: _Field, names: Sequence[str], x: Values, y: Values, there: npt.NDArray[np.intp]
) -> list[str]:
    """Return the points as one path; the page's script finds the nearest and says its name."""
    spots = [field.at(x[place], y[place]) for place in there]
    data = "".join(f"M{marks.px(across)} {marks.px(up)}h0" for across, up in spots)
    told = marks.e_lines([marks.cut(names[place], 300) for place in there])
    return [f'<path class="dots" d="{data}" data-names="{told}"/>']


def _density(
    field: _Field, names: Sequence[str], x: Values, y: Values, there: npt.NDArray[np.intp]
) -> list[str]:
    """Return cells shaded by how many items they hold, each with the names of a few."""
    columns = _edges(x[there], field.x, _COLUMNS)
    rows = np.linspace(field.y.low, field.y.high, _ROWS + 1)
    column = np.clip(np.searchsorted(columns, x[there], side="right") - 1, 0, len(columns) - 2)
    row = np.clip(np.searchsorted(rows, y[there], side="right") - 1, 0, _ROWS - 1)
    cell = column * _ROWS + row
    order = np.argsort(cell, kind="stable")
    held, first, count = np.unique(cell[order], return_index=True, return_counts=True)
    shade = _levels(count)
    found = []
    for number, start, many, level in zip(held, first, count, shade, strict=True):
        left, right = columns[number // _ROWS], columns[number // _ROWS + 1]
        x1, y2 = field.at(left, rows[number % _ROWS])
        x2, y1 = field.at(right, rows[number % _ROWS + 1])
        few = [marks.cut(names[there[place]], 150) for place in order[start : start + min(many, 3)]]
        told = f"{marks.counted(int(many), 'item')}: {', '.join(few)}{' …' if many > 3 else ''}"
        found.append(marks.rect(x1, y1, x2 - x1, y2 - y1, f"s{level}", title=told))
    return [*found, *_key(int(count.max()))]


def _key(most: int) -> list[str]:
    """Return the shades with the counts they begin at and end with."""
    right, y = _WIDTH - _RIGHT, _HEIGHT - 18.0
    words = marks.counted(most, "item")
    x = right - marks.length(words, 11) - 6 - 13 * LEVELS
    found = [marks.rect(x + 13 * n, y, 13, 11, f"s{n + 1}") for n in range(LEVELS)]
    found.append(marks.text(x - 6, y + 9.5, "1", kind="tick", anchor="end"))
    found.append(marks.text(right, y + 9.5, words, kind="tick", anchor="end"))
    return found


def _edges(values: Values, scale: Scale, count: int) -> Values:
    """Return the edges of the density's columns.

    Few models make few difficulties: each that is common gets a column of its own, or an even grid
    would be full here and empty there.
    """
    distinct, held = np.unique(np.round(values, 6), return_counts=True)
    common = distinct[held * 500 >= len(values)]
    if 2 <= len(common) <= _DISTINCT and held[held * 500 >= len(values)].sum() >= 0.9 * len(values):
        between = (common[1:] + common[:-1]) / 2
        # The outer columns are as wide as their neighbours.
        low, high = (2 * common[end] - between[end] for end in (0, -1))
        ends = max(scale.low, low), min(scale.high, high)
        return np.concatenate([[min(ends[0], values.min())], between, [max(ends[1], values.max())]])
    return np.linspace(scale.low, scale.high, count + 1)


def _levels(count: npt.NDArray[np.intp]) -> npt.NDArray[np.intp]:
    """Return the shade of each count, 1 to LEVELS by its root."""
    shade = np.ceil(LEVELS * np.sqrt(count / count.max()))
    found: npt.NDArray[np.intp] = np.clip(shade, 1, LEVELS).astype(np.intp)
    return found


def _suspects(
    field: _Field, names: Sequence[str], x: Values, y: Values, marked: Sequence[tuple[int, str]]
) -> list[str]:
    found = []
    for number, (place, why) in enumerate(marked, 1):
        across, up = field.at(x[place], y[place])
        told = marks.e(f"{number}. {marks.cut(names[place], 300)}: {why}")
        data = f"M{marks.px(across)} {marks.px(up - 6)}l6 6l-6 6l-6 -6z"
        found.append(f'<path class="suspect" d="{data}"><title>{told}</title></path>')
    return found


def _table(
    names: Sequence[str], x: Values, y: Values, suspects: Sequence[tuple[int, str]]
) -> Table:
    why = dict(suspects)
    order = [*why, *(int(place) for place in np.argsort(y) if int(place) not in why)]
    rows = tuple(
        (marks.cut(names[place], 300), float(x[place]), float(y[place]), why.get(place, ""))
        for place in order[:100]
    )
    first = "item (those to look at, then the least discriminating)"
    columns = (first, "difficulty", "discrimination", "why")
    return Table(columns=columns, rows=rows)


def _caption(there: int, of: int, *, dense: bool, marked: int) -> str:
    found = (
        "Each point is an item: to the right the harder ones, upwards those that tell strong "
        "models from weak ones. "
    )
    if dense:
        found = (
            f"{there:,} items: to the right the harder ones, upwards those that tell strong models "
            "from weak ones. The stronger a cell’s colour, the more items it holds. "
        )
    found += "Items at either side say little; below zero, weaker models do better. "
    if marked:
        found += (
            "Diamonds are items on which stronger models probably do worse: often their key is "
        )
        found += "wrong. "
    if there < of:
        found += f"{of - there:,} of {of:,} items are left out: too few models answered them, or "
        found += "all of them alike."
    return found.strip()
