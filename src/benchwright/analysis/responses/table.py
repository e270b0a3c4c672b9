"""``Responses``: who scored what on which item, in columns of six to eight bytes an observation."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from enum import StrEnum

import numpy as np
import numpy.typing as npt
from msgspec import Struct

from benchwright.core.errors import DataError

Floats = npt.NDArray[np.float32]
"""Scores and predictions."""
Codes = npt.NDArray[np.int32]
"""Places in a tuple of names."""


class Scale(StrEnum):
    """What the scores of a benchmark mean."""

    BINARY = "binary"
    """0 or 1."""
    BOUNDED = "bounded"
    """Between 0 and 1, after the declared bounds were mapped to these."""
    UNBOUNDED = "unbounded"
    """Any number; differences mean something, levels of two benchmarks have nothing in common."""
    ORDINAL = "ordinal"
    """Only the order of models on one item means something."""


class Group(Struct, frozen=True, kw_only=True):
    """Items whose scores mean the same: one benchmark, asked one way, judged by one scorer."""

    name: str
    """Name in tables; unique in its table."""
    scale: Scale
    """What its scores mean."""
    low: float = 0.0
    """Score, as it was recorded, that became 0 (bounded scales)."""
    high: float = 1.0
    """Score, as it was recorded, that became 1; below ``low`` where lower is better."""
    size: int = 0
    """Samples of the full benchmark; 0 where unknown."""
    benchmark: str = ""
    """``name@version``, or what a file calls it; empty where nothing does."""
    conditions: str = ""
    """Digest of the conditions under which it was asked; empty where unknown."""
    asked: str = ""
    """These conditions in a few words, where the benchmark was asked in several ways."""
    scorer: str = ""
    """Who judged; empty where unknown."""


class Responses(Struct, frozen=True, eq=False, kw_only=True):
    """Models × items, sparse, item-major (CSR): higher is better everywhere.

    Items of one group stand together, in the order of ``groups``. Repeats of an item by one model
    are one observation, their mean. N observations, I items, M models.
    """

    models: tuple[str, ...]
    """Names of the models, each once."""
    groups: tuple[Group, ...]
    """What the items belong to."""
    items: Sequence[str]
    """Name of every item, unique within its group; length I."""
    group: Codes
    """Place of every item's group in ``groups``, ascending; shape [I]."""
    source: Codes
    """Number of the source sample (or document, or family) that an item came from; shape [I].

    Items of one source are not independent: intervals take the source as the unit.
    """
    start: npt.NDArray[np.int64]
    """Observations of item i are ``start[i]:start[i + 1]``; shape [I + 1]."""
    model: npt.NDArray[np.uint16] | Codes
    """Place of each observation's model, ascending within an item; shape [N]."""
    score: Floats
    """Each observation's score, finite; shape [N]."""
    notes: tuple[str, ...] = ()
    """Sentences that a reader of the table's scores must know: policy, fold, what is unknown."""

    def __len__(self) -> int:
        """Return the number of observations."""
        return len(self.score)

    def chunks(self, observations: int = 1 << 20) -> Iterator[slice]:
        """Yield slices of whole items that hold about ``observations`` each, in order."""
        begin = 0
        while begin < len(self.group):
            limit = self.start[begin] + observations
            end = int(np.searchsorted(self.start, limit, side="right")) - 1
            end = min(max(end, begin + 1), len(self.group))
            yield slice(begin, end)
            begin = end

    def dense(self, items: slice) -> Floats:
        """Return the scores of ``items`` by all models, NaN where unknown; shape [items, M]."""
        found = np.full((items.stop - items.start, len(self.models)), np.nan, dtype=np.float32)
        first, last = self.start[items.start], self.start[items.stop]
        row = np.repeat(
            np.arange(items.stop - items.start), np.diff(self.start[items.start : items.stop + 1])
        )
        found[row, self.model[first:last]] = self.score[first:last]
        return found

    def counts(self) -> npt.NDArray[np.int64]:
        """Return the number of observations of every model in every group; shape [M, groups]."""
        found = np.zeros((len(self.models), len(self.groups)), dtype=np.int64)
        bounds = np.searchsorted(self.group, np.arange(len(self.groups) + 1))
        for number in range(len(self.groups)):
            first, last = self.start[bounds[number]], self.start[bounds[number + 1]]
            found[:, number] = np.bincount(self.model[first:last], minlength=len(self.models))
        return found


def from_matrix(
    scores: npt.ArrayLike,
    *,
    models: Sequence[str] | None = None,
    groups: Sequence[Group] | None = None,
    group: npt.ArrayLike | None = None,
    source: npt.ArrayLike | None = None,
) -> Responses:
    """Return a table of a dense matrix ``[models, items]`` in which NaN means unknown.

    Args:
        scores: higher is better; within [0, 1] for binary and bounded groups.
        models: names; numbers where there are none.
        groups: the groups; one binary or bounded group where there are none.
        group: place of every item's group; items are put in its order.
        source: number of every item's source; each item its own where it is None.

    Raises:
        DataError: shapes do not fit, or a score is infinite.
    """
    matrix = np.asarray(scores, dtype=np.float32)
    if matrix.ndim != 2:
        raise DataError(f"a matrix of scores has two dimensions, not {matrix.ndim}.")
    count, width = matrix.shape
    if np.isinf(matrix).any():
        raise DataError("a matrix of scores holds infinite values.")
    names = tuple(models) if models is not None else tuple(map(str, range(count)))
    places = np.zeros(width, np.int32) if group is None else np.asarray(group, np.int32)
    clusters = np.arange(width, dtype=np.int32) if source is None else np.asarray(source, np.int32)
    if len(names) != count or len(places) != width or len(clusters) != width:
        raise DataError("names, groups and sources do not fit the matrix's shape.")
    order = np.argsort(places, kind="stable")
    there = ~np.isnan(matrix[:, order].T)
    row, column = np.nonzero(there)
    known = matrix[~np.isnan(matrix)]
    whole = bool(np.isin(known, (0, 1)).all())
    within = bool(((known >= 0) & (known <= 1)).all())
    scale = Scale.BINARY if whole else Scale.BOUNDED if within else Scale.UNBOUNDED
    return Responses(
        models=names,
        groups=tuple(groups) if groups is not None else (Group(name="all", scale=scale),),
        items=[str(number) for number in order],
        group=places[order],
        source=clusters[order],
        start=np.concatenate([[0], np.cumsum(there.sum(axis=1))]).astype(np.int64),
        model=column.astype(np.uint16) if count <= 1 << 16 else column.astype(np.int32),
        score=matrix.T[order][row, column],
    )
