"""All questions of one seed, every question but once."""

from __future__ import annotations

import random
from collections.abc import Callable, Iterator
from itertools import count

from benchwright.benchmarks.hierarchy import documents, formulas, fundamental, programs
from benchwright.benchmarks.hierarchy.asked import SIZES, Question, sample
from benchwright.core.sample import Sample
from benchwright.core.seeds import generator

Maker = Callable[[random.Random, str, str, str], Question]

PER_CELL = 20
"""Questions for each task, representation and size."""
_TRIES = 100


def generated(seed: int) -> Iterator[Sample]:
    """Yield the samples of ``seed``: the same ones in the same order everywhere."""
    for level, scenario, task, representation, make in _cells():
        for size in SIZES:
            seen: set[str] = set()
            for number in range(PER_CELL):
                asked = _new(seed, make, task, representation, size, seen)
                yield sample(asked, level, scenario, size, number)


def _cells() -> Iterator[tuple[str, str, str, str, Maker]]:
    for task, make in fundamental.tasks():
        for representation in fundamental.REPRESENTATIONS:
            yield "fundamental", "tree", task, representation, make
    for task in documents.tasks():
        yield "intermediate", "JSON", task, "JSON", documents.question
    for task in formulas.tasks():
        for notation in formulas.NOTATIONS:
            yield "intermediate", "formula", task, notation, formulas.question
    for task in programs.tasks():
        yield "practical", "code", task, "Python", programs.question


def _new(
    seed: int, make: Maker, task: str, representation: str, size: str, seen: set[str]
) -> Question:
    """Return a question that is not among those ``seen``, and remember it.

    Raises:
        ValueError: there is none; a generator is too narrow.
    """
    for attempt in count(len(seen)):
        if attempt > len(seen) + _TRIES:
            break
        draw = generator(seed, "hibench", task, representation, size, attempt, "question")
        made = make(draw, task, representation, size)
        text = f"{made.given}\n{made.asked}"
        if text not in seen:
            seen.add(text)
            return made
    raise ValueError(f"hibench: no further question of {task}, {representation}, {size}")
