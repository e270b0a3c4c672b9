"""Where new tokens go in a cache of slots: together, so that what is read together lies together.

A run of tokens is read again with every token behind it. Where its slots are neighbours it is
read where it lies; in many pieces it must be gathered for every layer of every batch.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

from benchwright.models.hf.grouping import Slots


def placed(free: npt.NDArray[np.bool_], lengths: Sequence[int]) -> list[Slots] | None:
    """Return free slots for runs of ``lengths`` tokens, ascending in each; None without room.

    Each run takes the smallest stretch of neighbouring free slots that holds it (best fit), or the
    largest stretch and places for the rest where none does. ``free`` (cells,) says which are free.
    """
    if sum(lengths) > np.count_nonzero(free):
        return None
    edges = np.flatnonzero(np.diff(free, prepend=False, append=False))
    starts, sizes = edges[::2], np.diff(edges)[::2]
    found = []
    for length in lengths:
        pieces, left = [], length
        while left:
            holding = np.flatnonzero(sizes >= left)
            which = holding[np.argmin(sizes[holding])] if len(holding) else np.argmax(sizes)
            size = min(left, int(sizes[which]))
            pieces.append(np.arange(starts[which], starts[which] + size))
            starts[which] += size
            sizes[which] -= size
            left -= size
        found.append(np.sort(np.concatenate(pieces)))
    return found
