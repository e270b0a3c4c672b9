"""The plain mean of what was observed: what every harness reports."""

from __future__ import annotations

import numpy as np
from msgspec import Struct

from benchwright.analysis.estimators.fitted import Scores
from benchwright.analysis.estimators.weights import checked, observed, spans
from benchwright.analysis.responses.table import Floats, Responses


class Mean(Struct, frozen=True, eq=False, kw_only=True):
    """Every unanswered cell of a model is predicted by the mean of its answered ones."""

    responses: Responses
    weights: Scores
    scores: Scores
    unseen: Scores
    seen: Scores
    """Weight of what each model answered, of 1; shape [M]."""
    name: str = "mean"
    unit: str = "score"
    guessed: None = None

    def expected(self, items: slice) -> Floats:
        """Return every model's mean, whatever the item."""
        known = np.nan_to_num(self.scores, nan=_middle(self.scores)).astype(np.float32)
        return np.tile(known, (items.stop - items.start, 1))

    def influence(self, items: slice) -> Floats:
        """Return weight × (score − mean) / weight answered, 0 where unanswered."""
        return self._rows(items, 1 / np.maximum(self.seen, 1e-300))

    def missing(self, items: slice) -> Floats:
        """Return the influence times the weight of what is unanswered."""
        return self._rows(items, (1 - self.seen) / np.maximum(self.seen, 1e-300))

    def _rows(self, items: slice, factor: Scores) -> Floats:
        row, model, score = observed(self.responses, items)
        found = np.zeros((items.stop - items.start, len(self.scores)), dtype=np.float32)
        found[row, model] = (
            self.weights[items][row] * (score - self.scores[model]) * factor[model]
        ).astype(np.float32)
        return found


def fit_mean(responses: Responses, *, weights: Scores | None = None) -> Mean:
    """Return the weighted mean of each model's observed scores.

    Args:
        responses: the table.
        weights: each item's weight in the pool's mean; all alike where None.
    """
    weight = checked(responses, weights)
    count = len(responses.models)
    mass, total, squares, crowd = (np.zeros(count) for _ in range(4))
    every = (weight**2).sum()
    for items in spans(responses):
        row, model, score = observed(responses, items)
        each = weight[items][row]
        values = score.astype(np.float64)
        mass += np.bincount(model, each, count)
        total += np.bincount(model, each * values, count)
        squares += np.bincount(model, each * values * values, count)
        crowd += np.bincount(model, each * each, count)
    safe = np.maximum(mass, 1e-300)
    scores = np.where(mass > 0, total / safe, np.nan)
    spread = np.maximum(squares / safe - np.nan_to_num(scores) ** 2, 0.0)
    # Σ w²/(Σ w)² is 1/n for equal weights: this is the usual n/(n − 1).
    alone = np.divide(crowd, mass**2, out=np.ones(count), where=mass > 0)
    spread = np.where(alone < 1 - 1e-9, spread / np.maximum(1 - alone, 1e-9), np.nan)
    left = np.maximum(every - crowd, 0.0)
    full = left <= 1e-12 * every
    return Mean(
        responses=responses,
        weights=weight,
        scores=scores,
        seen=np.where(full, 1.0, mass),
        unseen=np.where(full, 0.0, left * spread),
    )


def _middle(scores: Scores) -> float:
    known = scores[~np.isnan(scores)]
    return float(known.mean()) if known.size else 0.0
