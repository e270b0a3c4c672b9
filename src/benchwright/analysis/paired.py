"""The paired difference of two sides, over the samples that both have."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
from msgspec import Struct
from msgspec.structs import replace

from benchwright.analysis.cells import (
    MOMENT_COLUMNS,
    Measured,
    condition,
    design_of,
    quoted,
    read_counts,
    valued,
)
from benchwright.analysis.comparable import Differences, Pairing, Side
from benchwright.analysis.estimate import Counts
from benchwright.analysis.fold import folded
from benchwright.analysis.interval import Design, Population, mean_interval
from benchwright.analysis.moments import Moments, from_columns
from benchwright.analysis.names import Names
from benchwright.analysis.student import sign_test
from benchwright.core.average import read_average
from benchwright.core.benchmark import Card
from benchwright.core.measurement import Outcome


class Difference(Struct, frozen=True, kw_only=True):
    """One benchmark's difference between two sides, over the samples that both have."""

    benchmark: str
    """``name@version``."""
    asked: str
    """How the one was asked, in a few words."""
    scorer: str
    """The one's scorer."""
    a: str
    """Name of the one model, and what else it stands for."""
    b: str
    """Name of the other."""
    score_a: float | None
    """Score of the one on the common samples."""
    score_b: float | None
    """Score of the other on the common samples."""
    value: float | None
    """The one minus the other; None where there are no common samples."""
    low: float | None
    """Lower end of its interval."""
    high: float | None
    """Upper end of its interval."""
    p: float | None
    """Two-sided p-value of no difference, by Student's t with samples as the unit."""
    p_exact: float | None
    """McNemar's exact p-value, samples unweighted; None where scores are not right or wrong."""
    wins: int
    """Common samples on which the one scored higher."""
    losses: int
    """Common samples on which the other did."""
    n: int
    """Common samples."""
    only_a: int
    """Samples with a value for the one only."""
    only_b: int
    """Samples with a value for the other only."""
    coverage_a: float
    """Share of the one's rows that were scored."""
    coverage_b: float
    """Share of the other's."""
    pending: int
    """Rows of either side left out because their failure may pass."""
    population: Population
    """What the interval is about: ``questions`` like these or the full ``benchmark``."""
    differs: Differences
    """What differs between the sides besides the model."""
    forbidden: Differences
    """Of that, what the contrast does not name: compared all the same because told to."""
    deviation: float | None = None
    """Standard deviation of one sample's difference, by which a new comparison can be planned."""
    compared: str = ""
    """What is compared where it is not the benchmark's own average: a difference of two harmonic
    means is not the mean of any difference of samples."""
    p_all: float | None = None
    """p-value adjusted for all lines; None where the intervals are for one line each."""


def difference(
    connection: Any,
    pool: Measured,
    pair: Pairing,
    names: Names,
    *,
    where: str = "",
    confidence: float = 0.95,
) -> Difference:
    """Return the first side minus the second.

    Pairs are (sample, variant, repeat); a sample's differences are averaged first, because they
    are not independent, and samples are weighted as the benchmark's own mean weights them. Where
    that is harmonic, plain means over its groups are compared (``compared`` says so).
    """
    benchmark = pair.a.cell.benchmark
    card, sizes = pool.card(benchmark)
    columns = connection.execute(_query(pair, card, where)).fetchnumpy()
    moments = from_columns(columns)
    design = design_of(card, sizes, confidence)
    compared = ""
    if design.average == "harmonic":
        design = replace(design, average="macro")
        compared = f"plain means over {read_average(card.metric.average).tags[0]}"
    interval = mean_interval(moments, replace(design, difference=True))
    scores = {
        side: mean_interval(replace(moments, mean=np.asarray(columns[side])), design).value
        for side in ("one", "other")
    }
    wins, losses = int(columns["wins"].sum()), int(columns["losses"].sum())
    binary = moments.n > 0 and bool(columns["binary"].all())
    has = [int(columns[name][0]) if moments.n else 0 for name in ("has_one", "has_other")]
    counts = [_counts(connection, side, card, where) for side in (pair.a, pair.b)]
    return Difference(
        benchmark=benchmark,
        asked=pair.a.cell.asked,
        scorer=pair.a.cell.scorer,
        a=_shown(pair.a, names, pair.differs, 0),
        b=_shown(pair.b, names, pair.differs, 1),
        score_a=scores["one"],
        score_b=scores["other"],
        value=interval.value,
        low=interval.low,
        high=interval.high,
        p=interval.p_value(),
        p_exact=sign_test(wins, losses) if binary else None,
        wins=wins,
        losses=losses,
        n=moments.n,
        only_a=has[0] - moments.n,
        only_b=has[1] - moments.n,
        coverage_a=_coverage(counts[0]),
        coverage_b=_coverage(counts[1]),
        pending=sum(count.pending for count in counts),
        population=interval.population,
        differs=pair.differs,
        forbidden=pair.forbidden,
        deviation=_deviation(moments, design),
        compared=compared,
    )


