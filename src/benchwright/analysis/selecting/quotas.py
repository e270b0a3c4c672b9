"""Lower bounds per group: every benchmark, capability or language keeps its place in a subset."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import numpy.typing as npt

from benchwright.analysis.selecting.arrays import Numbers, Places
from benchwright.analysis.selecting.calibration import Calibration
from benchwright.core.errors import DescriptionError, UnknownName

Quotas = Mapping[str, int]
"""Group's name → the fewest items of it."""

NONE: Quotas = {}
"""No quotas."""


def checked(calibration: Calibration, k: int, quotas: Quotas) -> Places:
    """Return the fewest items of every group; shape [groups].

    Raises:
        DescriptionError: ``k`` items cannot be had, or not with these quotas.
    """
    size = calibration.size
    if not 1 <= k <= size:
        raise DescriptionError(f"A subset of {size:,} items has 1 to {size:,} items, not {k:,}.")
    least = np.zeros(len(calibration.groups), dtype=np.int64)
    there = np.bincount(calibration.group, minlength=len(least))
    for name, count in quotas.items():
        if name not in calibration.groups:
            raise UnknownName("group", name, calibration.groups)
        number = calibration.groups.index(name)
        if not 0 <= count <= there[number]:
            raise DescriptionError(
                f"{name} has {there[number]:,} items: a quota of {count:,} cannot be met."
            )
        least[number] = count
    if least.sum() > k:
        raise DescriptionError(f"The quotas add up to {least.sum():,}, more than {k:,} items.")
    return least


class Room:
    """Which items may still be chosen, one after the other, so that every quota can be met."""

    def __init__(self, calibration: Calibration, k: int, quotas: Quotas) -> None:
        """Begin with none of ``k`` items chosen."""
        self._group = calibration.group
        self._lacking = checked(calibration, k, quotas)
        self._left = k
        self.open = np.ones(calibration.size, dtype=bool)
        self._narrow()

    def take(self, item: int) -> None:
        """Choose ``item``."""
        self.open[item] = False
        self._left -= 1
        group = self._group[item]
        self._lacking[group] = max(self._lacking[group] - 1, 0)
        self._narrow()

    def best(self, gain: npt.ArrayLike) -> int:
        """Return the open item of the highest ``gain``; the first of equals."""
        return int(np.argmax(np.where(self.open, gain, -np.inf)))

    def _narrow(self) -> None:
        if self._lacking.any() and self._lacking.sum() >= self._left:
            self.open &= (self._lacking > 0)[self._group]


def mended(calibration: Calibration, chosen: Places, weights: Numbers, least: Places) -> Places:
    """Return ``chosen`` with the lightest items of well-filled groups given up for short groups.

    For methods that choose all items at once. What a short group gains is each time the item that
    correlates best with the one given up.
    """
    kept = list(chosen)
    weight = dict(zip(kept, weights, strict=True))
    have = np.bincount(calibration.group[chosen], minlength=len(least))
    while (short := np.flatnonzero(have < least)).size:
        spare = (have > least)[calibration.group]
        over = [item for item in kept if spare[item]]
        out = min(over, key=lambda item: (weight.get(item, 0.0), item))
        free = np.flatnonzero(np.isin(calibration.group, short))
        free = free[~np.isin(free, kept)]
        alike = calibration.unit[free] @ calibration.unit[out]
        into = int(free[np.argmax(alike)])
        kept[kept.index(out)] = into
        have[calibration.group[out]] -= 1
        have[calibration.group[into]] += 1
    return np.array(kept, dtype=np.int64)
