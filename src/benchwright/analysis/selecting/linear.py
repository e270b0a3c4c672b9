"""Estimate by ridge regression: what was observed as it is, the mean of the rest as predicted."""

from __future__ import annotations

import numpy as np
from msgspec import Struct

from benchwright.analysis.selecting.calibration import Calibration, Numbers, Places

PENALTIES = np.logspace(-3, 4, 29)
"""Ridge penalties tried, in units of the scores' mean variance over the models."""


class Linear(Struct, frozen=True, eq=False, kw_only=True, tag="linear"):
    """Intercept + weighted sum of the chosen items' scores, within the range of what was seen."""

    intercept: float
    """The estimate of a model that scores 0 everywhere."""
    weights: np.ndarray
    """What each chosen item's score adds; shape [k]."""
    low: float
    """Least score there is; no estimate is lower."""
    high: float
    """Highest score there is; no estimate is higher."""

    def estimates(self, scores: Numbers) -> Numbers:
        """Return the estimates for ``scores``; shapes [models, k] → [models]."""
        found = self.intercept + scores @ self.weights.astype(np.float64)
        return np.clip(found, self.low, self.high)


def fit_linear(calibration: Calibration, chosen: Places, weights: Numbers) -> Linear:
    """Fit the mean of the items not chosen to the scores on those chosen.

    Two ridges compete by their leave-one-out error over the models: one shrunk towards no weight
    at all, one towards ``weights``, the subset's own mean. The second is right when calibration
    models are few or a new model is stronger than all of them: an estimate shrunk towards what
    models usually score would under-score it.
    """
    target, share = calibration.rest(chosen)
    seen = calibration.share[chosen]
    low, high = _range(calibration)
    if not share:
        return Linear(intercept=0.0, weights=seen, low=low, high=high)
    scores = calibration.scores[:, chosen].astype(np.float64)
    candidates = [
        _ridge(scores, target - scores @ centre, centre)
        for centre in (weights, np.zeros(len(chosen)))
    ]
    _, intercept, slope = min(candidates, key=lambda candidate: candidate[0])
    return Linear(intercept=share * intercept, weights=seen + share * slope, low=low, high=high)


def weighted(calibration: Calibration, weights: Numbers) -> Linear:
    """Return the weighted mean as an estimator."""
    low, high = _range(calibration)
    return Linear(intercept=0.0, weights=weights, low=low, high=high)


def _ridge(scores: Numbers, target: Numbers, centre: Numbers) -> tuple[float, float, Numbers]:
    """Return (leave-one-out error, intercept, weights) of the best ridge around ``centre``."""
    count = len(scores)
    mean = scores.mean(axis=0)
    middle = float(target.mean())
    left, values, right = np.linalg.svd(scores - mean, full_matrices=False)
    turned = left.T @ (target - middle)
    squares = values**2
    unit = max(float(squares.sum()) / max(scores.shape[1], 1), 1e-12)
    best = (np.inf, middle, np.zeros(scores.shape[1]))
    for penalty in PENALTIES * unit:
        kept = squares / (squares + penalty)
        leverage = (left**2) @ kept + 1 / count
        residual = (target - middle - left @ (kept * turned)) / np.maximum(1 - leverage, 1e-3)
        error = float((residual**2).mean())
        if error < best[0]:
            slope = right.T @ (values / (squares + penalty) * turned)
            best = (error, middle - float(mean @ slope), slope)
    return best[0], best[1], centre + best[2]


def _range(calibration: Calibration) -> tuple[float, float]:
    if calibration.bounded:
        return 0.0, 1.0
    least, most = float(calibration.scores.min()), float(calibration.scores.max())
    return least, most
