"""Anchors: the common items that every model of a next run should answer, so that ranks compare."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence

import numpy as np
from msgspec import Struct

from benchwright.analysis.responses.table import Responses
from benchwright.analysis.selecting.arrays import Places
from benchwright.analysis.selecting.file import FORM, Learned, Part, SubsetFile
from benchwright.analysis.selecting.stratified import proportional
from benchwright.core.errors import DescriptionError

ENOUGH = 10
"""Models from which on an item that all or none of them solve is taken to tell nothing."""


class Anchors(Struct, frozen=True, eq=False, kw_only=True):
    """Items to be shared by all models."""

    chosen: Places
    """Places in the table's items, ascending; shape [k]."""
    groups: dict[str, int]
    """Group's name → anchors of it."""
    silent: int
    """Items passed over because all models score them alike."""
    wanted: dict[str, int]
    """Model's name → anchors that it has not answered yet."""
    answered: float
    """Share of (model, anchor) cells that the table holds already."""


def propose_anchors(
    table: Responses,
    k: int,
    *,
    strata: Sequence[str] | None = None,
    seed: int = 0,
    enough: int = ENOUGH,
) -> Anchors:
    """Choose k items that all models should share: of every group and stratum its share.

    Within a stratum the items that most models answered already come first, so that least is to
    be asked; equals are drawn. Passed over are items that at least ``enough`` models score alike
    at the end of the scale: they tie nobody to anybody.

    Args:
        table: the pool; models may have answered few of its items.
        k: how many items.
        strata: name of every item's stratum within its group, such as the value of a tag.
        seed: seed of the draw among equals.
        enough: models that it takes to pass an item over.

    Raises:
        DescriptionError: ``k`` items cannot be had.
    """
    size = len(table.items)
    silent = silent_items(table, enough)
    free = size - int(silent.sum())
    if not 1 <= k <= free:
        raise DescriptionError(
            f"Of {size:,} items {free:,} can be anchors (the others are scored alike by all "
            f"models): choose 1 to {free:,}, not {k:,}."
        )
    counts = np.diff(table.start)
    fine = list(strata) if strata is not None else [""] * size
    layers = list(zip(table.group.tolist(), fine, strict=True))
    order = {layer: number for number, layer in enumerate(sorted(set(layers)))}
    numbered = np.array([order[layer] for layer in layers])
    keys = [
        _key(seed, table.groups[group].name, table.items[n]) for n, group in enumerate(table.group)
    ]
    ranked = sorted(np.flatnonzero(~silent).tolist(), key=lambda n: (-int(counts[n]), keys[n]))
    allotted = _allotted(k, table.group, numbered, silent)
    left = allotted.copy()
    chosen = []
    for item in ranked:
        if left[numbered[item]]:
            left[numbered[item]] -= 1
            chosen.append(item)
    places = np.array(sorted(chosen), dtype=np.int64)
    have = np.zeros(len(table.models), dtype=np.int64)
    for item in places:
        have[table.model[table.start[item] : table.start[item + 1]]] += 1
    per_group = np.bincount(table.group[places], minlength=len(table.groups))
    return Anchors(
        chosen=places,
        groups={group.name: int(n) for group, n in zip(table.groups, per_group, strict=True)},
        silent=int(silent.sum()),
        wanted={name: k - int(n) for name, n in zip(table.models, have, strict=True)},
        answered=float(have.sum()) / (k * len(table.models)),
    )


def silent_items(table: Responses, enough: int = ENOUGH) -> np.ndarray:
    """Return which items at least ``enough`` models all score alike, at an end of the scale.

    The ends are the lowest and the highest score that the item's group has anywhere.
    """
    counts = np.diff(table.start)
    row = np.repeat(np.arange(len(counts)), counts)
    least = np.full(len(counts), np.inf)
    most = np.full(len(counts), -np.inf)
    np.minimum.at(least, row, table.score)
    np.maximum.at(most, row, table.score)
    low = np.full(len(table.groups), np.inf)
    high = np.full(len(table.groups), -np.inf)
    np.minimum.at(low, table.group, least)
    np.maximum.at(high, table.group, most)
    at_end = (most <= low[table.group]) | (least >= high[table.group])
    found: np.ndarray = (counts >= enough) & (least == most) & at_end
    return found


def anchors_to_file(table: Responses, anchors: Anchors, *, seed: int = 0) -> SubsetFile:
    """Return the file of ``anchors``; groups are its benchmarks."""
    parts = []
    for number, group in enumerate(table.groups):
        inside = np.flatnonzero(table.group[anchors.chosen] == number)
        if len(inside):
            samples = tuple(table.items[item] for item in anchors.chosen[inside])
            parts.append((group.name, samples, tuple(int(place) for place in inside)))
    hashed = hashlib.blake2b(digest_size=8)
    for name in (*table.models, *(group.name for group in table.groups)):
        hashed.update(len(name.encode()).to_bytes(4, "little") + name.encode())
    hashed.update(np.ascontiguousarray(table.start).tobytes() + table.score.tobytes())
    return SubsetFile(
        form=FORM,
        method="anchors",
        seed=seed,
        parts=tuple(
            Part(benchmark=name, samples=samples, places=places if len(parts) > 1 else ())
            for name, samples, places in parts
        ),
        calibration=Learned(
            models=len(table.models), items=len(table.items), digest=hashed.hexdigest()
        ),
    )


def _allotted(k: int, group: np.ndarray, strata: Places, silent: np.ndarray) -> Places:
    """Return how many anchors each stratum gives; every group one where there are enough."""
    size = np.bincount(strata[~silent], minlength=int(strata.max()) + 1)
    mass = np.bincount(strata).astype(np.float64)
    of_group = np.bincount(group[~silent], minlength=int(group.max()) + 1)
    whole = np.bincount(group).astype(np.float64)
    one = (of_group > 0).astype(np.int64)
    least = one if one.sum() <= k else np.zeros_like(one)
    found = np.zeros(len(size), np.int64)
    for number, count in enumerate(proportional(k, whole, of_group, least)):
        inside = np.unique(strata[group == number])
        none = np.zeros(len(inside), np.int64)
        found[inside] = proportional(int(count), mass[inside], size[inside], none)
    return found


def _key(seed: int, group: str, item: str) -> bytes:
    data = f"{seed}\0{len(group)}\0{group}{item}".encode()
    return hashlib.blake2b(data, digest_size=16).digest()