def by_sample(connection: Any, pool: Measured, pair: Pairing, where: str = "") -> dict[str, Any]:
    """Return the columns ``sample`` (a number that stands for it), ``stratum`` and ``y``.

    ``y`` is the one's value minus the other's, a sample's variants and repeats averaged.
    """
    card, _ = pool.card(pair.a.cell.benchmark)
    query = f"{_roots(pair, card, where)} select sample, stratum, y from roots order by sample"  # noqa: S608 - quoted parts of our own
    columns: dict[str, Any] = connection.execute(query).fetchnumpy()
    return columns


def _deviation(moments: Moments, design: Design) -> float | None:
    """Return the standard deviation of one sample's difference, the strata's weights included."""
    endless = replace(design, difference=True, population="questions")
    error = mean_interval(moments, endless).error
    return None if error is None else error * math.sqrt(moments.n)


def _roots(pair: Pairing, card: Card, where: str) -> str:
    """Return the beginning of a query on ``roots``: one row per common sample."""
    sides = _side(pair.a, card, where), _side(pair.b, card, where)
    return f"""
        with a as ({sides[0]}), b as ({sides[1]}),
             pairs as (
                 select sample, a.stratum, a."group", a.y as one, b.y as other
                 from a join b using (sample, variant, repeat)
                 where a.y is not null and b.y is not null),
             roots as (
                 select hash(sample) as sample, any_value(stratum) as stratum,
                        any_value("group") as "group", avg(one) as one, avg(other) as other,
                        avg(one - other) as y, false as pending
                 from pairs group by pairs.sample)"""  # noqa: S608 - quoted parts of our own


def _query(pair: Pairing, card: Card, where: str) -> str:
    """Return SQL for the moments of the differences, with both sides' means and counts."""
    return f"""{_roots(pair, card, where)}
        select {MOMENT_COLUMNS}, avg(one) as one, avg(other) as other,
               count(*) filter (y > 0) as wins, count(*) filter (y < 0) as losses,
               bool_and(one in (0, 1) and other in (0, 1)) as binary,
               (select count(distinct sample) from a where y is not null) as has_one,
               (select count(distinct sample) from b where y is not null) as has_other
        from roots group by stratum, "group" order by stratum, "group" """  # noqa: S608 - quoted parts of our own


def _rows(side: Side, where: str) -> str:
    cell = side.cell
    narrowed = (
        f"model_key = {quoted(cell.model_key)} and conditions = {quoted(cell.conditions)} "
        f"and scorer = {quoted(cell.scorer)}"
    )
    if side.variant is not None:
        narrowed += f" and variant = {quoted(side.variant)}"
    return f"{condition(narrowed)} and {condition(where)}"


def _side(side: Side, card: Card, where: str) -> str:
    benchmark = side.cell.benchmark
    # Paired variant by variant only where both sides have variants to be paired.
    variant = "variant" if side.fold == "" and side.variant is None else "''"
    return f"""
        with valued as ({valued(card, benchmark, _rows(side, where))})
        select sample, {variant} as variant, repeat, stratum, "group", y
        from ({folded(side.fold, quoted(benchmark))})"""  # noqa: S608 - quoted parts of our own


def _counts(connection: Any, side: Side, card: Card, where: str) -> Counts:
    found = read_counts(connection, side.cell.benchmark, card, where=_rows(side, where))
    return next(iter(found.values()), Counts())


def _coverage(counts: Counts) -> float:
    return counts.outcomes.get(Outcome.SCORED.value, 0) / counts.rows if counts.rows else 0.0


def _shown(side: Side, names: Names, differs: Differences, place: int) -> str:
    """Return the side's model, and of what differs the most telling value."""
    name = names.shown[side.cell.model_key]
    for field in ("ask", "fold", "variant", "shots", "judge", "scorer"):
        if field in differs:
            return f"{name} ({differs[field][place] or field + ' none'})"
    return name


def told(differs: Differences) -> str:
    """Return differences in words, long values cut."""
    return "; ".join(f"{name} ({_cut(one)} and {_cut(other)})" for name, (one, other) in
                     differs.items())  # fmt: skip


def _cut(text: str) -> str:
    return repr(text if len(text) <= 48 else text[:45] + "…") if text else "none"
