"""Benchmark agreement testing: whether two benchmarks put models in the same order.

Definitions of Perlitz et al., "Do these LLM benchmarks agree?" (BenchBench, 2024; public repository
IBM/benchbench, src/bat/). Two choices are ours. A benchmark is compared with the aggregate of the
*others*, because a part agrees with a whole that holds it (``inclusive=True`` is BenchBench's way);
and the interval over models is given beside the mean over repeated draws, because draws from the
same few models say nothing of other models.
"""

from __future__ import annotations

import itertools
import math
from collections.abc import Collection, Sequence
from typing import Literal

import numpy as np
import numpy.typing as npt
from msgspec import Struct

from benchwright.analysis.agreement.boards import Board, Marks
from benchwright.analysis.agreement.correlation import (
    Correlation,
    Kind,
    correlation,
    kendall,
    pearson,
    spearman,
)
from benchwright.analysis.agreement.intervals import spread
from benchwright.analysis.agreement.references import AGGREGATE, Aggregate, aggregate
from benchwright.core.errors import DescriptionError, UnknownName

Strategy = Literal["random", "top", "bottom", "middle", "somewhere"]
"""Which common models are taken: any, the best, the worst, those between, a run of neighbours."""

FEWEST = 5
"""Common models below which two benchmarks are not compared."""

REPEATS = 10
"""Draws of models, where a draw is random."""

_CORRELATE = {"kendall": kendall, "pearson": pearson, "spearman": spearman}


class Agreement(Struct, frozen=True, kw_only=True):
    """How far a benchmark and a reference agree, by one sampling of their common models."""

    scenario: str
    """The benchmark."""
    reference: str
    """What it is compared with: ``aggregate`` or the name of another."""
    kind: Kind
    """Which correlation."""
    strategy: Strategy
    """How models were taken."""
    take: int
    """Models of each draw; 0 for all common ones."""
    common: int
    """Models that both have."""
    value: float
    """Mean over the draws; NaN where no draw had an order."""
    sd: float
    """Sample standard deviation over the draws; NaN with fewer than two."""
    draws: int
    """Draws with a correlation."""
    low: float
    """Lower end of the interval over models, all common ones; NaN where they are too few."""
    high: float
    """Upper end likewise."""
    p: float
    """p-value over all common models of there being no agreement."""
    relative: float = math.nan
    """Relative score: standard deviations above the mean of all benchmarks in the same column."""


def pair_agreement(
    board: Board,
    scenario: str,
    reference: str,
    *,
    kind: Kind = "kendall",
    strategy: Strategy = "random",
    take: int = 0,
    repeats: int = REPEATS,
    seed: int = 0,
    confidence: float | None = 0.95,
) -> Agreement | None:
    """Return how far two benchmarks of a board agree; None with too few common models.

    Too few are less than max(``take``, ``FEWEST``). Without ``confidence`` there is no interval,
    whose time grows with the square of the models.

    Raises:
        UnknownName: a name is not on the board.
        DescriptionError: a number is negative.
    """
    columns = board.column(scenario), board.column(reference)
    draw = _Draw(kind, strategy, take, repeats, seed)
    return _line(_pair(board, (scenario, reference), columns, kind, confidence, FEWEST), draw)


def agreement(
    board: Board,
    reference: str = AGGREGATE,
    *,
    kind: Kind = "kendall",
    strategy: Strategy = "random",
    takes: Sequence[int] = (0,),
    repeats: int = REPEATS,
    seed: int = 0,
    among: Collection[str] | None = None,
    by: Aggregate = "wins",
    least: int | None = None,
    inclusive: bool = False,
    confidence: float | None = 0.95,
) -> tuple[Agreement, ...]:
    """Return the agreement of every benchmark with a reference, at several granularities.

    Args:
        board: the scores.
        reference: ``aggregate``, or the name of one benchmark.
        kind: which correlation.
        strategy: which common models each draw takes.
        takes: models of a draw, one granularity each; 0 takes all.
        repeats: draws of a random strategy.
        seed: draws are numbered from it on.
        among: the benchmarks that the aggregate is made of; all where it is None.
        by: mean win rate or mean score.
        least: benchmarks a model of the aggregate must be on; a third of them where it is None.
        inclusive: whether the aggregate holds the benchmark itself (as in BenchBench).
        confidence: nominal coverage of the intervals over models; None for none.

    Returns:
        By granularity, then from high to low agreement, with the relative score in each: its
        distance from the mean of all in sample standard deviations. Benchmarks with fewer than
        max(take, ``FEWEST``) models in common with the reference have no line.

    Raises:
        UnknownName: a name is not on the board.
        DescriptionError: a number is negative.
    """
    if reference != AGGREGATE and reference not in board.scenarios:
        raise UnknownName("reference", reference, (AGGREGATE, *board.scenarios))
    references = _references(board, reference, among, by, least, inclusive=inclusive)
    pairs = [
        _pair(board, (name, reference), (board.column(name), scores), kind, confidence, FEWEST)
        for name, scores in references.items()
    ]
    found: list[Agreement] = []
    for take in takes:
        draw = _Draw(kind, strategy, take, repeats, seed)
        lines = [line for pair in pairs if (line := _line(pair, draw))]
        found.extend(sorted(_relative(lines), key=_best_first))
    return tuple(found)


