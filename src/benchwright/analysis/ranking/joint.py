"""The scores of models on one scale, jointly: estimated, ordered, with what separates them."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
from msgspec import Struct

from benchwright.analysis.estimators.choice import Choice, fit
from benchwright.analysis.estimators.fitted import Fitted
from benchwright.analysis.estimators.weights import Alike
from benchwright.analysis.ranking.intervals import score_intervals
from benchwright.analysis.ranking.pairs import Pairs, pairs_of
from benchwright.analysis.ranking.ranks import claimed, ranks_of, shown, tiers
from benchwright.analysis.ranking.result import Ranked
from benchwright.analysis.ranking.sources import Array
from benchwright.analysis.ranking.spread import Population, Spread, spread_of
from benchwright.analysis.responses.table import Responses, Scale

DIGITS = 9
"""Decimals to which scores count as different: sums of the same numbers differ beyond."""


class Joint(Struct, frozen=True, eq=False, kw_only=True):
    """Models by falling score, equal ones by name, and what is known of all of them together."""

    table: Responses
    """What they were estimated from."""
    choice: Choice
    """By which estimator, and why."""
    unit: str
    """What scores count in."""
    models: tuple[str, ...]
    """Names, best first; those without a score last."""
    order: npt.NDArray[np.intp]
    """Place of each in the table's models."""
    scores: Array
    """Their scores; NaN where nothing can be said."""
    low: Array
    """Lower ends of the scores' intervals."""
    high: Array
    """Upper ends likewise."""
    spread: Spread
    """How sure the scores are."""
    pairs: Pairs
    """Which of them are separated."""
    confidence: float
    """Nominal coverage of the intervals."""

    def lines(self, component: int = 0) -> tuple[Ranked, ...]:
        """Return every model's place."""
        least, most = claimed(self.pairs)
        low, high = shown(self.scores, self.pairs, self.confidence)
        rank, tier = ranks_of(self.scores), tiers(self.pairs)
        n = self.table.counts().sum(axis=1)[self.order]
        every = max(len(self.table.group), 1)
        return tuple(
            Ranked(
                model=name,
                score=float(self.scores[place]),
                low=float(self.low[place]),
                high=float(self.high[place]),
                rank=int(rank[place]),
                rank_low=int(low[place]),
                rank_high=int(high[place]),
                claim_low=int(least[place]),
                claim_high=int(most[place]),
                tier=int(tier[place]),
                n=int(n[place]),
                coverage=float(n[place] / every),
                component=component,
            )
            for place, name in enumerate(self.models)
        )


def judged(
    table: Responses,
    *,
    estimator: str = "auto",
    weigh: Alike = "items",
    population: Population = "questions",
    confidence: float = 0.95,
    seed: int = 0,
) -> Joint:
    """Return the scores of the models of ``table``, ordered and with what separates them."""
    fitted, choice = fit(table, estimator, weights=weigh, seed=seed)
    return _ordered(table, fitted, choice, population, confidence, seed)


def _ordered(
    table: Responses,
    fitted: Fitted,
    choice: Choice,
    population: Population,
    confidence: float,
    seed: int,
) -> Joint:
    share = fitted.unit == "win rate" or (
        fitted.unit == "score"
        and all(group.scale in (Scale.BINARY, Scale.BOUNDED) for group in table.groups)
    )
    scores = rounded(fitted.scores)
    if share:  # a straight line's predictions may leave the scale, a mean of scores does not
        scores = np.clip(scores, 0.0, 1.0)
    # Last key first: unknown scores last, then by falling score, then by name.
    order = np.lexsort((np.array(table.models, dtype=np.str_), -scores, np.isnan(scores)))
    spread = spread_of(table, fitted, population).ordered(order)
    scores = scores[order]
    low, high = score_intervals(scores, spread, share=share, confidence=confidence)
    return Joint(
        table=table,
        choice=choice,
        unit=fitted.unit,
        models=tuple(table.models[place] for place in order),
        order=order,
        scores=scores,
        low=low,
        high=high,
        spread=spread,
        pairs=pairs_of(scores, spread, confidence, seed),
        confidence=confidence,
    )


def rounded(scores: Array) -> Array:
    """Return ``scores`` without the digits in which equal ones differ by the order of sums."""
    known = scores[np.isfinite(scores)]
    scale = max(1.0, float(np.abs(known).max())) if known.size else 1.0
    found: Array = np.round(scores / scale, DIGITS) * scale
    return found
