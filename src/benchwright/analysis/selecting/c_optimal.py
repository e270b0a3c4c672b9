"""c-optimal: the items after which least is left unknown of the pool's mean."""

from __future__ import annotations

import numpy as np

from benchwright.analysis.selecting.calibration import Calibration
from benchwright.analysis.selecting.linear import fit_linear
from benchwright.analysis.selecting.quotas import NONE, Quotas, Room
from benchwright.analysis.selecting.subset import Subset, made, nearest_shares


def select_c_optimal(
    calibration: Calibration, k: int, *, seed: int = 0, quotas: Quotas = NONE
) -> Subset:
    """Choose k items greedily so that Var(pool mean | their scores) is least; predict by ridge.

    The covariance of the items over the models is shrunk as Ledoit and Wolf (2004) do. Each step
    takes the item of largest (C_j·p)² / C_jj, p being the items' shares, and deflates C by it.

    Raises:
        DescriptionError: ``k`` or ``quotas`` cannot be met.
    """
    room = Room(calibration, k, quotas)
    centred = calibration.scores.astype(np.float64) - calibration.means
    shrinkage, level = calibration.shrinkage
    count = len(centred)
    own = (1 - shrinkage) * (centred**2).sum(axis=0) / count + shrinkage * level
    share = calibration.share
    toward = (1 - shrinkage) * centred.T @ (centred @ share) / count + shrinkage * level * share
    columns = np.empty((calibration.size, k))
    chosen: list[int] = []
    for step in range(k):
        gain = toward**2 / np.maximum(own, 1e-15)
        item = room.best(gain)
        room.take(item)
        column = (1 - shrinkage) * centred.T @ centred[:, item] / count
        column[item] += shrinkage * level
        column -= columns[:, :step] @ columns[item, :step]
        spread = max(float(own[item]), 1e-15)
        toward = toward - column * (toward[item] / spread)
        own = np.maximum(own - column**2 / spread, 0)
        columns[:, step] = column / np.sqrt(spread)
        chosen.append(item)
    places = np.sort(np.array(chosen, dtype=np.int64))
    weights = nearest_shares(calibration, places)
    predictor = fit_linear(calibration, places, weights)
    return made(calibration, places, predictor, method="c_optimal", seed=seed, weights=weights)
