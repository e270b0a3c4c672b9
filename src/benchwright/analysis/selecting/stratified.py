"""A proportional random draw from every stratum, corrected by what the items' difficulties say."""

from __future__ import annotations

import numpy as np

from benchwright.analysis.selecting.arrays import Numbers, Places
from benchwright.analysis.selecting.calibration import Calibration
from benchwright.analysis.selecting.quotas import NONE, Quotas, checked
from benchwright.analysis.selecting.sampled import fit_sampled
from benchwright.analysis.selecting.subset import Subset, made


def select_stratified(
    calibration: Calibration, k: int, *, seed: int = 0, quotas: Quotas = NONE
) -> Subset:
    """Draw k items, from every stratum its share; estimate with a control variate (AIPW).

    The working model needs no more than the items' mean scores, so a handful of calibration
    models is enough, and the estimate is right on average whatever the new model is like.

    Raises:
        DescriptionError: ``k`` or ``quotas`` cannot be met.
    """
    counts, strata = allotted(calibration, k, quotas, calibration.stratum)
    chosen = drawn(strata, counts, np.random.default_rng(seed))
    predictor = fit_sampled(calibration, chosen, strata=strata, control=True)
    notes: tuple[str, ...] = ()
    if len(counts) < len(np.unique(calibration.stratum)):
        notes = ("too few items for one of every stratum: strata were joined.",)
    return made(
        calibration, chosen, predictor, method="stratified", seed=seed,
        weights=predictor.weights(), notes=(*notes, *unheard(counts)),
    )  # fmt: skip


def allotted(
    calibration: Calibration, k: int, quotas: Quotas, strata: Places
) -> tuple[Places, Places]:
    """Return how many items each stratum gives, and the stratum of every item.

    Every stratum must give one, or the whole could not be told from the part: with fewer items
    than strata, those of a group are joined; with fewer than groups, all are.
    """
    least = checked(calibration, k, quotas)
    everything = np.zeros(calibration.size, np.int64)
    tried = [strata, calibration.group] if quotas else [strata, calibration.group, everything]
    for layers in tried:
        _, numbered = np.unique(layers, return_inverse=True)
        mass = np.bincount(numbered, calibration.share).astype(np.float64)
        size = np.bincount(numbered)
        wanted = np.ones(len(size), np.int64)
        if quotas:
            wanted = np.maximum(wanted, _parts(least, calibration.group, numbered, size))
        if wanted.sum() <= k or layers is tried[-1]:
            break
    if wanted.sum() > k:  # quotas leave some groups without any
        wanted = _parts(least, calibration.group, numbered, size)
    return proportional(k, mass, size, wanted), numbered


def unheard(counts: Places) -> tuple[str, ...]:
    """Return what to say where quotas leave strata without any item."""
    lacking = int((counts == 0).sum())
    said = f"the quotas leave {lacking} groups without any item: they are taken to be like others."
    return (said,) if lacking else ()


def proportional(k: int, mass: Numbers, size: Places, least: Places) -> Places:
    """Share k items out by ``mass``: at least ``least``, at most ``size`` from each.

    Each next item goes to the stratum that lacks most of what its mass would give it.
    """
    counts = least.copy()
    target = k * mass / mass.sum()
    floor = np.minimum(np.maximum(np.floor(target + 1e-9).astype(np.int64), counts), size)
    if floor.sum() <= k:
        counts = floor
    while counts.sum() < k:
        lack = np.where(counts < size, target - counts, -np.inf)
        counts[int(np.argmax(lack))] += 1
    return counts


def drawn(strata: Places, counts: Places, generator: np.random.Generator) -> Places:
    """Return that many items of each stratum, drawn at random, ascending."""
    chosen = [
        generator.permutation(np.flatnonzero(strata == number))[:count]
        for number, count in enumerate(counts)
    ]
    return np.sort(np.concatenate(chosen))


def _parts(least: Places, group: Places, strata: Places, size: Places) -> Places:
    """Return each stratum's part of its group's quota, in proportion to its size."""
    found = np.zeros(len(size), np.int64)
    for number in np.flatnonzero(least):
        inside = np.unique(strata[group == number])
        found[inside] += proportional(
            int(least[number]),
            size[inside].astype(np.float64),
            size[inside],
            np.zeros(len(inside), np.int64),
        )
    return found