def matrix(
    board: Board,
    *,
    kind: Kind = "kendall",
    least: int = FEWEST,
    confidence: float | None = 0.95,
) -> tuple[Agreement, ...]:
    """Return the agreement of every pair with at least ``least`` common models, over all of them.

    Each pair stands once, in the board's order. Without ``confidence`` there are no intervals,
    whose time grows with the square of the models.
    """
    draw = _Draw(kind, "random", 0, 1, 0)
    columns = list(zip(board.scenarios, board.scores.T, strict=True))
    return tuple(
        line
        for (one, mine), (other, theirs) in itertools.combinations(columns, 2)
        if (
            line := _line(_pair(board, (one, other), (mine, theirs), kind, confidence, least), draw)
        )
    )


def relative_score(value: float, values: npt.ArrayLike) -> float:
    """Return how many sample standard deviations ``value`` lies above the mean of ``values``.

    NaN where there are fewer than two values, or all are the same.
    """
    known = np.asarray(values, dtype=np.float64)
    known = known[~np.isnan(known)]
    if len(known) < 2 or known.min() == known.max():
        return math.nan
    return (value - float(known.mean())) / float(known.std(ddof=1))


class _Draw(Struct, frozen=True):
    """How models are drawn and compared."""

    kind: Kind
    strategy: Strategy
    take: int
    repeats: int
    seed: int

    def __post_init__(self) -> None:
        if self.take < 0 or self.repeats < 1:
            raise DescriptionError(
                f"draws of {self.take} models, {self.repeats} times, cannot be made:"
                " take 0 or more, at least once."
            )


def _references(
    board: Board,
    reference: str,
    among: Collection[str] | None,
    by: Aggregate,
    least: int | None,
    *,
    inclusive: bool,
) -> dict[str, Marks]:
    """Return what each benchmark is compared with."""
    if reference != AGGREGATE:
        scores = board.column(reference)
        return {name: scores for name in board.scenarios if name != reference}
    chosen = set(board.scenarios if among is None else among)
    whole = aggregate(board, chosen, by=by, least=least)
    if inclusive:
        return dict.fromkeys(board.scenarios, whole)
    return {
        name: aggregate(board, chosen - {name}, by=by, least=least) if name in chosen else whole
        for name in board.scenarios
        if chosen - {name}
    }


class _Pair(Struct, frozen=True, eq=False):
    """A benchmark and its reference on the models that both have."""

    scenario: str
    reference: str
    one: Marks
    other: Marks
    found: Correlation
    low: float
    high: float


def _pair(
    board: Board,
    names: tuple[str, str],
    columns: tuple[Marks, Marks],
    kind: Kind,
    confidence: float | None,
    least: int,
) -> _Pair | None:
    """Return two columns on their common models; None with fewer than ``least``, or than two."""
    one, other = columns
    both = np.flatnonzero(~(np.isnan(one) | np.isnan(other)))
    if len(both) < max(least, 2):
        return None
    one, other = one[both], other[both]
    if confidence is None:
        return _Pair(*names, one, other, correlation(one, other, kind), math.nan, math.nan)
    clusters = board.clusters()[both]
    around = spread(one, other, kind, clusters=clusters, confidence=confidence)
    return _Pair(*names, one, other, around.found, around.low, around.high)


def _line(pair: _Pair | None, draw: _Draw) -> Agreement | None:
    """Return the agreement of a pair by one kind of draws; None with too few common models."""
    if pair is None or len(pair.one) < draw.take:
        return None
    values = _draws(pair.one, pair.other, draw) if draw.take else [pair.found.value]
    values = [value for value in values if not math.isnan(value)]
    return Agreement(
        scenario=pair.scenario,
        reference=pair.reference,
        kind=draw.kind,
        strategy=draw.strategy,
        take=draw.take,
        common=len(pair.one),
        value=float(np.mean(values)) if values else math.nan,
        sd=float(np.std(values, ddof=1)) if len(values) > 1 else math.nan,
        draws=len(values),
        low=pair.low,
        high=pair.high,
        p=pair.found.p,
    )


def _draws(one: Marks, other: Marks, draw: _Draw) -> list[float]:
    """Return the correlation in each draw of models."""
    alone = draw.strategy in ("top", "bottom", "middle")
    correlate = _CORRELATE[draw.kind]
    found = []
    for number in range(1 if alone else draw.repeats):
        # Seeded by its number alone, so that every pair of benchmarks meets the same draws.
        chance = np.random.default_rng((draw.seed, number))
        taken = _taken(one, other, draw, chance)
        found.append(correlate(one[taken], other[taken]))
    return found


def _taken(
    one: Marks, other: Marks, draw: _Draw, chance: np.random.Generator
) -> npt.NDArray[np.intp]:
    """Return the places of one draw's models."""
    count, take = len(one), draw.take
    if draw.strategy == "random":
        return chance.choice(count, size=take, replace=False)
    # By the scores of either benchmark, so that neither is favoured; best first, ties as they come.
    judge = one if chance.random() < 0.5 else other
    order = np.argsort(-judge, kind="stable")
    begin = {
        "top": 0,
        "bottom": count - take,
        "middle": (count - take) // 2,
        "somewhere": int(chance.integers(count - take + 1)),
    }[draw.strategy]
    return order[begin : begin + take]


def _relative(lines: list[Agreement]) -> list[Agreement]:
    import msgspec

    values = [line.value for line in lines]
    return [
        msgspec.structs.replace(line, relative=relative_score(line.value, values)) for line in lines
    ]


def _best_first(line: Agreement) -> tuple[bool, float, str]:
    return math.isnan(line.value), -line.value, line.scenario
