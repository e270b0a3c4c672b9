"""Nearly equal texts found without comparing every pair: sketches of runs of words.

A text is the set of its runs of three words, its sketch the smallest hashes of these (a bottom-k
sketch: Broder, *On the resemblance and containment of documents*, 1997). The share of the smallest
hashes of both that both have estimates how much the sets have in common; of texts with fewer runs
than a sketch holds it is exact. Only texts that share one of their very smallest hashes are
compared, and of those that share a popular one (a template's) only some.
"""

from __future__ import annotations

import heapq
import zlib
from array import array
from collections.abc import Sequence
from typing import TypeAlias

RUN = 3
"""Words in a run."""
KEPT = 64
"""Hashes in a sketch."""
PROBED = 4
"""Smallest hashes by which a text is found: 80 % alike share one of four in 998 cases of 1,000."""
COMPARED = 32
"""Most texts under one hash that a text is compared with."""
THRESHOLD = 0.8
"""Share of runs in common from which two texts are nearly the same."""

Sketch: TypeAlias = "array[int]"
"""Smallest hashes of a text's runs, ascending, four bytes each."""


def sketch(words: Sequence[str]) -> Sketch:
    """Return the smallest hashes of the runs of ``words``, ascending; 32 bits each."""
    if not words:
        return array("I")
    encoded = [word.encode("utf-8", "surrogatepass") for word in words]
    runs = {b" ".join(encoded[at : at + RUN]) for at in range(max(1, len(encoded) - RUN + 1))}
    return array("I", heapq.nsmallest(KEPT, {_spread(zlib.crc32(run)) for run in runs}))


def alike(one: Sketch, other: Sketch) -> float:
    """Return the estimated share of runs that two texts have in common (Jaccard's).

    Below ``THRESHOLD`` it is only some number below.
    """
    if not one or not other:
        return 0.0
    both = {*one} & {*other}
    if len(both) < THRESHOLD * min(KEPT, max(len(one), len(other))):
        return len(both) / KEPT  # below the threshold whatever the union is
    union = heapq.nsmallest(KEPT, {*one, *other})
    return sum(value in both for value in union) / len(union)


class Index:
    """Texts by their sketches; holds no text, and about a kilobyte for each."""

    def __init__(self) -> None:
        """Begin with nothing."""
        self._names: list[str] = []
        self._sketches: list[Sketch] = []
        self._places: dict[int, list[int]] = {}

    def add(self, name: str, made: Sketch) -> None:
        """Take in a text by its sketch."""
        for value in made[:PROBED]:
            known = self._places.setdefault(value, [])
            if len(known) < COMPARED:
                known.append(len(self._names))
        self._names.append(name)
        self._sketches.append(made)

    def find(self, made: Sketch) -> str | None:
        """Return the name of a text that is nearly the same, or None."""
        seen: set[int] = set()
        for value in made[:PROBED]:
            for place in self._places.get(value, ()):
                if place not in seen:
                    seen.add(place)
                    if alike(made, self._sketches[place]) >= THRESHOLD:
                        return self._names[place]
        return None


def _spread(value: int) -> int:
    """Return a bijection of 32 bits: checksums of like texts are alike, their order must not be."""
    value = (value ^ (value >> 16)) * 0x45D9F3B & 0xFFFFFFFF
    value = (value ^ (value >> 16)) * 0x45D9F3B & 0xFFFFFFFF
    return value ^ (value >> 16)
