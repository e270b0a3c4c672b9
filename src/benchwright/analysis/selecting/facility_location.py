"""Facility location: every item has a chosen one that behaves alike."""

from __future__ import annotations

import heapq

import numpy as np
import numpy.typing as npt

from benchwright.analysis.selecting.calibration import Calibration
from benchwright.analysis.selecting.linear import fit_linear
from benchwright.analysis.selecting.quotas import NONE, Quotas, Room
from benchwright.analysis.selecting.subset import Subset, made, nearest_shares

CHUNK = 1 << 22
"""Similarities held at once while the first gains are computed."""


def select_facility_location(
    calibration: Calibration, k: int, *, seed: int = 0, quotas: Quotas = NONE
) -> Subset:
    """Choose k items by lazy greedy so that Σ_i p_i max_j sim(i, j) is largest; predict by ridge.

    The similarity is the positive part of the correlation over the models, of an item with itself
    1. The objective is monotone and submodular, so without quotas the greedy choice reaches at
    least 1 − 1/e of the best (Nemhauser, Wolsey and Fisher 1978); gains only fall, so most need
    not be computed again (Minoux 1978).

    Raises:
        DescriptionError: ``k`` or ``quotas`` cannot be met.
    """
    room = Room(calibration, k, quotas)
    share = calibration.share
    covered = np.zeros(calibration.size)
    heap = [(-gain, item) for item, gain in enumerate(_first_gains(calibration))]
    heapq.heapify(heap)
    chosen: list[int] = []
    while len(chosen) < k:
        _, item = heapq.heappop(heap)
        if not room.open[item]:  # for good: what is open only grows less
            continue
        alike = similarity(calibration, item)
        gain = float(share @ np.maximum(alike - covered, 0))
        while heap and not room.open[heap[0][1]]:
            heapq.heappop(heap)
        if heap and gain < -heap[0][0] - 1e-15:
            heapq.heappush(heap, (-gain, item))
            continue
        chosen.append(item)
        room.take(item)
        covered = np.maximum(covered, alike)
    places = np.sort(np.array(chosen, dtype=np.int64))
    weights = nearest_shares(calibration, places)
    predictor = fit_linear(calibration, places, weights)
    return made(
        calibration, places, predictor, method="facility_location", seed=seed, weights=weights
    )


def similarity(calibration: Calibration, item: int) -> npt.NDArray[np.float32]:
    """Return how alike every item is to ``item``, from 0 to 1; shape [I]."""
    found: npt.NDArray[np.float32] = np.maximum(calibration.correlations(item), 0)
    found[item] = 1
    return found


def _first_gains(calibration: Calibration) -> npt.NDArray[np.float64]:
    unit, share = calibration.unit, calibration.share
    gains = np.empty(calibration.size)
    step = max(1, CHUNK // calibration.size)
    for start in range(0, calibration.size, step):
        block = np.maximum(unit[start : start + step] @ unit.T, 0)
        rows = np.arange(len(block))
        block[rows, start + rows] = 1
        gains[start : start + step] = block @ share
    return gains
