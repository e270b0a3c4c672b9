"""Whether the observations tie all models into one scale, and how firmly."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt
from msgspec import Struct

from benchwright.analysis.ranking.result import Link, Linkage
from benchwright.analysis.responses.table import Responses

FIRM = 5.0
"""Effective models that must tie two groups; below, levels of the two are hardly comparable.

A convention, the least number of common models that BenchBench compares by. Where it matters most
(24 models, the stronger half asked 40 hard items, the weaker half 40 easy ones, and n of them
both; 60 simulations), Kendall's tau of one-dimensional Rasch to the truth is .36 with n = 1, .48
with 3, .54 with 5, .66 with 12 and .76 with all; of the plain mean .07, .08, .10, .28 and .77.
"""

_SHOWN = 4


def linkage(responses: Responses) -> Linkage:
    """Return what ties the models of a table together, in one pass over its observations.

    Models are tied by items that both answered. Groups are tied by models that answered both: the
    effective number of these is (Σw)² / Σw² (Kish), where a model's w is its smaller number of
    items, so that a model that answered one item of a group hardly counts. Weak is said of islands
    of groups between which no tie is ``FIRM``, of models in different components, and of models
    none of whose items another model answered.
    """
    models = responses.models
    number = _components(responses)
    members: dict[int, list[str]] = {}
    for model, component in enumerate(number):
        members.setdefault(int(component), []).append(models[model])
    components = sorted(members.values(), key=lambda names: (-len(names), names))
    counts = responses.counts()
    overlap, shared = _overlaps(counts)
    names = [group.name for group in responses.groups]
    ties = _weak_ties(counts > 0, overlap)
    links = tuple(
        Link(
            a=names[a],
            b=names[b],
            models=int(shared[a, b]),
            overlap=float(overlap[a, b]),
            weak=any((tie.a, tie.b) == (a, b) for tie in ties),
        )
        for a in range(len(names))
        for b in range(a + 1, len(names))
        if shared[a, b]
    )
    said = [_said(tie, names, overlap, shared) for tie in ties]
    return Linkage(
        components=tuple(tuple(some) for some in components),
        links=links,
        weak=(*_apart(components), *said),
    )


def weak_links(linkage: Linkage) -> tuple[Link, ...]:
    """Return the links that the sentences of ``linkage.weak`` are about."""
    return tuple(link for link in linkage.links if link.weak)


def _components(responses: Responses) -> npt.NDArray[np.int64]:
    """Return a number per model that is equal for models which a chain of shared items ties."""
    count = len(responses.models)
    label = np.arange(count)
    for items in responses.chunks():
        first, last = responses.start[items.start], responses.start[items.stop]
        if first == last:
            continue
        sizes = np.diff(responses.start[items.start : items.stop + 1])
        heads = responses.start[items.start : items.stop][sizes > 0]
        one = np.repeat(responses.model[heads], sizes[sizes > 0])
        label = _joined(label, one, responses.model[first:last])
        if not label.any():
            break  # all are one already
    return label


def _joined(
    label: npt.NDArray[np.int64],
    one: npt.NDArray[Any],
    other: npt.NDArray[Any],
) -> npt.NDArray[np.int64]:
    """Return the labels after every pair (one, other) was joined: each its component's least."""
    while True:
        a, b = label[one], label[other]
        differ = a != b
        if not differ.any():
            return label
        one, other, a, b = one[differ], other[differ], a[differ], b[differ]
        parent = np.arange(len(label))
        np.minimum.at(parent, np.maximum(a, b), np.minimum(a, b))
        while (parent[parent] != parent).any():
            parent = parent[parent]
        label = parent[label]


def _overlaps(
    counts: npt.NDArray[np.int64],
) -> tuple[npt.NDArray[np.float64], npt.NDArray[np.int64]]:
    """Return effective and plain numbers of models of every pair of groups; shape [groups] * 2."""
    width = counts.shape[1]
    overlap = np.zeros((width, width))
    shared = np.zeros((width, width), dtype=np.int64)
    for place in range(width):
        both = np.minimum(counts, counts[:, place : place + 1]).astype(np.float64)
        total, squares = both.sum(axis=0), (both**2).sum(axis=0)
        overlap[place] = np.divide(total**2, squares, out=np.zeros(width), where=squares > 0)
        shared[place] = (both > 0).sum(axis=0)
    return overlap, shared


def _apart(components: list[list[str]]) -> list[str]:
    """Return what to say of more than one component."""
    if len(components) < 2:
        return []
    lonely = [names[0] for names in components[1:] if len(names) == 1]
    said = [
        f"{_listed(names)} {'share' if len(names) > 1 else 'shares'} no item with "
        f"{_listed(components[0])}, not even by way of others: there is no rank between them."
        for names in components[1:]
        if len(names) > 1
    ]
    if lonely:
        said.append(
            f"Nobody else answered any item that {_listed(lonely)} answered: "
            f"{'they have' if len(lonely) > 1 else 'it has'} no rank among the others."
        )
    return said


class _Tie(Struct, frozen=True, kw_only=True):
    """The firmest tie between two islands of groups, where that is not firm."""

    a: int
    b: int
    islands: tuple[tuple[int, ...], tuple[int, ...]]


def _weak_ties(answered: npt.NDArray[np.bool_], overlap: npt.NDArray[np.float64]) -> list[_Tie]:
    """Return the weak ties that join islands; ``answered`` has shape [M, groups].

    Groups with firm ties are one island; each weaker tie that joins two islands, the firmest
    first, counts (a maximum spanning tree, by Kruskal), unless all models answered both sides:
    then nothing rests on it.
    """
    width = len(overlap)
    island = np.arange(width)
    pairs = [(overlap[a, b], a, b) for a in range(width) for b in range(a + 1, width)]
    found = []
    for tie, a, b in sorted(pairs, key=lambda pair: (-pair[0], pair[1:])):
        one, other = island[a], island[b]
        if one == other or not tie:
            continue
        sides = [answered[:, island == side].any(axis=1) for side in (one, other)]
        if tie < FIRM and (sides[0] != sides[1]).any():
            places = [tuple(np.flatnonzero(island == side).tolist()) for side in (one, other)]
            small, large = sorted(places, key=len)
            found.append(_Tie(a=a, b=b, islands=(small, large)))
        island[island == other] = one
    return found


def _said(
    tie: _Tie,
    names: list[str],
    overlap: npt.NDArray[np.float64],
    shared: npt.NDArray[np.int64],
) -> str:
    small, large = (_listed([names[place] for place in side]) for side in tie.islands)
    a, b = tie.a, tie.b
    return (
        f"{small} and {large} are tied by {overlap[a, b]:.1f} effective models at most "
        f"({shared[a, b]} answered {names[a]} and {names[b]}; {FIRM:g} are firm): ranks between "
        "models that answered only one side and the others are uncertain."
    )


def _listed(names: list[str]) -> str:
    shown = ", ".join(names[:_SHOWN])
    return f"{shown} and {len(names) - _SHOWN} more" if len(names) > _SHOWN else shown
