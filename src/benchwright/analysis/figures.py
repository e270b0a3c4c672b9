"""Figures that are no mean of scores: each benchmark's own function of rows, with an interval.

Intervals are by the bias-corrected and accelerated bootstrap (BCa; Efron and Tibshirani, *An
Introduction to the Bootstrap*, 1993, chapter 14) over samples, whose rows stay together. Where rows
are so many that it would take long, and the figure is nearly normal, by the jackknife over groups
of samples (Shao and Tu, *The Jackknife and Bootstrap*, 1995, section 2.3).
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Mapping, Sequence
from statistics import NormalDist
from typing import Any

import numpy as np
import numpy.typing as npt
from msgspec import Struct
from msgspec.structs import replace

from benchwright.analysis.cells import Cell, Measured, condition, quoted, read_cells, temporary
from benchwright.analysis.names import names_of, read_fields
from benchwright.analysis.student import t_quantile
from benchwright.core.benchmark import Figure, Row
from benchwright.core.measurement import Outcome
from benchwright.core.seeds import derive
from benchwright.core.table import Table

DRAWS = 1000
"""Most draws of the bootstrap."""
LEAST = 200
"""Fewest draws; where that would read too many rows, groups are left out in turn instead."""
ROWS = 1_000_000
"""Rows that the draws of one figure may read in all: what bounds the time to seconds."""
GROUPS = 40
"""Most groups of samples that are left out in turn."""
FEWEST = 10
"""Fewest; between the two, as many as read no more than twice ``ROWS`` rows."""
SAME = 1e-12
"""Values as near as this, relative to 1 or the value, are the same but for rounding."""
UNDEFINED = 0.05
"""Share of draws without a value from which there is no interval."""

_NORMAL = NormalDist()


class Reading(Struct, frozen=True, kw_only=True):
    """One figure of one model on one benchmark, asked one way, judged by one scorer."""

    cell: Cell
    """Where the rows stand."""
    model: str
    """The model's name, unique in the pool."""
    figure: Figure
    """What was computed."""
    value: float | None
    """The figure; None where it is undefined."""
    low: float | None
    """Lower end of its interval; None where resampling cannot tell."""
    high: float | None
    """Upper end; None likewise."""
    n: int
    """Samples behind it."""
    draws: int
    """Draws behind the interval; 0 where groups were left out in turn, or there is none."""
    confidence: float
    """Nominal coverage of the interval."""


def figures(
    pool: Measured,
    definitions: Callable[[str], Sequence[Figure]],
    where: str = "",
    *,
    confidence: float = 0.95,
) -> list[Reading]:
    """Return the figures of every model on every benchmark of ``pool`` that has some.

    Samples as they are only, without rows that failed for a reason that may pass. None of samples
    that were chosen for what they tell: they are no sample of the benchmark.

    Args:
        pool: the measurements.
        definitions: a benchmark's name → its figures.
        where: SQL condition over the columns of ``measurements``; every row where it is empty.
        confidence: nominal coverage of the intervals.

    Raises:
        DescriptionError: ``where`` is not such a condition.
    """
    found = []
    with pool.connect() as connection:
        names = names_of(read_cells(connection), read_fields(connection))
        steered = pool.steered()
        for cell in read_cells(connection, where):
            if (cell.model_key, cell.benchmark, cell.conditions, cell.scorer) in steered:
                continue
            scorer = cell.scorer.partition("@")[0]
            named = definitions(cell.benchmark.partition("@")[0])
            defined = [one for one in named if scorer in (one.scorers or (scorer,))]
            rows = read_rows(connection, cell, where) if defined else []
            for figure, part in told(defined, rows) if rows else ():
                value, low, high, draws = interval(figure, part, confidence)
                found.append(
                    Reading(
                        cell=cell, model=names.shown[cell.model_key], figure=figure,
                        value=value, low=low, high=high, n=len({row.sample for row in part}),
                        draws=draws, confidence=confidence,
                    )
                )  # fmt: skip
    return found


