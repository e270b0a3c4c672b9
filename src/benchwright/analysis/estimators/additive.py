"""The additive model on item-standardised scores: for any metric, unbounded ones included."""

from __future__ import annotations

import numpy as np

from benchwright.analysis.estimators.abilities import Abilities
from benchwright.analysis.estimators.crossed import Prior, solve
from benchwright.analysis.estimators.fitted import Scores
from benchwright.analysis.estimators.sweep import Doubles, Items
from benchwright.analysis.estimators.weights import checked
from benchwright.analysis.moments import summed
from benchwright.analysis.responses.table import Responses, Scale
from benchwright.core.errors import DescriptionError

FEW = 5.0
"""Observations that a group's standard deviation is worth beside an item's own."""


def fit_additive(
    responses: Responses, *, weights: Scores | None = None, prior: Prior | None = None
) -> Abilities:
    """Fit (s − c_g)/d_i = a_m − b_i + noise by best linear unbiased prediction.

    c_g is the mean of the item's group, d_i the item's standard deviation over models, shrunk to
    its group's; variances of models, of items about their group's mean and of the noise are the
    table's own. Where every group is bounded the mean is one of scores; with an unbounded group
    in the table it is one of standardised scores, for levels of two metrics have nothing in
    common.

    Args:
        responses: the table; its scores are on scales where differences mean something.
        weights: each item's weight in the pool's mean; all alike where None.
        prior: variances to hold fixed.

    Raises:
        DescriptionError: scores are ordinal only, or weights do not fit.
    """
    if ordinal := [group.name for group in responses.groups if group.scale == Scale.ORDINAL]:
        raise DescriptionError(
            f"additive needs scores whose differences mean something; of {ordinal[0]!r} only the "
            "order counts: take pairs."
        )
    items = Items(
        responses=responses,
        column=np.zeros_like(responses.group),
        columns=1,
        logistic=False,
        scale=deviations(responses),
        shift=_middles(responses),
    )
    raw = all(group.scale in (Scale.BINARY, Scale.BOUNDED) for group in responses.groups)
    return Abilities("additive", solve(items, prior=prior), checked(responses, weights), raw=raw)


def deviations(responses: Responses) -> Doubles:
    """Return the standard deviation of every item over models, shrunk to its group's; shape [I].

    An item counts as many observations as it has less one, its group ``FEW``. Where a whole group
    is constant it is 1.
    """
    count, groups = len(responses.group), len(responses.groups)
    each = np.diff(responses.start)
    row = np.repeat(np.arange(count), each)
    score = responses.score.astype(np.float64)
    middle = np.bincount(row, score, count) / np.maximum(each, 1)
    squares = np.bincount(row, (score - middle[row]) ** 2, count)
    free = np.maximum(each - 1, 0)
    pooled: Doubles = summed(responses.group.astype(np.intp), squares.astype(np.float64), groups)
    pooled = pooled / np.maximum(np.bincount(responses.group, free, groups), 1)
    pooled = np.where(pooled > 0, pooled, 1.0)[responses.group]
    found: Doubles = np.sqrt((squares + FEW * pooled) / (free + FEW))
    return found


def _middles(responses: Responses) -> Doubles:
    """Return the mean of all observations of every item's group; shape [I]."""
    groups = len(responses.groups)
    place = np.repeat(responses.group.astype(np.intp), np.diff(responses.start))
    total: Doubles = summed(place, responses.score.astype(np.float64), groups)
    middle: Doubles = total / np.maximum(np.bincount(place, minlength=groups), 1)
    return np.asarray(middle[responses.group])
