"""From a log to the rows, samples and answers of a pool."""

from __future__ import annotations

import hashlib
import re
from collections import Counter
from collections.abc import Iterator
from datetime import datetime
from typing import get_args

import msgspec
from msgspec import Struct
from msgspec.structs import replace

from benchwright.core.benchmark import Card, Metric
from benchwright.core.canonical import digest
from benchwright.core.errors import DataError
from benchwright.core.measurement import Measurement, Outcome
from benchwright.core.model import Identity
from benchwright.core.request import Request
from benchwright.core.response import FailureKind, Response
from benchwright.core.run import Run
from benchwright.core.sample import Sample
from benchwright.exchange.imported import Taken
from benchwright.exchange.limits import Limits
from benchwright.exchange.log import Answered, Log, Notes, Verdict
from benchwright.exchange.untrusted import name_of
from benchwright.pool import Pool

CHUNK = 10_000
"""Rows in memory at a time."""

_LONGEST_ID = 300
_LONGEST_HEAD = 1 << 18

HEAD = "head"
"""The setting of an import's record that holds what the log says of the run, as JSON."""


class NoMeasurement(DataError):
    """A whole log in which nothing is the value of one sample."""


Group = tuple[str, str, str]
"""(model key, benchmark, conditions) of a log's rows."""


class Named(Struct, frozen=True, kw_only=True):
    """What the user says in place of the logs."""

    benchmark: str = ""
    """Name of the benchmark; empty leaves the log's."""
    model: str = ""
    """Name of the model; empty leaves the log's."""


class Chunk(Struct, kw_only=True):
    """What is written at one time."""

    rows: list[Measurement] = msgspec.field(default_factory=list)
    samples: list[Sample] = msgspec.field(default_factory=list)
    answers: list[tuple[bytes, Request, Response]] = msgspec.field(default_factory=list)