def told(defined: Sequence[Figure], rows: Sequence[Row]) -> Iterator[tuple[Figure, Sequence[Row]]]:
    """Yield every figure with its rows; one with ``by`` again for each value of that tag."""
    for figure in defined:
        yield figure, rows
        parts: dict[str, list[Row]] = {}
        for row in rows if figure.by else ():
            parts.setdefault(row.tags.get(figure.by, ""), []).append(row)
        for value in sorted(parts):
            yield replace(figure, name=f"{figure.name}: {value}", about=""), parts[value]


def read_rows(connection: Any, cell: Cell, where: str = "") -> list[Row]:
    """Return the rows of ``cell`` as figures read them, in order of sample and repeat."""
    query = f"""
        select sample, repeat, tags, outcome, value, answer, target from measurements
        where benchmark = {quoted(cell.benchmark)} and model_key = {quoted(cell.model_key)}
          and conditions = {quoted(cell.conditions)} and scorer = {quoted(cell.scorer)}
          and variant = '' and not {temporary()} and {condition(where)}
        order by sample, repeat"""  # noqa: S608 - quoted parts of our own; the condition is the user's
    return [
        Row(sample=sample, repeat=repeat, tags=dict(tags or {}), outcome=Outcome(outcome),
            value=value, answer=answer, target=target or "")
        for sample, repeat, tags, outcome, value, answer, target
        in connection.execute(query).fetchall()
    ]  # fmt: skip


