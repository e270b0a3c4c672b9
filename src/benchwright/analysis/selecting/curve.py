"""Estimate by a smooth curve over ability and sub-score, as metabench reconstructs scores."""

from __future__ import annotations

import numpy as np
from msgspec import Struct

from benchwright.analysis.selecting.arrays import Numbers, Places
from benchwright.analysis.selecting.calibration import Calibration
from benchwright.analysis.selecting.irt import Items, abilities

KNOTS = 6
"""Inner knots of each smooth term."""
PENALTIES = np.logspace(-4, 4, 17)
"""Smoothing penalties tried."""


class Curve(Struct, frozen=True, eq=False, kw_only=True, tag="curve"):
    """Mean of the unseen = f(ability) + g(sub-score), both smooth; what was seen as it is.

    metabench's generalised additive model (Kipnis et al., ICLR 2025), with penalised cubic
    splines whose smoothness generalised cross-validation chooses.
    """

    share: np.ndarray
    """What each chosen item counts in the pool's mean; shape [k]."""
    loadings: np.ndarray
    """Discriminations of the chosen items; shape [k, 1]."""
    difficulty: np.ndarray
    """Difficulties of the chosen items; shape [k]."""
    knots: np.ndarray
    """Knots of ability and of sub-score; shape [2, knots]."""
    coefficients: np.ndarray
    """Coefficients of the basis, the constant first."""

    def estimates(self, scores: Numbers) -> Numbers:
        """Return the estimates for ``scores``; shapes [models, k] → [models]."""
        seen = scores @ self.share.astype(np.float64)
        left = 1 - float(self.share.sum())
        if left < 1e-9:
            return seen
        basis = _basis(_features(scores, self.loadings, self.difficulty), self.knots)
        found: Numbers = seen + left * np.clip(basis @ self.coefficients, 0, 1)
        return found


def fit_curve(calibration: Calibration, chosen: Places, items: Items) -> Curve:
    """Fit both smooth terms to the calibration models."""
    here = items.at(chosen)
    loadings, difficulty = here.loadings.astype(np.float16), here.difficulty.astype(np.float16)
    scores = calibration.scores[:, chosen].astype(np.float64)
    features = _features(scores, loadings, difficulty)
    knots = np.stack([_knots(feature) for feature in features.T])
    basis = _basis(features, knots)
    return Curve(
        share=calibration.share[chosen],
        loadings=loadings,
        difficulty=difficulty,
        knots=knots,
        coefficients=_smooth(basis, calibration.rest(chosen)[0]),
    )


def _features(scores: Numbers, loadings: np.ndarray, difficulty: np.ndarray) -> Numbers:
    """Return ability and mean score of every model; shape [models, 2]."""
    items = Items(loadings=loadings.astype(np.float64), difficulty=difficulty.astype(np.float64))
    return np.stack([abilities(items, scores)[:, 0], scores.mean(axis=1)], axis=1)


def _knots(feature: Numbers) -> Numbers:
    found: Numbers = np.quantile(feature, np.linspace(0, 1, KNOTS))
    spread = max(float(found[-1] - found[0]), 1e-3)
    return found + np.linspace(0, 1e-3 * spread, KNOTS)


def _basis(features: Numbers, knots: np.ndarray) -> Numbers:
    """Return constant, both features, and natural cubic splines that are lines beyond the ends."""
    columns = [np.ones(len(features))]
    for feature, places in zip(features.T, knots, strict=True):
        first, last = float(places[0]), float(places[-1])
        x, at = (feature - first) / (last - first), (places - first) / (last - first)
        columns.append(x)

        def tail(knot: float, x: Numbers = x) -> Numbers:
            rise = np.maximum(x - knot, 0) ** 3 - np.maximum(x - 1, 0) ** 3
            found: Numbers = rise / (1 - knot)
            return found

        final = tail(float(at[-2]))
        columns += [tail(float(knot)) - final for knot in at[:-2]]
    return np.stack(columns, axis=1)


def _smooth(basis: Numbers, target: Numbers) -> Numbers:
    """Ridge on the curved parts, a little on the lines, by generalised cross-validation."""
    inner = (basis.shape[1] - 1) // 2
    penalty = np.array([0.0, *([0.01, *[1.0] * (inner - 1)] * 2)])
    count = len(target)
    best, found = np.inf, np.zeros(basis.shape[1])
    for strength in PENALTIES:
        inverse = np.linalg.pinv(basis.T @ basis + np.diag(strength * penalty + 1e-9))
        coefficients = inverse @ basis.T @ target
        freedom = float(np.trace(basis @ inverse @ basis.T))
        if freedom >= count - 0.5:
            continue
        residual = target - basis @ coefficients
        score = float((residual**2).sum()) * count / (count - freedom) ** 2
        if score < best:
            best, found = score, coefficients
    if not np.isfinite(best):
        found[0] = float(target.mean())
    return found
