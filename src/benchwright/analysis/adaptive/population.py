"""The finite benchmark whose score is wanted: its items, their weights, their strata."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

import numpy as np
import numpy.typing as npt
from msgspec import Struct

from benchwright.analysis.averaging import even
from benchwright.core.average import Kind
from benchwright.core.errors import DataError
from benchwright.core.seeds import derive

Places = npt.NDArray[np.intp]
"""Numbers of items."""
Values = npt.NDArray[np.float64]
"""One number an item, or a model; NaN where unknown."""

STRATA = 32
"""About as many strata as there may be, so that a few answers reach all of them: those that hold
less than this part of the population are joined."""


class Population(Struct, frozen=True, eq=False, kw_only=True):
    """The N items of a benchmark, in an order of their own."""

    items: tuple[str, ...]
    """Ids of the samples, each once."""
    stratum: Places
    """Number of each item's stratum, 0 to H - 1; shape [N]."""
    weight: Values
    """What each item counts in the benchmark's score; sums to 1; shape [N]."""

    @property
    def strata(self) -> int:
        """Number of strata H."""
        return int(self.stratum.max()) + 1

    def __len__(self) -> int:
        """Return the number of items N."""
        return len(self.items)


def population(
    items: Sequence[str],
    *,
    strata: Sequence[str] | None = None,
    groups: Sequence[str] | None = None,
    average: Kind = "macro",
) -> Population:
    """Return the population of ``items``.

    Args:
        items: ids, each once.
        strata: name of each item's stratum; all in one where it is None. Small ones are joined
            with those next by name.
        groups: name of each item's group, where every group counts the same (a macro average);
            every item counts the same where it is None.
        average: how groups are weighed. A harmonic mean is no weighted mean of items: what is
            estimated in its stead is the plain mean over its groups.

    Raises:
        DataError: there are no items, or an id stands twice.
    """
    if not items or len(set(items)) != len(items):
        raise DataError("a population wants at least one item, and every item once.")
    named = _joined(strata or [""] * len(items))
    numbers = {name: number for number, name in enumerate(sorted(set(named)))}
    if groups is None:
        weight = np.full(len(items), 1 / len(items))
    else:
        sizes = Counter(groups)
        counts = dict(zip(sizes, even(average, tuple(sizes)), strict=True))
        weight = np.array([counts[name] / sizes[name] for name in groups])
    return Population(
        items=tuple(items),
        stratum=np.array([numbers[name] for name in named], dtype=np.intp),
        weight=weight,
    )


def _joined(strata: Sequence[str]) -> list[str]:
    """Return the strata with the small ones joined: neighbours by name, until large enough."""
    sizes = Counter(strata)
    least = len(strata) / STRATA
    small = sorted(name for name, size in sizes.items() if size < least)
    names = {name: name for name in sizes}
    together: list[str] = []
    for name in small:
        together.append(name)
        if sum(sizes[one] for one in together) >= least or name == small[-1]:
            names |= dict.fromkeys(together, together[0])
            together = []
    return [names[name] for name in strata]


def random_order(whole: Population, *, seed: int, benchmark: str) -> Places:
    """Return all items in a random order whose every beginning is a stratified sample; shape [N].

    Within a stratum the order is a uniform permutation, drawn by (seed, benchmark, id): the same
    for every model, whatever else the benchmark holds. How many items of each stratum a beginning
    holds is fixed by its length alone: one of each stratum first, then in proportion. So the
    inclusion probability of an item in a beginning is exactly n_h / N_h.
    """
    priority = [derive(seed, benchmark, name, "adaptive") for name in whole.items]
    place = sorted(range(len(whole)), key=lambda item: (priority[item], whole.items[item]))
    sizes = np.bincount(whole.stratum, minlength=whole.strata)
    met = [0] * whole.strata
    keys = []
    for item in place:
        stratum = int(whole.stratum[item])
        turn = (met[stratum] + 0.5) / sizes[stratum] if met[stratum] else -1.0
        keys.append((turn, stratum, item))
        met[stratum] += 1
    return np.array([item for _, _, item in sorted(keys)], dtype=np.intp)


def inclusion(whole: Population, sampled: Places, certain: Places) -> Values:
    """Return every item's probability to be drawn, given what was chosen by design; shape [N].

    n_h / N_h of the items of its stratum that are not ``certain``, of which the ``sampled`` ones
    are a stratified random sample. Also for certain items, which were asked with probability 1.
    """
    rest = np.ones(len(whole), dtype=bool)
    rest[certain] = False
    drawn = np.zeros(len(whole), dtype=bool)
    drawn[sampled] = True
    there = np.bincount(whole.stratum[rest], minlength=whole.strata)
    taken = np.bincount(whole.stratum[rest & drawn], minlength=whole.strata)
    share = taken / np.maximum(there, 1)
    return np.asarray(share[whole.stratum])
