"""The one-dimensional Rasch model: one ability per model, one difficulty per item."""

from __future__ import annotations

import numpy as np

from benchwright.analysis.estimators.abilities import Abilities
from benchwright.analysis.estimators.crossed import Prior, solve
from benchwright.analysis.estimators.fitted import Scores
from benchwright.analysis.estimators.sweep import Items
from benchwright.analysis.estimators.weights import bounded, checked
from benchwright.analysis.responses.table import Responses


def fit_rasch(
    responses: Responses, *, weights: Scores | None = None, prior: Prior | None = None
) -> Abilities:
    """Fit logit P = θ_m − β_i, with every group's difficulties about a mean of their own.

    Variances of abilities and difficulties are the table's own (empirical Bayes). A score
    between 0 and 1 counts as that share of a right answer (quasi-likelihood).

    Args:
        responses: the table; its scores are within [0, 1].
        weights: each item's weight in the pool's mean; all alike where None.
        prior: variances to hold fixed.

    Raises:
        DescriptionError: scores are not bounded, or weights do not fit.
    """
    bounded(responses, "rasch")
    items = Items(
        responses=responses, column=np.zeros_like(responses.group), columns=1, logistic=True
    )
    return Abilities("rasch", solve(items, prior=prior), checked(responses, weights))
