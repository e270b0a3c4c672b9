"""What every item counts in the pool's mean, and how a table is walked."""

from __future__ import annotations

import itertools
from typing import Literal

import numpy as np
import numpy.typing as npt

from benchwright.analysis.estimators.fitted import Scores
from benchwright.analysis.responses.table import Responses, Scale
from benchwright.core.errors import DescriptionError

Alike = Literal["items", "benchmarks"]
"""What counts alike: every item, or every group of items."""


def item_weights(responses: Responses, alike: Alike = "items") -> Scores:
    """Return the weight of every item in the pool's mean, summing to 1; shape [I].

    ``items``: every item counts the same. ``benchmarks``: every group that has items counts the
    same, and so do the items within it.
    """
    count = len(responses.group)
    if alike == "items":
        return np.full(count, 1 / max(count, 1))
    size = np.bincount(responses.group, minlength=len(responses.groups))
    return 1 / (size[responses.group] * max(int((size > 0).sum()), 1))


def checked(responses: Responses, weights: Scores | None) -> Scores:
    """Return ``weights`` scaled to the sum 1; all alike where None.

    Raises:
        DescriptionError: their number is not the items', or they are negative, infinite or all 0.
    """
    if weights is None:
        return item_weights(responses)
    found = np.asarray(weights, dtype=np.float64)
    if found.shape != responses.group.shape:
        wanted = len(responses.group)
        raise DescriptionError(f"there are {found.size} weights for {wanted} items.")
    if not np.isfinite(found).all() or (found < 0).any() or (found.size and not found.any()):
        raise DescriptionError("weights of items are finite, not negative, and not all 0.")
    return found / found.sum() if found.size else found


def bounded(responses: Responses, estimator: str) -> None:
    """Refuse a table for ``estimator`` if any of its scores are not within [0, 1].

    Raises:
        DescriptionError: names the first group at fault.
    """
    for group in responses.groups:
        if group.scale not in (Scale.BINARY, Scale.BOUNDED):
            raise DescriptionError(
                f"{estimator} needs scores between 0 and 1; those of {group.name!r} are "
                f"{group.scale}: take additive, pairs or mean, or declare their bounds."
            )
    score = responses.score
    if score.size and not (score.min() >= 0 and score.max() <= 1):
        raise DescriptionError(
            f"{estimator} needs scores between 0 and 1; the table holds {score.min():g} to "
            f"{score.max():g}: declare their bounds, or take additive, pairs or mean."
        )


def spans(responses: Responses, cells: int = 1 << 21) -> list[slice]:
    """Return slices of items of one group each that hold at most ``cells`` cells [items × M]."""
    step = max(1, cells // max(len(responses.models), 1))
    edges = np.flatnonzero(np.diff(responses.group)) + 1
    bounds = [0, *edges.tolist(), len(responses.group)]
    return [
        slice(begin, min(begin + step, stop))
        for start, stop in itertools.pairwise(bounds)
        for begin in range(start, stop, step)
    ]


def observed(
    responses: Responses, items: slice
) -> tuple[npt.NDArray[np.int64], npt.NDArray[np.integer], npt.NDArray[np.float32]]:
    """Return row (from 0), model and score of every observation of ``items``."""
    first, last = responses.start[items.start], responses.start[items.stop]
    each = np.diff(responses.start[items.start : items.stop + 1])
    row = np.repeat(np.arange(items.stop - items.start), each)
    return row, responses.model[first:last], responses.score[first:last]
