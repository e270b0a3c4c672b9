"""A rising curve from (0, 0) to (1, 1) through noisy pairs: the score of a part to that of a whole.

Models are put in groups by the score of the part; the means of the groups, made to rise by pooling
neighbours that do not, are knots; between them runs the monotone cubic of Fritsch and Butland
(*SIAM Journal on Scientific and Statistical Computing* 5, 1984), which overshoots nowhere. Groups
grow in number until the residual is small, as COD (ICLR 2026) adds knots to its smoothing spline.
Between the best model and (1, 1) the curve knows nothing: give it models near what is asked for.
"""

from __future__ import annotations

import math

import numpy as np
import numpy.typing as npt
from msgspec import Struct

from benchwright.core.errors import DataError

CLOSE = 0.005
"""Root mean square residual at which no more knots are added."""

EACH = 3
"""Fewest models behind a knot."""

APART = 1e-6
"""Scores of the part that are nearer to each other, to 0 or to 1, make no knot of their own."""

Floats = npt.NDArray[np.float64]


class Rising(Struct, frozen=True, eq=False, kw_only=True):
    """A monotone cubic through knots, (0, 0) and (1, 1) among them."""

    x: Floats
    """Scores of the part, ascending from 0 to 1."""
    y: Floats
    """Scores of the whole, never falling, from 0 to 1."""
    rmse: float
    """Root mean square residual of the pairs that it was made of."""

    def at(self, part: npt.ArrayLike) -> Floats:
        """Return the whole's score where the part's is ``part``; beyond [0, 1] as at the ends."""
        return _cubic(self.x, self.y, np.clip(np.asarray(part, dtype=np.float64), 0, 1))


def fit_rising(part: npt.ArrayLike, whole: npt.ArrayLike) -> Rising:
    """Return the curve that maps scores of a part to scores of the whole.

    Args:
        part: each model's score on the part; shape [models].
        whole: its score on the whole.

    Raises:
        DataError: shapes differ, there is no pair, or a score is not within [0, 1].
    """
    x, y = (np.asarray(values, dtype=np.float64).ravel() for values in (part, whole))
    if len(x) != len(y) or len(x) == 0:
        raise DataError(f"scores of part and whole come in pairs, not {len(x)} and {len(y)}.")
    if not ((x >= 0) & (x <= 1) & (y >= 0) & (y <= 1)).all():
        raise DataError("scores of part and whole lie between 0 and 1, and none may be missing.")
    order = np.lexsort((y, x))
    x, y = x[order], y[order]
    best = _through(x, y, 1)
    for groups in range(2, len(x) // EACH + 1):
        if best.rmse < CLOSE:
            break
        best = min(best, _through(x, y, groups), key=lambda curve: curve.rmse)
    return best


def _through(x: Floats, y: Floats, groups: int) -> Rising:
    means = [
        (float(one.mean()), float(other.mean()), float(len(one)))
        for one, other in zip(np.array_split(x, groups), np.array_split(y, groups), strict=True)
    ]
    knots = _pooled([knot for knot in means if APART < knot[0] < 1 - APART])
    xs = np.array([0.0, *(knot[0] for knot in knots), 1.0])
    ys = np.array([0.0, *(knot[1] for knot in knots), 1.0])
    residual = _cubic(xs, ys, x) - y
    return Rising(x=xs, y=ys, rmse=math.sqrt(float((residual * residual).mean())))


def _pooled(knots: list[tuple[float, float, float]]) -> list[tuple[float, float, float]]:
    """Return the knots with neighbours joined until both coordinates rise."""
    kept: list[tuple[float, float, float]] = []
    for knot in knots:
        merged = knot
        while kept and (kept[-1][1] > merged[1] or merged[0] - kept[-1][0] < APART):
            x, y, weight = kept.pop()
            total = weight + merged[2]
            merged = (
                (x * weight + merged[0] * merged[2]) / total,
                (y * weight + merged[1] * merged[2]) / total,
                total,
            )
        kept.append(merged)
    return kept


def _cubic(x: Floats, y: Floats, at: Floats) -> Floats:
    width, rise = np.diff(x), np.diff(y)
    secant = rise / width
    slope = np.empty_like(x)
    slope[0], slope[-1] = secant[0], secant[-1]
    if len(x) > 2:
        left, right, h, k = secant[:-1], secant[1:], width[:-1], width[1:]
        one, other = 2 * k + h, k + 2 * h
        flat = (left <= 1e-12) | (right <= 1e-12)
        safe_left, safe_right = np.where(flat, 1, left), np.where(flat, 1, right)
        inner = (one + other) / (one / safe_left + other / safe_right)
        slope[1:-1] = np.where(flat, 0, inner)
    piece = np.clip(np.searchsorted(x, at, side="right") - 1, 0, len(width) - 1)
    t = (at - x[piece]) / width[piece]
    h00, h10 = 2 * t**3 - 3 * t**2 + 1, t**3 - 2 * t**2 + t
    h01, h11 = 3 * t**2 - 2 * t**3, t**3 - t**2
    found: Floats = (
        h00 * y[piece]
        + h10 * width[piece] * slope[piece]
        + h01 * y[piece + 1]
        + h11 * width[piece] * slope[piece + 1]
    )
    return np.clip(found, 0, 1)
