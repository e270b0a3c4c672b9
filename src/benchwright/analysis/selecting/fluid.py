"""Fluid Benchmarking: the items that say most about an ability; fixed, or replayed one by one."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from benchwright.analysis.selecting.ability import fit_ability
from benchwright.analysis.selecting.arrays import Numbers
from benchwright.analysis.selecting.calibration import Calibration
from benchwright.analysis.selecting.irt import Items, abilities, information
from benchwright.analysis.selecting.quotas import NONE, Quotas, Room
from benchwright.analysis.selecting.subset import Subset, made, nearest_shares


def select_fluid(
    calibration: Calibration, k: int, *, seed: int = 0, quotas: Quotas = NONE
) -> Subset:
    """Choose k items of most Fisher information about the calibration models' abilities.

    The fixed form of Hofmann et al. (COLM 2025), who choose anew for every model (``replayed``):
    each next item lowers the mean posterior variance over the calibration models most. The
    estimate keeps what was observed and predicts the rest at the fitted ability.

    Raises:
        DescriptionError: ``k`` or ``quotas`` cannot be met, or scores are not within [0, 1].
    """
    room = Room(calibration, k, quotas)
    traits = calibration.trait
    told = information(traits.items, traits.ability)
    known = np.ones(len(told))
    chosen = []
    for _ in range(k):
        item = room.best(-(1 / (known[:, None] + told)).mean(axis=0))
        room.take(item)
        known += told[:, item]
        chosen.append(item)
    places = np.sort(np.array(chosen, dtype=np.int64))
    weights = nearest_shares(calibration, places)
    predictor = fit_ability(calibration, places, traits.items, weights, blend=0.0)
    return made(
        calibration, places, predictor, method="fluid", seed=seed, weights=weights,
        notes=traits.notes,
    )  # fmt: skip


def replayed(
    calibration: Calibration, scores: npt.ArrayLike, sizes: tuple[int, ...]
) -> dict[int, Numbers]:
    """Return size → estimates of models whose every score is known, asked adaptively.

    Each next item has the most information at the ability's mode under N(0, 1), from 0 on.

    Args:
        calibration: what item parameters are fitted to.
        scores: the new models' scores on all items, in the calibration's order; shape [M', I].
        sizes: after how many items to look.
    """
    items = calibration.trait.items
    given = np.asarray(scores, dtype=np.float64)
    ability = np.zeros((len(given), 1))
    seen = np.zeros_like(given)
    found = {}
    for count in range(1, max(sizes) + 1):
        gain = np.where(seen > 0, -np.inf, information(items, ability))
        seen[np.arange(len(given)), gain.argmax(axis=1)] = 1
        ability = _modes(items, given, seen, ability)
        if count in sizes:
            chances = np.where(seen > 0, given, items.chances(ability))
            found[count] = chances @ calibration.share
    return found


def _modes(items: Items, scores: Numbers, seen: Numbers, start: Numbers) -> Numbers:
    asked = np.flatnonzero(seen.any(axis=0))
    return abilities(
        items.at(asked), scores[:, asked] * seen[:, asked], seen[:, asked], start=start, rounds=3
    )
