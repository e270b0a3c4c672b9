"""Which observations are held out, so that held-out error resembles that of missing cells."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
from msgspec import Struct

from benchwright.analysis.estimators.sweep import Doubles
from benchwright.analysis.estimators.weights import spans
from benchwright.analysis.responses.table import Responses

SHARE = 0.2
"""Share of the observations that is held out at a time."""
FITTED = 2 * 10**5
"""Observations up to which a table is cross-validated whole; of larger ones items are drawn."""
FAVOUR = 20.0
"""Largest weight of a held-out cell: what is nearly absent speaks too loud with few cells."""


class Gaps(Struct, frozen=True, eq=False, kw_only=True):
    """How a table's cells are missing."""

    counts: npt.NDArray[np.int64]
    """Observations of every model in every group; shape [M, G]."""
    sizes: npt.NDArray[np.int64]
    """Items of every group; shape [G]."""
    blocks: float
    """Share of the missing cells that lies in blocks (model, group) without an observation."""
    missing: float
    """Share of all cells that is missing."""


def gaps(responses: Responses) -> Gaps:
    """Return how the cells of a table are missing."""
    counts = responses.counts()
    sizes = np.bincount(responses.group, minlength=len(responses.groups))
    absent = sizes[None, :] - counts
    whole = float(absent[counts == 0].sum())
    every = float(absent.sum())
    return Gaps(
        counts=counts,
        sizes=sizes,
        blocks=whole / every if every else 0.0,
        missing=every / max(float(len(counts) * sizes.sum()), 1.0),
    )


class Held(Struct, frozen=True, eq=False, kw_only=True):
    """A table without the observations that were held out, and these."""

    train: Responses
    item: npt.NDArray[np.int64]
    """Item of every held-out observation, ascending; shape [H]."""
    model: npt.NDArray[np.int64]
    """Its model; shape [H]."""
    score: Doubles
    """Its score; shape [H]."""
    weight: Doubles
    """How much it counts: as many cells as are missing where it stands; shape [H]."""


def hold_cells(responses: Responses, of: Gaps, cells: int, rng: np.random.Generator) -> Held:
    """Hold out observations at random, weighted by how many cells are missing beside them.

    Beside means: of the same model in the same group. A cell counts as many missing ones as
    there are for each observed one there, so that what is rarely observed is not forgotten.
    """
    count = min(int(len(responses) * SHARE), cells)
    out = np.zeros(len(responses), bool)
    out[rng.choice(len(responses), size=count, replace=False)] = True
    absent = (of.sizes[None, :] - of.counts) / np.maximum(of.counts, 1)
    if of.missing == 0:
        absent = np.ones_like(absent)
    return _without(responses, out, np.minimum(absent, FAVOUR))


def hold_blocks(
    responses: Responses, of: Gaps, cells: int, rng: np.random.Generator
) -> Held | None:
    """Hold out whole blocks (model, group), the way the table lacks them; None where impossible.

    Blocks are drawn at random from models that keep another block and groups that keep another
    model, until a share of the observations is reached.
    """
    there = of.counts > 0
    models, groups = np.nonzero(there)
    rows, columns = there.sum(axis=1), there.sum(axis=0)
    want = min(SHARE * len(responses), float(cells))
    chosen = np.zeros_like(there)
    reached = 0.0
    for place in rng.permutation(len(models)):
        m, g = models[place], groups[place]
        if rows[m] < 2 or columns[g] < 2 or reached + of.counts[m, g] > 1.5 * want:
            continue
        chosen[m, g] = True
        rows[m] -= 1
        columns[g] -= 1
        reached += of.counts[m, g]
        if reached >= want:
            break
    if not chosen.any():
        return None
    out = np.zeros(len(responses), bool)
    for items in spans(responses):
        first, last = responses.start[items.start], responses.start[items.stop]
        out[first:last] = chosen[responses.model[first:last], responses.group[items.start]]
    each = of.sizes[None, :] / np.maximum(of.counts, 1)
    return _without(responses, out, np.minimum(each, FAVOUR))


def thinned(responses: Responses, rng: np.random.Generator) -> Responses:
    """Return a table of at most about ``FITTED`` observations: items drawn within every group."""
    if len(responses) <= FITTED:
        return responses
    share = FITTED / len(responses)
    keep = rng.random(len(responses.group)) < share
    # Every group keeps an item at least.
    edges = np.flatnonzero(np.diff(responses.group, prepend=-1))
    keep[edges] = True
    kept = np.flatnonzero(keep)
    each = np.diff(responses.start)
    inside = np.repeat(keep, each)
    return Responses(
        models=responses.models,
        groups=responses.groups,
        items=[responses.items[int(place)] for place in kept],
        group=responses.group[kept],
        source=responses.source[kept],
        start=np.concatenate([[0], np.cumsum(each[kept])]).astype(np.int64),
        model=responses.model[inside],
        score=responses.score[inside],
    )


def _without(responses: Responses, out: npt.NDArray[np.bool_], weight: Doubles) -> Held:
    each = np.diff(responses.start)
    row = np.repeat(np.arange(len(each)), each)
    model = responses.model[out].astype(np.int64)
    item = row[out]
    left = np.bincount(row[~out], minlength=len(each))
    train = Responses(
        models=responses.models,
        groups=responses.groups,
        items=responses.items,
        group=responses.group,
        source=responses.source,
        start=np.concatenate([[0], np.cumsum(left)]).astype(np.int64),
        model=responses.model[~out],
        score=responses.score[~out],
    )
    worth = weight[model, responses.group[item]]
    return Held(
        train=train,
        item=item,
        model=model,
        score=responses.score[out].astype(np.float64),
        weight=worth if worth.any() else np.ones(len(worth)),
    )
