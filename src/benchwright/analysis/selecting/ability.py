"""Estimate by item response: unseen items as the fitted ability predicts them."""

from __future__ import annotations

from typing import Literal

import numpy as np
from msgspec import Struct

from benchwright.analysis.selecting.arrays import Numbers, Places
from benchwright.analysis.selecting.calibration import Calibration
from benchwright.analysis.selecting.irt import Items, abilities

Kind = Literal["irt", "p-irt", "gp-irt"]
"""Weighted mean of the anchors; observed kept and unseen predicted; the two blended."""


class Ability(Struct, frozen=True, eq=False, kw_only=True, tag="ability"):
    """The estimates of tinyBenchmarks (Maia Polo et al., ICML 2024), and of Fluid Benchmarking.

    p-IRT is observed mean and predicted mean of the unseen, by their shares; gp-IRT is
    ``blend``·IRT + (1 − ``blend``)·p-IRT.
    """

    weights: np.ndarray
    """What each chosen item stands for; sums to 1; shape [k]."""
    share: np.ndarray
    """What each chosen item counts in the pool's mean; shape [k]."""
    loadings: np.ndarray
    """Discriminations of the chosen items; shape [k, D]."""
    difficulty: np.ndarray
    """Difficulties of the chosen items; shape [k]."""
    unseen_loadings: np.ndarray
    """Discriminations of the others; shape [I − k, D]."""
    unseen_difficulty: np.ndarray
    """Difficulties of the others; shape [I − k]."""
    unseen_share: np.ndarray
    """What each of the others counts in the pool's mean; shape [I − k]."""
    blend: float
    """Weight of the anchors' weighted mean: 1 for IRT, 0 for p-IRT."""

    def estimates(self, scores: Numbers) -> Numbers:
        """Return the estimates for ``scores``; shapes [models, k] → [models]."""
        weighted = scores @ self.weights.astype(np.float64)
        if self.blend >= 1:
            return weighted
        found: Numbers = self.blend * weighted + (1 - self.blend) * self._predicted(scores)
        return found

    def _predicted(self, scores: Numbers) -> Numbers:
        chosen = Items(
            loadings=self.loadings.astype(np.float64), difficulty=self.difficulty.astype(np.float64)
        )
        unseen = Items(
            loadings=self.unseen_loadings.astype(np.float64),
            difficulty=self.unseen_difficulty.astype(np.float64),
        )
        ability = abilities(chosen, scores)
        found: Numbers = scores @ self.share.astype(np.float64) + unseen.chances(
            ability
        ) @ self.unseen_share.astype(np.float64)
        return found


def fit_ability(
    calibration: Calibration, chosen: Places, items: Items, weights: Numbers, *, blend: float
) -> Ability:
    """Return the estimator for ``chosen``; parameters are kept with three digits."""
    unseen = np.setdiff1d(np.arange(calibration.size), chosen)
    here, there = items.at(chosen), items.at(unseen)
    return Ability(
        weights=weights,
        share=calibration.share[chosen],
        loadings=here.loadings.astype(np.float16),
        difficulty=here.difficulty.astype(np.float16),
        unseen_loadings=there.loadings.astype(np.float16),
        unseen_difficulty=there.difficulty.astype(np.float16),
        unseen_share=calibration.share[unseen],
        blend=blend,
    )


def blend_of(calibration: Calibration, k: int, items: Items) -> float:
    """Return the weight of IRT in gp-IRT: b² / (v / 4k + b²).

    b is how far the model is off when ability is known well: the mean absolute error of every
    second item's predicted mean after abilities were fitted to the others. v is the mean variance
    of a model's scores over the items (``get_lambda`` of tinyBenchmarks, which measures b on
    validation models; here they are those calibrated on).
    """
    if calibration.size < 2:
        return 1.0
    scores = calibration.scores.astype(np.float64)
    seen, unseen = np.arange(0, calibration.size, 2), np.arange(1, calibration.size, 2)
    ability = abilities(items.at(seen), scores[:, seen])
    off = items.at(unseen).chances(ability).mean(axis=1) - scores[:, unseen].mean(axis=1)
    bias = float(np.abs(off).mean())
    variance = float(scores.var(axis=1).mean())
    total = variance / (4 * k) + bias**2
    return bias**2 / total if total > 0 else 0.0
