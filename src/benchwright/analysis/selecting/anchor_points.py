"""Anchor Points: medoids of the items under 1 − correlation across models."""

from __future__ import annotations

import numpy as np

from benchwright.analysis.selecting.calibration import Calibration
from benchwright.analysis.selecting.clusters import k_medoids
from benchwright.analysis.selecting.linear import recalibrated
from benchwright.analysis.selecting.quotas import NONE, Quotas, checked, mended
from benchwright.analysis.selecting.subset import Subset, made, nearest_shares


def select_anchor_points(
    calibration: Calibration, k: int, *, seed: int = 0, quotas: Quotas = NONE
) -> Subset:
    """Choose k medoids; each weighs its cluster's share; the estimate is a line of their mean.

    Vivek et al. (EACL 2024). They correlate the logit of the confidence in the right class; a
    pool has scores, which are correlated as they are. Items that correlate may differ in
    difficulty, so the weighted mean alone is off: it is put right by a straight line over the
    calibration models.

    Raises:
        DescriptionError: ``k`` or ``quotas`` cannot be met.
    """
    least = checked(calibration, k, quotas)
    generator = np.random.default_rng(seed)
    medoids = k_medoids(calibration.unit, calibration.share, k, generator)
    chosen = np.sort(mended(calibration, medoids, nearest_shares(calibration, medoids), least))
    weights = nearest_shares(calibration, chosen)
    predictor = recalibrated(calibration, chosen, weights)
    return made(calibration, chosen, predictor, method="anchor_points", seed=seed, weights=weights)
