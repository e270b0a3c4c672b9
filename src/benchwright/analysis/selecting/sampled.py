"""Estimate by design: a random draw, corrected by what is known of its items' difficulty."""

from __future__ import annotations

from typing import Literal

import numpy as np
import numpy.typing as npt
from msgspec import Struct

from benchwright.analysis.selecting.arrays import Numbers, Places
from benchwright.analysis.selecting.calibration import Calibration

Link = Literal["none", "linear", "logit"]

FEWEST = 10
"""Items from which a working model of them is fitted; fewer are averaged as they are."""


class Sampled(Struct, frozen=True, eq=False, kw_only=True, tag="sampled"):
    """A stratified random draw, and a working model of the scores that guides it.

    The working model (an item's level, the calibration models' mean score or its logit) predicts
    every item; the stratified mean of the residuals corrects it. So the estimate is right on
    average whether or not the model holds: augmented inverse-probability weighting, or a
    (logistic) generalised regression estimator (Lehtonen and Veijanen, Survey Methodology 1998).
    """

    link: Link
    """Kind of the working model; ``none`` is the plain stratified mean."""
    stratum: np.ndarray
    """Stratum of each chosen item; shape [k]."""
    shares: np.ndarray
    """What each stratum counts in the pool's mean; shape [strata]."""
    sizes: np.ndarray
    """Items that each stratum has; shape [strata]."""
    level: np.ndarray
    """Level of each chosen item; shape [k]."""
    levels: np.ndarray
    """Levels there are in the pool; shape [L]."""
    level_shares: np.ndarray
    """What the items of each level count in the pool's mean; shape [L]."""
    low: float = 0.0
    """Least score there is; no estimate is lower."""
    high: float = 1.0
    """Highest score there is; no estimate is higher."""

    def estimates(self, scores: Numbers) -> Numbers:
        """Return the estimates for ``scores``; shapes [models, k] → [models]."""
        expected, pool = self._expected(scores)
        found: Numbers = np.clip(pool + (scores - expected) @ self.weights(), self.low, self.high)
        return found

    def errors(self, scores: Numbers) -> Numbers:
        """Return standard errors: within strata, finite-population correction, shape [models]."""
        residual = scores - self._expected(scores)[0]
        count = scores.shape[1]
        # A few residuals that happen to agree prove nothing: one coin flip more is among them.
        doubt = 0.25 if (self.low, self.high) == (0.0, 1.0) else 0.0
        pooled = (residual.var(axis=1) * count + doubt) / count
        variance = np.zeros(len(scores))
        for number, (share, size) in enumerate(zip(self.shares, self.sizes, strict=True)):
            inside = residual[:, self.stratum == number]
            drawn = inside.shape[1]
            if not drawn or drawn >= size:
                continue
            # A stratum's own variance, steadied by that of all as if by two more residuals.
            spread = (inside.var(axis=1) * drawn + 2 * pooled) / (drawn + 1)
            variance += share**2 * (1 - drawn / size) * spread / drawn
        parameters = {"none": 0, "linear": 2, "logit": 2}[self._used()]
        found: Numbers = np.sqrt(variance * count / max(count - parameters, 1))
        return found

    def _used(self) -> Link:
        return self.link if len(self.level) >= FEWEST else "none"

    def weights(self) -> Numbers:
        """Return what each chosen item stands for; sums to 1; shape [k]."""
        drawn = np.bincount(self.stratum, minlength=len(self.shares))
        found: Numbers = (self.shares / np.maximum(drawn, 1))[self.stratum]
        # Where quotas left no item to a stratum, the others stand for it.
        return found / float(found.sum())

    def _expected(self, scores: Numbers) -> tuple[Numbers, Numbers]:
        """Return what the working model says of the chosen items and of the pool's mean."""
        link = self._used()
        if link == "none":
            return np.zeros_like(scores), np.zeros(len(scores))
        weights = self.weights()
        level, levels = self.level.astype(np.float64), self.levels.astype(np.float64)
        if link == "linear":
            start, slope = _line(scores, level, weights)
            return (
                start[:, None] + slope[:, None] * level,
                start + slope * (levels @ self.level_shares),
            )
        start, slope = _logistic(scores, level, weights)
        chosen = _expit(start[:, None] + slope[:, None] * level)
        return chosen, _expit(start[:, None] + slope[:, None] * levels) @ self.level_shares


def fit_sampled(
    calibration: Calibration, chosen: Places, *, strata: Places, control: bool
) -> Sampled:
    """Return the estimator of a draw within ``strata`` (a number for every item of the pool)."""
    names, numbered = np.unique(strata, return_inverse=True)
    shares = np.bincount(numbered, calibration.share, minlength=len(names))
    link: Link = "none"
    level = np.zeros(calibration.size)
    if control and len(calibration.models) >= 2:
        link = "logit" if calibration.bounded else "linear"
        level = _levels(calibration)
    values, at = np.unique(level, return_inverse=True)
    return Sampled(
        link=link,
        stratum=numbered[chosen],
        shares=shares,
        sizes=np.bincount(numbered, minlength=len(names)),
        level=level[chosen],
        levels=values,
        level_shares=np.bincount(at, calibration.share, minlength=len(values)),
        low=calibration.range[0],
        high=calibration.range[1],
    )


def _levels(calibration: Calibration) -> Numbers:
    """Return every item's mean score over the models, of bounded scores its logit."""
    means = calibration.means
    if calibration.bounded:
        # Half a success and half a failure more: an item that all or none solve stays finite.
        count = len(calibration.models)
        means = (means * count + 0.5) / (count + 1)
        means = np.log(means / (1 - means))
    rounded: Numbers = np.round(means, 4)
    return rounded


def _line(scores: Numbers, level: Numbers, weights: Numbers) -> tuple[Numbers, Numbers]:
    weight = weights / weights.sum()
    centred = level - weight @ level
    spread = float(weight @ centred**2)
    slope = scores @ (weight * centred) / spread if spread > 1e-12 else np.zeros(len(scores))
    start = scores @ weight - slope * (weight @ level)
    return start, slope


def _logistic(scores: Numbers, level: Numbers, weights: Numbers) -> tuple[Numbers, Numbers]:
    """Fit start + slope·level per model; prior slope 1 ± 0.5, start 0 ± 3; damped Newton."""
    weight = weights * len(level) / weights.sum()
    start, slope = np.zeros(len(scores)), np.ones(len(scores))
    for _ in range(25):
        p = _expit(start[:, None] + slope[:, None] * level)
        gap, w = (scores - p) * weight, p * (1 - p) * weight
        g0 = gap.sum(axis=1) - start / 9
        g1 = gap @ level - (slope - 1) / 0.25
        h00, h01, h11 = w.sum(axis=1) + 1 / 9, w @ level, w @ level**2 + 4
        determinant = h00 * h11 - h01**2
        step0 = np.clip((h11 * g0 - h01 * g1) / determinant, -1, 1)
        step1 = np.clip((h00 * g1 - h01 * g0) / determinant, -1, 1)
        start, slope = start + step0, slope + step1
        if max(np.abs(step0).max(), np.abs(step1).max()) < 1e-8:
            break
    return start, slope


def _expit(x: npt.NDArray[np.float64]) -> Numbers:
    found: Numbers = 0.5 * (1 + np.tanh(x / 2))
    return found
