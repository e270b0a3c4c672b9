"""Whether the figures of a log come out of the rows that were taken from it."""

from __future__ import annotations

import math
from collections.abc import Sequence

from msgspec.structs import replace

from benchwright.core.measurement import Outcome
from benchwright.exchange.imported import Check, Taken
from benchwright.exchange.log import Aggregate
from benchwright.pool import Pool

_CLOSE = 1e-9
"""Relative difference that sums in another order may make."""

_FIGURES = """
WITH valued AS (
    SELECT scorer, sample, list_contains($wrong, outcome) AS nought,
        CASE WHEN outcome = 'scored' THEN value WHEN nought THEN 0.0 END AS worth
    FROM measurements WHERE model_key = $model_key AND benchmark = $benchmark
        AND conditions = $conditions AND variant = ''),
samples AS (SELECT scorer, sample, avg(worth) AS worth FROM valued GROUP BY scorer, sample),
means AS (SELECT scorer, avg(worth) AS by_sample FROM samples GROUP BY scorer)
SELECT scorer, count(*), count(*) FILTER (nought), any_value(by_sample), avg(worth)
FROM valued JOIN means USING (scorer) GROUP BY scorer ORDER BY scorer
"""

_Row = tuple[str, int, int, float | None, float | None]


def check(pool: Pool, taken: Sequence[Taken]) -> list[Taken]:
    """Return what was taken into ``pool`` with its figures computed anew from the rows there."""
    found = []
    with pool.connect() as connection:
        for one in taken:
            card, _ = pool.card(one.benchmark)
            unscored = [outcome for outcome in Outcome if outcome is not Outcome.SCORED]
            rows = connection.execute(
                _FIGURES,
                {
                    "wrong": [o.value for o in unscored if card.metric.worth(o) == "wrong"],
                    "model_key": one.model_key,
                    "benchmark": one.benchmark,
                    "conditions": one.conditions,
                },
            ).fetchall()
            found.append(replace(one, checks=tuple(_checks(one, rows))))
    return found


def _checks(one: Taken, rows: list[_Row]) -> list[Check]:
    logged = {figure.metric: figure for figure in one.figures}
    checks = []
    for scorer, count, nought, by_sample, by_row in rows:
        metric = scorer.partition(":")[2].rpartition("@")[0]
        figure = logged.pop(metric, None)
        if figure is None:
            checks.append(Check(metric=metric, rows=count, recomputed=by_sample))
            continue
        found = _compared(figure, count, by_row if figure.how == "mean of rows" else by_sample, one)
        if nought and not found.note:
            note = f"{nought:,} rows without a value count as 0, as {one.format} counts them"
            found = replace(found, note=note)
        checks.append(found)
    note = "the log holds this figure but no values that it was made of"
    checks += [
        Check(metric=figure.metric, rows=0, logged=figure.value, note=note)
        for figure in logged.values()
    ]
    return checks


def _compared(figure: Aggregate, rows: int, mean: float | None, one: Taken) -> Check:
    if figure.how not in ("mean", "mean of rows"):
        note = f"the log's figure is no mean over samples ({figure.how}); not compared"
        return Check(
            metric=figure.metric, rows=rows, recomputed=mean, logged=figure.value, note=note
        )
    value = None if mean is None else mean * figure.scale
    agrees = value is not None and _equal(value, figure)
    note = ""
    if not agrees and any("cut off" in sentence for sentence in one.said):
        note = "the log was cut off, so rows are missing"
    return Check(
        metric=figure.metric,
        rows=rows,
        recomputed=value,
        logged=figure.value,
        agrees=agrees,
        note=note,
    )


def _equal(value: float, figure: Aggregate) -> bool:
    if figure.decimals is not None:
        return bool(abs(value - figure.value) <= 0.5000001 * 10**-figure.decimals)
    return math.isclose(value, figure.value, rel_tol=_CLOSE, abs_tol=1e-12)
