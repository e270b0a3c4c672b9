"""metabench: filtered items of most information at every level of ability, and a smooth map."""

from __future__ import annotations

import numpy as np

from benchwright.analysis.selecting.arrays import Numbers
from benchwright.analysis.selecting.calibration import Calibration
from benchwright.analysis.selecting.curve import fit_curve
from benchwright.analysis.selecting.irt import information
from benchwright.analysis.selecting.quotas import NONE, Quotas, Room
from benchwright.analysis.selecting.subset import Subset, made

FLAT, EASY, UNRELATED = 0.01, 0.95, 0.05
"""An item is passed over whose standard deviation is at most, whose mean is above, or whose
correlation with the whole is below."""


def select_metabench(
    calibration: Calibration, k: int, *, seed: int = 0, quotas: Quotas = NONE
) -> Subset:
    """Choose for each of k quantiles of ability the most informative item; map by smooth terms.

    Kipnis et al. (ICLR 2025). Their random search for a good half-way subset of 350 items is left
    out: information is computed for all items at once. Items that their filters pass over come
    last, so that any k can be had.

    Raises:
        DescriptionError: ``k`` or ``quotas`` cannot be met, or scores are not within [0, 1].
    """
    room = Room(calibration, k, quotas)
    traits = calibration.trait
    levels = np.quantile(traits.ability[:, 0], (np.arange(k) + 0.5) / k)
    told = information(traits.items, levels[:, None])
    told -= np.where(_passed_over(calibration), 1e6, 0.0)
    # From the middle outwards: the ends may have to take what is left.
    chosen = []
    for level in np.argsort(np.abs(np.arange(k) - (k - 1) / 2), kind="stable"):
        item = room.best(told[level])
        room.take(item)
        chosen.append(item)
    places = np.sort(np.array(chosen, dtype=np.int64))
    predictor = fit_curve(calibration, places, traits.items)
    return made(calibration, places, predictor, method="metabench", seed=seed, notes=traits.notes)


def _passed_over(calibration: Calibration) -> Numbers:
    scores = calibration.scores.astype(np.float64)
    kept = calibration.full > np.quantile(calibration.full, 0.001)
    scores = scores[kept] if kept.sum() > 2 else scores
    centred = scores - scores.mean(axis=0)
    other = (scores @ calibration.share)[:, None] - scores * calibration.share
    other -= other.mean(axis=0)
    length = np.sqrt((centred**2).sum(axis=0) * (other**2).sum(axis=0))
    part_whole = (centred * other).sum(axis=0) / np.maximum(length, 1e-12)
    found: Numbers = (
        (scores.std(axis=0) <= FLAT) | (scores.mean(axis=0) > EASY) | (part_whole < UNRELATED)
    )
    return found
