"""Estimate by a rising curve from (0, 0) to (1, 1), as COD maps a subset's score to the whole's."""

from __future__ import annotations

from math import comb

import numpy as np
from msgspec import Struct

from benchwright.analysis.selecting.arrays import Numbers, Places
from benchwright.analysis.selecting.calibration import Calibration
from benchwright.core.errors import DescriptionError

DEGREE = 6
"""Degree of the curve: enough for any bend that pass rates show."""
STRENGTHS = np.logspace(-5, 2, 8)
"""How hard the steps are drawn towards even ones: what is tried."""


class Monotone(Struct, frozen=True, eq=False, kw_only=True, tag="monotone"):
    """Mean of the unseen = f(weighted mean of the chosen); f rises, f(0) = 0, f(1) = 1."""

    weights: np.ndarray
    """What each chosen item stands for; sums to 1; shape [k]."""
    share: np.ndarray
    """What each chosen item counts in the pool's mean; shape [k]."""
    heights: np.ndarray
    """Bernstein coefficients of f, from 0 to 1, ascending; shape [degree + 1]."""

    def estimates(self, scores: Numbers) -> Numbers:
        """Return the estimates for ``scores``; shapes [models, k] → [models]."""
        seen = scores @ self.share.astype(np.float64)
        left = 1 - float(self.share.sum())
        if left < 1e-9:
            return seen
        part = np.clip(scores @ self.weights.astype(np.float64), 0, 1)
        found: Numbers = seen + left * (_bernstein(part) @ self.heights)
        return found


def fit_monotone(calibration: Calibration, chosen: Places, weights: Numbers) -> Monotone:
    """Fit the curve to the calibration models, drawn towards the straight line.

    COD (ICLR 2026) takes a cubic smoothing spline with both ends pinned; Bernstein polynomials
    with ascending coefficients are pinned and monotone by construction.

    Raises:
        DescriptionError: scores are not within [0, 1].
    """
    if not calibration.bounded:
        raise DescriptionError(
            "cod needs scores between 0 and 1, whose ends it can pin; choose c_optimal or "
            "stratified for others."
        )
    target, _ = calibration.rest(chosen)
    part = calibration.scores[:, chosen].astype(np.float64) @ weights
    return Monotone(
        weights=weights,
        share=calibration.share[chosen],
        heights=_rising(_bernstein(np.clip(part, 0, 1)), target),
    )


def _bernstein(x: Numbers) -> Numbers:
    degrees = np.arange(DEGREE + 1)
    ways = np.array([comb(DEGREE, n) for n in degrees], dtype=np.float64)
    found: Numbers = ways * x[:, None] ** degrees * (1 - x[:, None]) ** (DEGREE - degrees)
    return found


def _rising(basis: Numbers, target: Numbers) -> Numbers:
    """Least squares over coefficients whose steps are ≥ 0 and sum to 1; leave-one-out strength."""
    # Steps lie on a simplex: f = Σ_j step_j · (sum of the basis from j on).
    design = np.cumsum(basis[:, ::-1], axis=1)[:, ::-1][:, 1:]
    even = np.full(DEGREE, 1 / DEGREE)
    count = len(target)
    best, chosen = np.inf, STRENGTHS[-1]
    for strength in STRENGTHS:
        inverse = np.linalg.inv(design.T @ design / count + strength * np.eye(DEGREE))
        steps = even + inverse @ design.T @ (target - design @ even) / count
        leverage = np.einsum("ij,jk,ik->i", design, inverse, design) / count
        error = float((((target - design @ steps) / np.maximum(1 - leverage, 0.05)) ** 2).mean())
        if error < best:
            best, chosen = error, strength
    quadratic = design.T @ design / count + chosen * np.eye(DEGREE)
    linear = design.T @ target / count + chosen * even
    rate = 1 / float(np.linalg.eigvalsh(quadratic)[-1])
    steps = even
    for _ in range(2000):
        moved = _simplex(steps - rate * (quadratic @ steps - linear))
        if np.abs(moved - steps).max() < 1e-10:
            break
        steps = moved
    return np.concatenate([[0.0], np.cumsum(steps)])


def _simplex(point: Numbers) -> Numbers:
    """Return the nearest point with coordinates ≥ 0 that sum to 1."""
    ordered = np.sort(point)[::-1]
    excess = (np.cumsum(ordered) - 1) / np.arange(1, len(point) + 1)
    last = int(np.flatnonzero(ordered > excess)[-1])
    found: Numbers = np.maximum(point - excess[last], 0)
    return found
