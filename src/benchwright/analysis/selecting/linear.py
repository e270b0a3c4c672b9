"""Estimate by ridge regression: what was observed as it is, the mean of the rest as predicted."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import numpy as np
from msgspec import Struct

from benchwright.analysis.selecting.arrays import Numbers, Places
from benchwright.analysis.selecting.calibration import Calibration

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
    low, high = calibration.range
    if not share:
        return Linear(intercept=0.0, weights=seen, low=low, high=high)
    scores = calibration.scores[:, chosen].astype(np.float64)
    centres = (weights, np.zeros(len(chosen)))
    _, intercept, slope = min(_ridges(scores, target, centres), key=lambda found: found[0])
    return Linear(intercept=share * intercept, weights=seen + share * slope, low=low, high=high)


def recalibrated(calibration: Calibration, chosen: Places, weights: Numbers) -> Linear:
    """Predict the mean of the items not chosen by a straight line of the weighted mean.

    With fewer than three models, or where all have one weighted mean, the line has slope 1.
    """
    target, share = calibration.rest(chosen)
    seen = calibration.share[chosen]
    low, high = calibration.range
    part = calibration.scores[:, chosen].astype(np.float64) @ weights
    centred = part - part.mean()
    spread = float(centred @ centred)
    slope = 1.0
    if len(part) >= 3 and spread > 1e-12:
        slope = float(centred @ target) / spread
    intercept = float(target.mean() - slope * part.mean())
    return Linear(
        intercept=share * intercept, weights=seen + share * slope * weights, low=low, high=high
    )


def _ridges(
    scores: Numbers, target: Numbers, centres: Sequence[Numbers]
) -> Iterator[tuple[float, float, Numbers]]:
    """Yield (leave-one-out error, intercept, weights) of the best ridge around each centre."""
    count = len(scores)
    mean = scores.mean(axis=0)
    left, values, right = np.linalg.svd(scores - mean, full_matrices=False)
    squares, weight = values**2, left**2
    unit = max(float(squares.sum()) / max(scores.shape[1], 1), 1e-12)
    for centre in centres:
        lacking = target - scores @ centre
        middle = float(lacking.mean())
        turned = left.T @ (lacking - middle)
        best = (np.inf, middle, centre)
        for penalty in PENALTIES * unit:
            kept = squares / (squares + penalty)
            leverage = np.minimum(weight @ kept + 1 / count, 1 - 1e-3)
            residual = (lacking - middle - left @ (kept * turned)) / (1 - leverage)
            error = float((residual**2).mean())
            if error < best[0]:
                slope = right.T @ (values / (squares + penalty) * turned)
                best = (error, middle - float(mean @ slope), centre + slope)
        yield best
