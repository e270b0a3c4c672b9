"""What a data check is given, and what it says."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from functools import cached_property
from itertools import islice
from typing import Protocol, runtime_checkable

from msgspec import Struct

from benchwright.core.benchmark import Benchmark, Data
from benchwright.core.errors import DataError
from benchwright.core.sample import Sample
from benchwright.testing.answering import Executor
from benchwright.testing.data_checks.wording import asked

EXAMPLES = 5
"""Samples that a finding names."""


class Finding(Struct, frozen=True, kw_only=True):
    """One number that a check found."""

    what: str
    """What was counted, in words that follow the number: ``samples that repeat another``."""
    count: int
    """How many there are."""
    of: int
    """Of how many."""
    examples: tuple[str, ...] = ()
    """The first of them, each with what is needed to look it up."""
    p: float | None = None
    """Probability of as much or more by chance, where that was tested."""
    note: str = ""
    """What else must be known of the number."""
    broken: bool = False
    """Whether this breaks the benchmark's contract, where there is any."""

    def __str__(self) -> str:
        """Return the finding as one line."""
        shown = f"{self.count:,} of {self.of:,} {self.what}"
        shown += f" (p = {self.p:.2g})" if self.p is not None else ""
        shown += f"; {self.note}" if self.note else ""
        return shown + (f": {'; '.join(self.examples)}" if self.examples else "")


def counted(what: str, found: Sequence[str], of: int, *, note: str = "") -> Finding:
    """Return a finding that counts ``found`` and names the first of them."""
    examples = tuple(islice(found, EXAMPLES))
    return Finding(what=what, count=len(found), of=of, examples=examples, note=note)


@runtime_checkable
class Reading(Protocol):
    """A definition whose worked examples can be read."""

    @property
    def read(self) -> Callable[[Data, str], Iterator[Sample]]:
        """(data, split) → samples."""
        ...


class Material:
    """A benchmark with all its samples, loaded once for all checks."""

    def __init__(
        self,
        benchmark: Benchmark,
        data: Data,
        samples: Iterable[Sample],
        shots: Iterable[Sample] = (),
        execute: Executor | None = None,
    ) -> None:
        """Hold what the checks look at.

        Args:
            benchmark: the definition.
            data: its data.
            samples: all samples, in order.
            shots: all worked examples.
            execute: runs programs; without it a sandbox is played.
        """
        self.benchmark, self.data, self.execute = benchmark, data, execute
        self.samples, self.shots = list(samples), list(shots)

    @property
    def name(self) -> str:
        """The benchmark's name."""
        return self.benchmark.card.name

    @cached_property
    def wordings(self) -> list[list[str]]:
        """The words of what each sample asks."""
        return [asked(sample) for sample in self.samples]


def material(benchmark: Benchmark, data: Data, execute: Executor | None = None) -> Material:
    """Return ``benchmark`` with all its samples and worked examples.

    Raises:
        DataError: the data cannot be read.
    """
    return Material(benchmark, data, benchmark.samples(data), _shots(benchmark, data), execute)


def _shots(benchmark: Benchmark, data: Data) -> list[Sample]:
    """Return the worked examples; none where they are held-out questions, or texts of prompts."""
    test, shots = (data.source.files.get(split) for split in ("test", "shots"))
    if not isinstance(benchmark, Reading) or shots in {None, test}:
        return []
    try:
        return list(benchmark.read(data, "shots"))
    except DataError:  # prompts that are shipped as texts hold no samples
        return []


Check = Callable[[Material], Iterator[Finding]]
"""What every file of this folder exports as ``check``."""
