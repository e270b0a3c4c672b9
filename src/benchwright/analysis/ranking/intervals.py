"""The interval of every score: Wilson's for scores within [0, 1], Student's t for others."""

from __future__ import annotations

import numpy as np

from benchwright.analysis.interval import FEW
from benchwright.analysis.ranking.pairs import student
from benchwright.analysis.ranking.sources import Array
from benchwright.analysis.ranking.spread import Spread
from benchwright.analysis.student import normal_quantile


def score_intervals(
    scores: Array, spread: Spread, *, share: bool, confidence: float = 0.95
) -> tuple[Array, Array]:
    """Return the lower and upper end of every score's interval; NaN where nothing can be said.

    Args:
        scores: shape [M].
        spread: how sure they are.
        share: whether scores lie within [0, 1]: then Wilson's interval at the effective sample
            size p(1 - p)/variance keeps its width around 0 and 1, where that size is at most
            Kish's. A score that full answers settle has an interval without width.
        confidence: nominal coverage.
    """
    z = normal_quantile(confidence)
    t = np.array([student(z, float(freedom)) for freedom in spread.freedom])
    variance = np.diag(spread.covariance)
    settled = np.isinf(spread.size)
    if share:
        low, high = _wilson(scores, variance, spread, np.where(spread.plain, z, t))
    else:
        half = np.where(spread.known & ((variance > 0) | settled), t * np.sqrt(variance), np.nan)
        low, high = scores - half, scores + half
    low, high = np.where(settled, scores, low), np.where(settled, scores, high)
    return low, high


def _wilson(scores: Array, variance: Array, spread: Spread, z: Array) -> tuple[Array, Array]:
    p = np.clip(scores, 0.0, 1.0)
    uneven = p * (1 - p)
    told = (uneven > 0) & (variance > 0) & spread.known
    size = np.where(told, uneven / np.where(told, variance, 1.0), spread.size)
    few = np.minimum(p, 1 - p) < FEW / np.maximum(spread.size, 1e-300)
    size = np.where(few, np.minimum(size, spread.size), size)
    size = np.where(spread.plain, spread.size, size)
    size = np.where(np.isfinite(size) & (size > 0), size, np.nan)
    shrink = 1 + z * z / size
    centre = (p + z * z / (2 * size)) / shrink
    half = z / shrink * np.sqrt(uneven / size + z * z / (4 * size * size))
    return np.clip(np.minimum(centre - half, p), 0, 1), np.clip(np.maximum(centre + half, p), 0, 1)
