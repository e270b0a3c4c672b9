"""What a reader of a foreign format hands over: one model on one task, answer by answer."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Protocol

from msgspec import Struct, field

from benchwright.core.conditions import IMPORTED, UNKNOWN, UNKNOWN_SHOTS, Conditions
from benchwright.core.measurement import Outcome
from benchwright.core.model import Identity
from benchwright.core.request import Request
from benchwright.core.response import Response
from benchwright.core.sample import Sample
from benchwright.exchange.limits import Limits


class Verdict(Struct, frozen=True, gc=False, kw_only=True):
    """One metric's value of one answer."""

    metric: str
    """The metric as the log calls it."""
    value: float | None = None
    """The value; None unless ``outcome`` is ``scored``."""
    outcome: Outcome = Outcome.SCORED
    """What came of it."""
    answer: str | None = None
    """The answer as the other harness read it; None where the log does not say."""
    explanation: str = ""
    """What the log says beside it."""


class Answered(Struct, frozen=True, gc=False, kw_only=True):
    """One sample, what the model answered, and what came of it."""

    sample: Sample
    """The question under the log's own id, without anything that differs between models."""
    repeat: int | None = None
    """Which repeat, from 0; None where the log does not count: then the order says."""
    variant: str = ""
    """Name of the variant, with the harness's own word for it."""
    verdicts: tuple[Verdict, ...] = ()
    """One per metric."""
    asked: tuple[tuple[Request, Response], ...] = ()
    """What was asked and answered, as far as the log holds it."""
    failure: str = ""
    """Kind of failure, where there was no answer."""
    finish: str = ""
    """Why the answer ended; empty where the log does not say."""
    tokens_in: int | None = None
    """Tokens of the prompts."""
    tokens_cached: int | None = None
    """Of these, not evaluated again."""
    tokens_out: int | None = None
    """Tokens generated."""
    tokens_reasoning: int | None = None
    """Of these, spent thinking."""
    seconds: float | None = None
    """Seconds of the answer."""
    cost: float | None = None
    """What it cost, where the log says."""


class Aggregate(Struct, frozen=True, kw_only=True):
    """What the log itself says of all its samples together."""

    metric: str
    """The metric, as in ``Verdict.metric``."""
    value: float
    """The figure as logged."""
    how: str = "mean"
    """``mean`` where it is the plain mean over samples (repeats averaged first), ``mean of rows``
    where every repeat counts, else in words how it was made: then it is not recomputed."""
    scale: float = 1.0
    """What the mean is multiplied by: 100 where the log tells percent."""
    decimals: int | None = None
    """Decimals that the log rounds to; None where it does not round."""


class Told(Struct, frozen=True, kw_only=True):
    """What a log says of the model: its word, verified by nobody."""

    name: str
    """Display name."""
    fields: dict[str, str] = field(default_factory=dict)
    """What changes the answers as far as the log tells: revision, arguments, template."""
    notes: dict[str, str] = field(default_factory=dict)
    """What else it tells: device, batch size."""

    def identity(self, harness: str) -> Identity:
        """Return the identity: of a kind of its own, so that no key here is ever the same."""
        fields = {"harness": harness, "name": self.name, **self.fields}
        return Identity(kind="imported", fields=fields, verified=False, notes=self.notes)


class Notes:
    """What happened while a log was read; shown when it is done."""

    def __init__(self) -> None:
        """Begin with nothing."""
        self.cut: str = ""
        """Where the file ends in the middle of something; empty where it is whole."""
        self.remarks: list[str] = []
        """A sentence each."""
        self.counts: Counter[str] = Counter()
        """What was left out or changed → how often."""

    def say(self, sentence: str) -> None:
        """Add a sentence, once."""
        if sentence not in self.remarks:
            self.remarks.append(sentence)

    def sentences(self) -> list[str]:
        """Return everything, a sentence each."""
        counted = [f"{what}: {count:,}" for what, count in sorted(self.counts.items())]
        return [*([self.cut] if self.cut else []), *self.remarks, *counted]


class Log(Struct, frozen=True, kw_only=True):
    """One model on one task, as one harness wrote it down."""

    harness: str
    """Which harness: ``lm_eval``, ``inspect_ai`` …"""
    task: str
    """The harness's name for the benchmark."""
    version: str = UNKNOWN
    """The task's version as logged."""
    model: Told
    """The model."""
    conditions: Conditions
    """How it was asked, as far as the log says."""
    path: Path
    """Where it stands."""
    answers: Callable[[Notes], Iterator[Answered]]
    """Reads the answers, one at a time."""
    size: int = 0
    """Samples of the whole task; 0 where the log does not say."""
    aggregates: tuple[Aggregate, ...] = ()
    """Its own figures."""
    lower_is_better: tuple[str, ...] = ()
    """Metrics of which it says that lower is better."""
    counted_wrong: tuple[Outcome, ...] = ()
    """Outcomes without a value that this harness counts as 0; the others it leaves out."""
    beside: tuple[Path, ...] = ()
    """Files that were read along with it."""
    head: bytes = b""
    """What the log says of the run as a whole, as JSON, for writing it out again."""
    made_at: str = ""
    """When it was made, in ISO 8601; empty where the log does not say."""
    versions: Mapping[str, str] = field(default_factory=dict)
    """Package → version."""
    settings: Mapping[str, str] = field(default_factory=dict)
    """What else it says of the run."""
    remarks: tuple[str, ...] = ()
    """What a reader must know of it, a sentence each."""


class Reader(Protocol):
    """One foreign format: a module of ``exchange/reading``."""

    def sniff(self, path: Path) -> bool:
        """Return whether ``path`` is of this format, by its content; never raises."""
        ...

    def read(self, path: Path, limits: Limits) -> Iterator[Log]:
        """Yield the logs at ``path``; their answers are read when they are asked for.

        Raises:
            DataError: it is damaged, or larger than ``limits`` allow.
        """
        ...


def conditions_of(
    harness: str,
    *,
    ask: str = UNKNOWN,
    layout: str = UNKNOWN,
    system: str = UNKNOWN,
    shots: int = UNKNOWN_SHOTS,
    shots_source: str = "",
    shots_digest: str = "",
    options: Mapping[str, str] | None = None,
    generation: Mapping[str, str] | None = None,
    perturbation: str = "",
) -> Conditions:
    """Return the conditions of a log: what it does not say is unknown, not a default.

    ``generation`` None is unknown; an empty one says that nothing was generated or that every
    setting was left to the model.
    """
    return Conditions(
        solver=f"{IMPORTED}{harness}",
        options=dict(options or {}),
        ask=ask,
        layout=layout,
        system=system,
        shots=shots,
        shots_source=shots_source,
        shots_digest=shots_digest,
        generation={UNKNOWN: UNKNOWN} if generation is None else dict(generation),
        perturbation=perturbation,
    )
