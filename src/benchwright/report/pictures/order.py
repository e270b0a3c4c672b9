"""An order in which similar things stand together, so that blocks are seen."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt


def ordered(similarity: npt.ArrayLike) -> list[int]:
    """Return places in an order in which neighbours are similar; shape of the argument [n, n].

    Average linkage: the two most similar clusters become one, turned so that their most similar
    ends touch. Unknown (NaN) counts as 0. Of equals the first comes first, so the same values
    always give the same order. O(n³): for a few hundred things.
    """
    alike = np.nan_to_num(np.array(similarity, dtype=np.float64), nan=0.0)
    count = len(alike)
    if count < 3:
        return list(range(count))
    members = [[place] for place in range(count)]
    mean = alike.copy()
    np.fill_diagonal(mean, -np.inf)
    # Rounded, or equal values would be told apart by the last bit of a sum.
    mean = np.round(mean, 9)
    for _ in range(count - 1):
        one, other = sorted(map(int, np.unravel_index(int(mean.argmax()), mean.shape)))
        sizes = len(members[one]), len(members[other])
        joined = (sizes[0] * mean[one] + sizes[1] * mean[other]) / sum(sizes)
        members[one] = _joined(members[one], members[other], alike)
        mean[one], mean[:, one] = joined, joined
        mean[one, one] = -np.inf
        mean[other], mean[:, other] = -np.inf, -np.inf
        mean = np.round(mean, 9)
    found = members[0]
    # Which end came first is an accident.
    return found if found[0] <= found[-1] else found[::-1]


def _joined(one: list[int], other: list[int], alike: npt.NDArray[np.float64]) -> list[int]:
    ways = [(one, other), (one, other[::-1]), (one[::-1], other), (one[::-1], other[::-1])]
    first, second = max(ways, key=lambda way: round(float(alike[way[0][-1], way[1][0]]), 9))
    return [*first, *second]


def similarity_of(patterns: npt.ArrayLike) -> npt.NDArray[np.float64]:
    """Return how alike rows are: 1 minus their mean absolute difference; [n, k] to [n, n]."""
    rows = np.asarray(patterns, dtype=np.float64)
    if not len(rows):
        return np.zeros((0, 0))
    return np.stack([1.0 - np.abs(rows - row).mean(axis=1) for row in rows])
