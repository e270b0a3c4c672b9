"""The two-level Rasch model: an ability per model and benchmark, tied by a general one."""

from __future__ import annotations

from benchwright.analysis.estimators.abilities import Abilities
from benchwright.analysis.estimators.crossed import Prior, solve
from benchwright.analysis.estimators.fitted import Scores
from benchwright.analysis.estimators.sweep import Items
from benchwright.analysis.estimators.weights import bounded, checked
from benchwright.analysis.responses.table import Responses


def fit_rasch2(
    responses: Responses, *, weights: Scores | None = None, prior: Prior | None = None
) -> Abilities:
    """Fit logit P = θ_{m,b(i)} − β_i with θ_m ~ N(0, λλᵀ + diag ψ) over benchmarks b.

    The covariance has one factor and a diagonal, and difficulties vary about their benchmark's
    mean; all of it is the table's own (empirical Bayes). With one group it is ``rasch``.

    Args:
        responses: the table; its scores are within [0, 1].
        weights: each item's weight in the pool's mean; all alike where None.
        prior: variances to hold fixed.

    Raises:
        DescriptionError: scores are not bounded, or weights do not fit.
    """
    bounded(responses, "rasch2")
    items = Items(
        responses=responses,
        column=responses.group,
        columns=len(responses.groups),
        logistic=True,
    )
    return Abilities("rasch2", solve(items, prior=prior), checked(responses, weights))
