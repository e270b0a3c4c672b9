"""Groups' means made one number, and what the number gains where a group's mean rises."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

import numpy as np

from benchwright.analysis.moments import Array
from benchwright.core.average import JOINT, Kind

SHRINK = 0.25
"""How far a group's mean is drawn towards its smoothed one before the harmonic mean's slope is
taken: at 0 right of n the slope is a hundred times that at 1, and no sample says that the truth is
0. Measured (tests/analysis/test_averaging.py): intervals then cover 92 to 100 % for 20 to 200
samples a group."""


def harmonic(means: Array) -> float:
    """Return the harmonic mean of groups' ``means`` (shares of 1; shape [G]); NaN below 0.

    G / Σ 1/(100 m + 1), less 1, as a share: BIG-Bench Extra Hard's adjusted harmonic mean (Kazemi
    et al. 2025, arXiv:2502.19187).
    """
    if means.min() < 0:
        return float("nan")
    return (len(means) / float((1 / (100 * means + 1)).sum()) - 1) / 100


def even(kind: Kind, groups: Sequence[str]) -> Array:
    """Return what each group's mean counts in the average; sums to 1; shape [G]."""
    if kind == "nested":
        outer = [group.partition(JOINT)[0] for group in groups]
        sizes = Counter(outer)
        return np.array([1 / (len(sizes) * sizes[name]) for name in outer])
    return np.full(len(groups), 1 / max(len(groups), 1))


def slopes(means: Array, kept: Array) -> Array:
    """Return the derivative of the harmonic mean by each group's mean, at shrunken means.

    Args:
        means: the groups' means; shape [G].
        kept: samples behind each; shape [G].
    """
    at = (1 - SHRINK) * means + SHRINK * smoothed(means, kept)
    whole = len(at) / float((1 / (100 * at + 1)).sum())
    return whole**2 / (len(at) * (100 * at + 1) ** 2)


def smoothed(means: Array, kept: Array) -> Array:
    """Return the means with one more right and one more wrong answer each."""
    return (means * kept + 1) / (kept + 2)
