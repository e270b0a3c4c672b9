"""Which tokens of a batch attend together, and to what.

A *run* is a stretch of the batch whose tokens follow one another in one sequence. Its tokens see
all that the sequence holds before them. A *group* is one or several neighbouring runs that are
given the union of their sequences' slots, and a mask. Nothing here knows the library that attends.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
import numpy.typing as npt

Slots = npt.NDArray[np.int64]


class Run(NamedTuple):
    """Neighbouring tokens of a batch that follow one another in one sequence."""

    start: int
    """The first one's row in the batch."""
    end: int
    """The row behind the last one's."""
    path: Slots
    """The slots of their sequence, from its first token to the last of these."""


class Costs(NamedTuple):
    """What grouping trades, in units of one query attending to one key."""

    key: float
    """Copying one key and its value together with others."""
    call: float
    """One more call of the attention."""


class Group:
    """Neighbouring rows of a batch, and the slots that they attend to."""

    def __init__(self, runs: list[Run], slots: Slots) -> None:
        """Join ``runs``; ``slots`` are those of all their paths, ascending."""
        self._runs = runs
        self.start = runs[0].start
        """The first row."""
        self.end = runs[-1].end
        """The row behind the last."""
        self.slots = slots
        """The slots that some row sees, ascending, each once."""

    @property
    def causal(self) -> bool:
        """Whether row k sees exactly the first k + 1 slots, so that it needs no mask."""
        (first, *others) = self._runs
        size = first.end - first.start
        return not others and size == len(first.path) and bool((first.path == self.slots).all())

    def visible(self, window: int = 0) -> npt.NDArray[np.bool_]:
        """Return which row sees which slot, (rows, slots); ``window`` hides what is further."""
        seen = np.zeros((self.end - self.start, len(self.slots)), np.bool_)
        for start, end, path in self._runs:
            columns = np.searchsorted(self.slots, path)
            last = np.arange(len(path) - (end - start), len(path))[:, None]
            place = np.arange(len(path))[None, :]
            near = place > last - window if window else True
            seen[start - self.start : end - self.start, columns] = (place <= last) & near
        return seen


def groups(runs: list[Run], costs: Costs) -> list[Group]:
    """Cut ``runs``, which follow one another, into groups, so that little is copied or masked.

    Greedy from the first to the last: a run joins the group before it where that costs less than
    a group of its own.
    """
    found: list[Group] = []
    joined: list[Run] = []
    slots: Slots = np.empty(0, np.int64)
    for run in runs:
        size, rows = run.end - run.start, sum(one.end - one.start for one in joined)
        both = np.union1d(slots, run.path)
        apart = _cost(rows, len(slots), costs) + _cost(size, len(run.path), costs)
        if joined and _cost(rows + size, len(both), costs) > apart:
            found.append(Group(joined, slots))
            joined, slots = [run], np.sort(run.path)
        else:
            joined, slots = [*joined, run], both
    return [*found, Group(joined, slots)]


def union(runs: list[Run]) -> Group:
    """Return all ``runs`` as one group."""
    return Group(runs, np.unique(np.concatenate([run.path for run in runs])))


def _cost(rows: int, slots: int, costs: Costs) -> float:
    return rows * slots + slots * costs.key + costs.call
