"""What the independent units of a table are: source samples, counted within strata of groups."""

from __future__ import annotations

import itertools

import numpy as np
import numpy.typing as npt
from msgspec import Struct

from benchwright.analysis.responses.table import Codes, Responses

Array = npt.NDArray[np.float64]

CELLS = 1 << 22
"""Cells [sources × models] that are counted at once."""


class Sources(Struct, frozen=True, eq=False, kw_only=True):
    """The sources of a table's items, and the strata that these lie in.

    A stratum is a group of items (a benchmark), or several that share a source.
    """

    code: Codes
    """Number of every item's source, from 0; shape [I]."""
    size: npt.NDArray[np.int64]
    """Items of every source; shape [S]."""
    stratum: Codes
    """Stratum of every source; shape [S]."""
    of_item: Codes
    """Stratum of every item; shape [I]."""
    counts: npt.NDArray[np.int64]
    """Sources of every stratum; shape [strata]."""

    @property
    def clustered(self) -> bool:
        """Whether some source has several items."""
        return len(self.size) < len(self.code)


def sources_of(table: Responses) -> Sources:
    """Return the sources of ``table`` and their strata."""
    _, first, code, size = np.unique(
        table.source, return_index=True, return_inverse=True, return_counts=True
    )
    merged = _merged(table.group, code, first, len(table.groups))
    _, of_item = np.unique(merged[table.group], return_inverse=True)
    stratum = of_item[first]
    return Sources(
        code=code.astype(np.int32),
        size=size,
        stratum=stratum.astype(np.int32),
        of_item=of_item.astype(np.int32),
        counts=np.bincount(stratum),
    )


def effective(table: Responses, sources: Sources) -> Array:
    """Return the effective number of sources that every model answered in every stratum.

    Kish's (Σ k)²/Σ k² over sources, k being the model's observations of the source: the number of
    sources where each was answered once; shape [M, strata].
    """
    models, strata = len(table.models), len(sources.counts)
    if not sources.clustered:
        return _per_stratum(table, sources.of_item, strata)
    total, squares = np.zeros((strata, models)), np.zeros((strata, models))
    order = np.argsort(sources.code, kind="stable")
    step = max(1, CELLS // max(models, 1))
    bounds = np.searchsorted(sources.code[order], np.arange(0, len(sources.size) + step, step))
    for block, (begin, end) in enumerate(itertools.pairwise(bounds)):
        low = block * step
        high = min(low + step, len(sources.size))
        counted = _block(table, order[begin:end], sources.code, low, high)
        np.add.at(total, sources.stratum[low:high], counted)
        np.add.at(squares, sources.stratum[low:high], counted**2)
    return (total**2 / np.maximum(squares, 1)).T


def _merged(group: Codes, code: npt.NDArray[np.intp], first: npt.NDArray[np.intp], n: int) -> Codes:
    """Return a label for every group; groups that share a source have the same."""
    label = np.arange(n, dtype=np.int32)
    home = group[first][code]
    apart = np.flatnonzero(home != group)
    while apart.size:
        least = np.minimum(label[home[apart]], label[group[apart]])
        before = label.copy()
        np.minimum.at(label, home[apart], least)
        np.minimum.at(label, group[apart], least)
        if (before == label).all():
            break
    return label


def _per_stratum(table: Responses, stratum: Codes, strata: int) -> Array:
    """Return the observations of every model in every stratum; shape [M, strata]."""
    per_group = table.counts()
    home = np.zeros(len(table.groups), dtype=np.intp)
    home[table.group] = stratum
    found = np.zeros((strata, len(table.models)))
    np.add.at(found, home, per_group.T)
    return found.T


def _block(
    table: Responses, items: npt.NDArray[np.intp], code: Codes, low: int, high: int
) -> Array:
    """Return each model's observations of the sources ``low:high``, given their ``items``."""
    models = len(table.models)
    begin, each = table.start[items], np.diff(table.start)[items]
    ends = np.cumsum(each)
    at = np.arange(int(each.sum())) + np.repeat(begin - (ends - each), each)
    key = np.repeat((code[items].astype(np.int64) - low) * models, each) + table.model[at]
    return np.bincount(key, minlength=(high - low) * models).reshape(-1, models).astype(np.float64)