class Taker:
    """Makes the rows of one log."""

    def __init__(self, log: Log, named: Named, limits: Limits) -> None:
        """Give the log its names in the pool."""
        self.log = log
        self._limits = limits
        self._notes = Notes()
        self._identity = _identity(log, named)
        self._model_key = self._identity.key()
        self._model = named.model or log.model.name
        task = f"{named.benchmark}@imported-{log.version}" if named.benchmark else (
            f"{log.harness}:{log.task}@{log.version}"
        )  # fmt: skip
        self._benchmark = task
        self._conditions = log.conditions.digest()
        self._asked = log.conditions.label()
        self._run = self._run_id()
        self._at = _seconds(log.made_at)
        self._seen: dict[bytes, int] = {}
        self._ids: set[bytes] = set()
        self._outcomes: Counter[str] = Counter()
        self._scorers: dict[str, str] = {}
        self._lower: dict[str, None] = {}
        self.group: Group = (self._model_key, self._benchmark, self._conditions)

    def chunks(self) -> Iterator[Chunk]:
        """Yield the log's contents, as much at a time as memory may hold.

        Raises:
            DataError: the log is damaged.
            NoMeasurement: it is whole, and nothing in it is a number of one sample.
        """
        chunk = Chunk()
        answered = 0
        for one in self.log.answers(self._notes):
            answered += 1
            if answered > self._limits.samples:
                raise DataError(f"{self.log.path}: more than {self._limits.samples:,} answers.")
            if not one.verdicts:
                self._notes.counts["answers without any number, left out"] += 1
                continue
            self._add(one, chunk)
            if len(chunk.rows) >= CHUNK:
                yield chunk
                chunk = Chunk()
        if not self._outcomes:
            said = " ".join(self._notes.sentences())
            raise NoMeasurement(f"{self.log.path}: holds no measurement. {said}".rstrip())
        yield chunk

    def write(self, chunk: Chunk, pool: Pool) -> None:
        """Write one chunk, and what all rows refer to."""
        pool.save_conditions(self.log.conditions)
        pool.save_samples(self._benchmark, chunk.samples)
        pool.save_card(self._benchmark, self._card(), {"": self._size()})
        pool.save_run(self._record())
        if chunk.answers:
            with pool.journal(self._model, self._model_key) as journal:
                for key, request, response in chunk.answers:
                    journal.put(key, request, response, self._run, asked_at=self._at)
        if chunk.rows:
            pool.measurements.write(chunk.rows)

    def taken(self) -> Taken:
        """Return what was taken in, when all of it was."""
        return Taken(
            path=str(self.log.path),
            format=self.log.harness,
            model=self._model,
            model_key=self._model_key,
            benchmark=self._benchmark,
            conditions=self._conditions,
            asked=self._asked,
            unknown=self.log.conditions.unknown(),
            samples=len(self._ids),
            rows=sum(self._outcomes.values()),
            outcomes=dict(self._outcomes),
            size=self.log.size,
            lower_is_better=tuple(self._lower),
            figures=self.log.aggregates,
            said=(*self.log.remarks, *self._notes.sentences()),
        )

    def _add(self, one: Answered, chunk: Chunk) -> None:
        sample = _named(one.sample)
        ident = _short_digest(sample.id)
        if ident not in self._ids:
            self._ids.add(ident)
            chunk.samples.append(sample)
        repeat = self._repeat(one, sample.id)
        keys = []
        for number, (request, response) in enumerate(one.asked):
            key = self._key(sample.id, one.variant, repeat, number)
            chunk.answers.append((key, request, response))
            keys.append(key.hex())
        for verdict in one.verdicts:
            chunk.rows.append(self._row(one, sample, repeat, verdict, keys))
            self._outcomes[verdict.outcome.value] += 1

    def _repeat(self, one: Answered, sample: str) -> int:
        """Return which repeat this is: the log's own count, else how often it came before."""
        named = f"{sample}\0{one.variant}\0{one.verdicts[0].metric}\0{one.repeat}"
        key = _short_digest(named)
        before = self._seen.get(key, 0)
        self._seen[key] = before + 1
        if one.repeat is None:
            if before:
                self._notes.counts["answers to a question that stood there before, taken as "
                                   "repeats of it"] += 1  # fmt: skip
            return before
        if before:
            self._notes.counts["answers that stand twice in the log; the last one counts"] += 1
        return one.repeat

    def _key(self, sample: str, variant: str, repeat: int, number: int) -> bytes:
        parts = (*self.group, sample, variant, str(repeat), str(number))
        # In front stands what no request's canonical form begins with.
        return hashlib.blake2b(b"imported\0" + "\0".join(parts).encode(), digest_size=32).digest()

    def _row(
        self, one: Answered, sample: Sample, repeat: int, verdict: Verdict, keys: list[str]
    ) -> Measurement:
        scored = verdict.outcome is Outcome.SCORED
        failed = verdict.outcome is Outcome.FAILED
        return Measurement(
            model_key=self._model_key,
            benchmark=self._benchmark,
            sample=sample.id,
            variant=one.variant,
            repeat=repeat,
            conditions=self._conditions,
            scorer=self._scorer(verdict.metric),
            model=self._model,
            asked=self._asked,
            tags=sample.tags,
            outcome=verdict.outcome
            if not scored or verdict.value is not None
            else Outcome.UNPARSED,
            value=verdict.value if scored else None,
            answer=verdict.answer,
            target=sample.target,
            explanation=verdict.explanation,
            finish=one.finish,
            failure=_failure(one.failure, failed=failed),
            request_keys=keys,
            tokens_in=one.tokens_in,
            tokens_cached=one.tokens_cached,
            tokens_out=one.tokens_out,
            tokens_reasoning=one.tokens_reasoning,
            seconds=one.seconds,
            cost=one.cost,
            run=self._run,
        )

    def _scorer(self, metric: str) -> str:
        known = self._scorers.get(metric)
        if known is None:
            known = f"{self.log.harness}:{name_of(metric)}@{self.log.version}"
            self._scorers[metric] = known
            if {metric, metric.partition(",")[0]} & set(self.log.lower_is_better):
                self._lower[known.partition("@")[0]] = None
        return known

    def _size(self) -> int:
        return max(self.log.size, len(self._ids))

    def _card(self) -> Card:
        worth = {
            outcome.value: "left_out" for outcome in Outcome if outcome is not Outcome.SCORED
        }  # what another harness makes of them is not for us to say
        worth |= {outcome.value: "wrong" for outcome in self.log.counted_wrong}
        return Card(
            name=self._benchmark.partition("@")[0],
            version=self._benchmark.partition("@")[2],
            title=f"{self.log.task} as {self.log.harness} asked it",
            summary="",
            paper="unknown",
            licence="unknown",
            languages=(),
            size=self._size(),
            metric=msgspec.convert(
                {"name": "score", "policy": worth, "lower_is_better": list(self._lower)}, Metric
            ),
            notes=f"Imported from a log of {self.log.harness}.",
        )

    def _record(self) -> Run:
        identity = self._identity
        return Run(
            id=self._run,
            command=f"import of a log of {self.log.harness}",
            started_at=self.log.made_at,
            ended_at=self.log.made_at,
            status="imported",
            settings=dict(self.log.settings) | self._head(),
            models={
                "subject": {
                    **identity.fields,
                    **{f"note {name}": text for name, text in identity.notes.items()},
                    "key": self._model_key,
                    "kind": identity.kind,
                    "verified": "no",
                }
            },
            benchmarks={self._benchmark.partition("@")[0]: self._benchmark},
            conditions=[self._conditions],
            versions=dict(self.log.versions),
        )

    def _head(self) -> dict[str, str]:
        head = self.log.head
        return {HEAD: head.decode()} if 0 < len(head) <= _LONGEST_HEAD else {}

    def _run_id(self) -> str:
        """Return an id that sorts by when the log was made, and is the same at every import."""
        clock = re.sub(r"[-:]", "", self.log.made_at)[:15]
        if not re.fullmatch(r"\d{8}T\d{6}", clock):
            clock = "00000000T000000"
        parts = (self._model_key, self._benchmark, self._conditions, self.log.made_at)
        return f"{clock}-{digest(chr(0).join(parts).encode(), 3)}-imported"


def _identity(log: Log, named: Named) -> Identity:
    if not named.model:
        return log.model.identity(log.harness)
    # The user's word holds over all harnesses: the same name is the same model.
    return Identity(
        kind="imported", fields={"name": named.model, "named by": "the user"}, verified=False
    )


def _named(sample: Sample) -> Sample:
    """Return the sample under an id that changes with its content.

    Data sets change under one name and one id: questions that differ must not be taken for the
    same one, in whatever order their logs come in.
    """
    own = sample.id
    if len(own) > _LONGEST_ID:
        own = f"{own[:_LONGEST_ID]}~{digest(own.encode(), 8)}"
    if sample.input or sample.choices:
        own = f"{own}~{sample.content_digest()[:8]}"
    return replace(sample, id=own)


def _failure(said: str, *, failed: bool) -> str:
    """Return a kind of failure that the pool knows; which one it was, a log need not say."""
    if said in get_args(FailureKind):
        return said
    return "not_recorded" if said or failed else ""


def _short_digest(text: str) -> bytes:
    return hashlib.blake2b(text.encode(), digest_size=12).digest()


def _seconds(made_at: str) -> float:
    try:
        return max(datetime.fromisoformat(made_at).timestamp(), 0.0)
    except (ValueError, OverflowError, OSError):
        return 0.0
