"""D-optimal: the items that pin down all common factors of the scores at once."""

from __future__ import annotations

import numpy as np

from benchwright.analysis.selecting.arrays import Numbers
from benchwright.analysis.selecting.calibration import Calibration
from benchwright.analysis.selecting.linear import fit_linear
from benchwright.analysis.selecting.quotas import NONE, Quotas, Room
from benchwright.analysis.selecting.subset import Subset, made, nearest_shares

FACTORS = 8
"""Most common factors."""


def select_d_optimal(
    calibration: Calibration, k: int, *, seed: int = 0, quotas: Quotas = NONE
) -> Subset:
    """Choose k items greedily so that log det(Σ x xᵀ/ψ + 1) is largest; predict by ridge.

    x are an item's loadings on the leading principal components of the scores over the models
    (at most eight, a quarter of the models), ψ the variance that these leave.

    Raises:
        DescriptionError: ``k`` or ``quotas`` cannot be met.
    """
    room = Room(calibration, k, quotas)
    loadings, left = factors(calibration)
    inverse = np.eye(loadings.shape[1])
    chosen = []
    for _ in range(k):
        item = room.best(((loadings @ inverse) * loadings).sum(axis=1) / left)
        room.take(item)
        direction = inverse @ loadings[item]
        inverse -= np.outer(direction, direction) / (left[item] + loadings[item] @ direction)
        chosen.append(item)
    places = np.sort(np.array(chosen, dtype=np.int64))
    weights = nearest_shares(calibration, places)
    predictor = fit_linear(calibration, places, weights)
    return made(calibration, places, predictor, method="d_optimal", seed=seed, weights=weights)


def factors(calibration: Calibration) -> tuple[Numbers, Numbers]:
    """Return every item's loadings [I, factors] and the variance that they leave [I]."""
    centred = calibration.scores.astype(np.float64) - calibration.means
    count = len(centred)
    wanted = max(1, min(FACTORS, count // 4))
    lead = _leading(centred, wanted)
    loadings = centred.T @ lead / np.sqrt(count)
    variance = (centred**2).mean(axis=0)
    floor = max(float(variance.mean()) * 0.05, 1e-9)
    return loadings, np.maximum(variance - (loadings**2).sum(axis=1), floor)


def _leading(centred: Numbers, wanted: int) -> Numbers:
    """Return the leading left singular vectors; shape [M, wanted].

    By subspace iteration where the matrix is large: the tail need not be resolved.
    """
    count, width = centred.shape
    if min(count, width) <= 200:
        left: Numbers = np.linalg.svd(centred, full_matrices=False)[0]
        return left[:, :wanted]
    basis = np.random.default_rng(0).normal(size=(count, wanted + 8))
    for _ in range(15):
        basis, _ = np.linalg.qr(centred @ (centred.T @ basis))
    inner = basis.T @ centred
    turn = np.linalg.svd(inner, full_matrices=False)[0]
    found: Numbers = basis @ turn[:, :wanted]
    return found
