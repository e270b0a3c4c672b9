"""tinyBenchmarks: anchors are the items nearest to k-means centres of item parameters."""

from __future__ import annotations

import numpy as np

from benchwright.analysis.selecting.ability import Kind, blend_of, fit_ability
from benchwright.analysis.selecting.arrays import Numbers, Places
from benchwright.analysis.selecting.calibration import Calibration
from benchwright.analysis.selecting.clusters import k_means
from benchwright.analysis.selecting.quotas import NONE, Quotas, checked, mended
from benchwright.analysis.selecting.subset import Subset, made


def select_tinybenchmarks(
    calibration: Calibration,
    k: int,
    *,
    seed: int = 0,
    quotas: Quotas = NONE,
    estimate: Kind = "gp-irt",
) -> Subset:
    """Choose k anchors by clustering (α, β) of a 2PL of one to four abilities.

    Maia Polo et al. (ICML 2024), ``tinyBenchmarks/utils.py``. Scores between 0 and 1 count as
    shares of a success where the authors turn them into 0 and 1 at a threshold.

    Raises:
        DescriptionError: ``k`` or ``quotas`` cannot be met, or scores are not within [0, 1].
    """
    least = checked(calibration, k, quotas)
    traits = calibration.traits
    points = np.concatenate([traits.items.loadings, traits.items.difficulty[:, None]], axis=1)
    anchors = k_means(points, calibration.share, k, np.random.default_rng(seed))
    chosen = np.sort(mended(calibration, anchors, _shares(calibration, points, anchors), least))
    weights = _shares(calibration, points, chosen)
    blend = {"irt": 1.0, "p-irt": 0.0}.get(estimate)
    if blend is None:
        blend = blend_of(calibration, k, traits.items)
    predictor = fit_ability(calibration, chosen, traits.items, weights, blend=blend)
    return made(
        calibration, chosen, predictor, method="tinybenchmarks", seed=seed, weights=weights,
        notes=traits.notes,
    )  # fmt: skip


def _shares(calibration: Calibration, points: Numbers, chosen: Places) -> Numbers:
    squares = ((points**2).sum(axis=1)[:, None] - 2 * points @ points[chosen].T) + (
        points[chosen] ** 2
    ).sum(axis=1)
    squares[chosen, np.arange(len(chosen))] = -np.inf
    nearest = squares.argmin(axis=1)
    return np.bincount(nearest, calibration.share, minlength=len(chosen)).astype(np.float64)
