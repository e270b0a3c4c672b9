"""Some of the samples, drawn by seed: the same ones in whatever order they come."""

from __future__ import annotations

import heapq
from collections.abc import Iterable

from msgspec import Struct

from benchwright.core.errors import DescriptionError
from benchwright.core.sample import Sample
from benchwright.core.seeds import derive


class Taken(Struct, frozen=True, kw_only=True):
    """What was drawn, and from how many."""

    ids: tuple[str, ...]
    """Ids of the samples drawn, in the order in which the samples came."""
    tag: str
    """The tag drawn within; empty where the draw was from all samples at once."""
    population: dict[str, int]
    """Value of the tag → number of samples there are: the weights of the official mean."""


def take(samples: Iterable[Sample], spec: str, *, seed: int, benchmark: str) -> Taken:
    """Draw the samples that ``spec`` asks for.

    ``N`` draws N of all; ``N/<tag>`` N of every value of the tag (all where there are fewer);
    ``all`` takes all. Each sample has a priority derived from (seed, benchmark, its id) and the
    lowest win, so the draw depends neither on order nor on the other samples, and a larger N
    holds every sample of a smaller one.

    Raises:
        DescriptionError: ``spec`` is not of this form, or no sample has the tag; names the tags.
    """
    count, tag = _parse(spec)
    drawn: dict[str, list[tuple[int, int, str]]] = {}
    population: dict[str, int] = {}
    tags: set[str] = set()
    for number, sample in enumerate(samples):
        tags.update(sample.tags)
        if tag and tag not in sample.tags:
            continue
        stratum = sample.tags[tag] if tag else ""
        population[stratum] = population.get(stratum, 0) + 1
        heap = drawn.setdefault(stratum, [])
        priority = derive(seed, benchmark, sample.id, "take")
        entry = (-priority, number, sample.id)
        if count is None or len(heap) < count:
            heapq.heappush(heap, entry)
        elif entry > heap[0]:
            heapq.heapreplace(heap, entry)
    if tag and not population:
        known = ", ".join(sorted(tags)) or "none"
        raise DescriptionError(f"{benchmark} has no tag {tag!r} to draw within; its tags: {known}.")
    chosen = sorted(entry[1:] for heap in drawn.values() for entry in heap)
    return Taken(ids=tuple(name for _, name in chosen), tag=tag, population=population)


def _parse(spec: str) -> tuple[int | None, str]:
    if spec == "all":
        return None, ""
    number, slash, tag = spec.partition("/")
    if not number.isascii() or not number.isdigit() or int(number) == 0 or (slash and not tag):
        raise DescriptionError(
            f"What to take is N, N/<tag> or all (such as 100 or 20/subject), not {spec!r}."
        )
    return int(number), tag
