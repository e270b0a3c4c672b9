"""Max–min: items as far from one another as can be."""

from __future__ import annotations

import numpy as np

from benchwright.analysis.selecting.arrays import Numbers
from benchwright.analysis.selecting.calibration import Calibration
from benchwright.analysis.selecting.linear import fit_linear
from benchwright.analysis.selecting.quotas import NONE, Quotas, Room
from benchwright.analysis.selecting.subset import Subset, made, nearest_shares


def select_max_min(
    calibration: Calibration, k: int, *, seed: int = 0, quotas: Quotas = NONE
) -> Subset:
    """Choose k items farthest first, from the one nearest to the pool's mean; predict by ridge.

    The distance is √(2 − 2·correlation) over the models. Without quotas the least distance within
    the subset is at least half of the best there is (Gonzalez 1985).

    Raises:
        DescriptionError: ``k`` or ``quotas`` cannot be met.
    """
    room = Room(calibration, k, quotas)
    whole = calibration.share @ calibration.unit
    item = room.best(calibration.unit @ whole)
    room.take(item)
    chosen = [item]
    far = distance(calibration, item)
    while len(chosen) < k:
        item = room.best(far)
        room.take(item)
        chosen.append(item)
        far = np.minimum(far, distance(calibration, item))
    places = np.sort(np.array(chosen, dtype=np.int64))
    weights = nearest_shares(calibration, places)
    predictor = fit_linear(calibration, places, weights)
    return made(calibration, places, predictor, method="max_min", seed=seed, weights=weights)


def distance(calibration: Calibration, item: int) -> Numbers:
    """Return how far every item is from ``item``; shape [I].

    Flat items all stand in one place, 1 away from every other.
    """
    length = (calibration.unit**2).sum(axis=1, dtype=np.float64)
    squares = length + length[item] - 2 * calibration.correlations(item).astype(np.float64)
    found: Numbers = np.sqrt(np.maximum(squares, 0))
    found[item] = 0
    return found