def interval(
    figure: Figure, rows: Sequence[Row], confidence: float = 0.95
) -> tuple[float | None, float | None, float | None, int]:
    """Return the figure's value, the ends of its interval and the draws behind them.

    What is drawn is a sample, or all samples of one value of ``figure.unit``; one that is drawn
    twice stands there twice under two names. The same seed for every model, so that equal rows
    give equal intervals. No interval where the draws all agree, or too many have no value.
    """
    value = _finite(figure.of(rows))
    units = _units(figure, rows)
    count = len(units.members)
    if value is None or count < 2:
        return value, None, None, 0
    draws = min(DRAWS, ROWS // len(rows))
    rng = np.random.default_rng(derive(0, figure.name, count, "bootstrap"))
    groups = max(FEWEST, min(GROUPS, 2 * ROWS // len(rows)))
    without = _without_each(figure, units, rng, groups)
    if draws < LEAST:
        low, high = _jackknife(value, without, confidence)
        return value, low, high, 0
    drawn = [_finite(figure.of(units.drawn(rng.integers(count, size=count)))) for _ in range(draws)]
    there = np.sort(np.array([one for one in drawn if one is not None]))
    if len(there) < (1 - UNDEFINED) * draws or there[-1] - there[0] <= _rounding(value):
        return value, None, None, draws
    lower, upper = _bca(value, there, without, confidence)
    return value, min(lower, value), max(upper, value), draws


class _Units:
    """What is drawn as a whole, and its copies under names of their own."""

    def __init__(self, figure: Figure, members: Mapping[str, list[Row]]) -> None:
        self._unit = figure.unit
        self.members = [members[name] for name in sorted(members)]
        self._copies: dict[tuple[int, int], list[Row]] = {}

    def drawn(self, places: npt.NDArray[np.int64]) -> list[Row]:
        """Return the rows of the units at ``places``; a place may come several times."""
        rows: list[Row] = []
        counts = np.bincount(places, minlength=len(self.members))
        for place, times in enumerate(counts.tolist()):
            for copy in range(times):
                rows += self._copy(place, copy)
        return rows

    def _copy(self, place: int, copy: int) -> list[Row]:
        if copy == 0:
            return self.members[place]
        known = self._copies.get((place, copy))
        if known is None:
            known = [self._renamed(row, f"#{copy}") for row in self.members[place]]
            self._copies[place, copy] = known
        return known

    def _renamed(self, row: Row, mark: str) -> Row:
        tags = row.tags
        if self._unit:
            tags = {**tags, self._unit: tags.get(self._unit, "") + mark}
        return replace(row, sample=row.sample + mark, tags=tags)


def _units(figure: Figure, rows: Sequence[Row]) -> _Units:
    members: dict[str, list[Row]] = {}
    for row in rows:
        name = row.tags.get(figure.unit, "") if figure.unit else row.sample
        members.setdefault(name, []).append(row)
    return _Units(figure, members)


def _without_each(
    figure: Figure, units: _Units, rng: np.random.Generator, groups: int
) -> list[float]:
    """Return the figure without each of up to so many groups of units, made at random."""
    order = rng.permutation(len(units.members))
    parts = np.array_split(order, min(groups, len(order)))
    left = (np.setdiff1d(np.arange(len(units.members)), part) for part in parts)
    values = (_finite(figure.of(units.drawn(places))) for places in left)
    return [value for value in values if value is not None]


def _bca(
    value: float, drawn: npt.NDArray[np.float64], without: Sequence[float], confidence: float
) -> tuple[float, float]:
    """Return the interval's ends among the sorted ``drawn`` values."""
    # Ties at the value count half: figures of few samples take few values.
    near = np.abs(drawn - value) <= _rounding(value)
    below = (np.sum((drawn < value) & ~near) + np.sum(near) / 2) / len(drawn)
    edge = 1 / (2 * len(drawn))
    bias = _NORMAL.inv_cdf(min(max(float(below), edge), 1 - edge))
    away = np.mean(without) - np.array(without) if without else np.zeros(1)
    spread = float(np.sum(away**2)) ** 1.5
    acceleration = float(np.sum(away**3)) / (6 * spread) if spread > 0 else 0.0
    ends = []
    for tail in ((1 - confidence) / 2, (1 + confidence) / 2):
        at = bias + _NORMAL.inv_cdf(tail)
        shifted = bias + at / max(1 - acceleration * at, 0.1)
        ends.append(float(np.quantile(drawn, _NORMAL.cdf(shifted))))
    return ends[0], ends[1]


def _jackknife(
    value: float, without: Sequence[float], confidence: float
) -> tuple[float | None, float | None]:
    """Return Student's interval at the jackknife's standard error over the groups left out."""
    groups = len(without)
    if groups < FEWEST:
        return None, None
    error = math.sqrt((groups - 1) * float(np.var(without)))
    if error <= _rounding(value):
        return None, None
    half = t_quantile(confidence, groups - 1) * error
    return value - half, value + half


def _rounding(value: float) -> float:
    return SAME * max(1.0, abs(value))


def _finite(value: float | None) -> float | None:
    return None if value is None or not math.isfinite(value) else float(value)


def figures_table(readings: Sequence[Reading]) -> Table | None:
    """Return the readings as a table whose caption says what they are; None without any."""
    if not readings:
        return None
    columns = ("model", "benchmark", "asked", "scorer", "figure", "value", "low", "high", "n")
    rows = tuple(
        (one.model, one.cell.benchmark, one.cell.asked, one.cell.scorer, one.figure.name,
         one.value, one.low, one.high, one.n)
        for one in readings
    )  # fmt: skip
    draws = sorted({one.draws for one in readings if one.draws})
    ways = [f"the bootstrap (BCa, {' or '.join(f'{n:,}' for n in draws)} draws)"] if draws else []
    if any(not one.draws and one.low is not None for one in readings):
        ways.append(f"the jackknife over {FEWEST} to {GROUPS} groups")
    how = f"; intervals at {readings[0].confidence:.0%} over samples by {' or '.join(ways)}"
    said = ["Figures of the samples asked" + (how if ways else "")]
    said += dict.fromkeys(
        f"`{one.figure.name}`: {one.figure.about.rstrip('.')}"
        + ("; lower is better" if one.figure.lower_is_better else "")
        for one in readings
        if one.figure.about
    )
    if any(one.value is None for one in readings):
        said.append("A dash: undefined for these rows")
    elif any(one.low is None for one in readings):
        said.append("A dash: resampling these rows cannot tell")
    return Table(columns=columns, rows=rows, caption=". ".join(said) + ".")
