"""What is to be asked of one model, batch by batch."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import chain
from typing import Protocol

from benchwright.evaluation.job import Job


class Agenda(Protocol):
    """Batches of jobs; the next one may depend on what the ones before came to.

    When a batch is taken, every row of the batches before it is in the pool.
    """

    def batches(self) -> Iterator[Iterator[Job]]:
        """Yield batches, none of them empty."""
        ...

    def conclude(self, reason: str) -> None:
        """Note that no more is asked; ``reason`` says why, where there was more to ask."""
        ...


class Everything:
    """An agenda that knows from the start what is wanted: one batch, streamed."""

    def __init__(self, jobs: Iterator[Job]) -> None:
        """Ask ``jobs``."""
        self._jobs = jobs

    def batches(self) -> Iterator[Iterator[Job]]:
        """Yield the one batch, if there is anything to ask."""
        first = next(self._jobs, None)
        if first is not None:
            yield chain((first,), self._jobs)

    def conclude(self, reason: str) -> None:
        """Need no conclusion."""
