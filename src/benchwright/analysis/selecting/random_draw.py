"""Random items: the plain mean, its standard error, no assumption."""

from __future__ import annotations

import numpy as np

from benchwright.analysis.selecting.calibration import Calibration
from benchwright.analysis.selecting.quotas import NONE, Quotas
from benchwright.analysis.selecting.sampled import fit_sampled
from benchwright.analysis.selecting.stratified import allotted, drawn, unheard
from benchwright.analysis.selecting.subset import Subset, made


def select_random(
    calibration: Calibration, k: int, *, seed: int = 0, quotas: Quotas = NONE
) -> Subset:
    """Draw k items; the estimate is their mean.

    With quotas, and where items count differently, the draw is stratified by group: only so are
    its weights known.

    Raises:
        DescriptionError: ``k`` or ``quotas`` cannot be met.
    """
    even = np.ptp(calibration.share) < 1e-12
    within = np.zeros(calibration.size, np.int64) if even and not quotas else calibration.group
    counts, strata = allotted(calibration, k, quotas, within)
    chosen = drawn(strata, counts, np.random.default_rng(seed))
    predictor = fit_sampled(calibration, chosen, strata=strata, control=False)
    return made(
        calibration, chosen, predictor, method="random", seed=seed,
        weights=predictor.weights(), notes=unheard(counts),
    )  # fmt: skip
