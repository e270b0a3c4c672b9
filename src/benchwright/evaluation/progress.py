"""How far a run is: which jobs are left, and the estimate so far."""

from __future__ import annotations

import time
from collections.abc import Container, Iterator, Sequence
from typing import Protocol

from benchwright.analysis.running import RunningEstimate
from benchwright.core.average import read_average
from benchwright.core.measurement import Measurement, Outcome, identity
from benchwright.core.sample import Sample
from benchwright.evaluation import events
from benchwright.evaluation.desk import Desk
from benchwright.evaluation.engine import Tally
from benchwright.evaluation.job import Job, failed_for_good
from benchwright.evaluation.plan import Entry


class Known(Container[str], Protocol):
    """Identities of measurements that need no asking."""

    def __len__(self) -> int:
        """Return how many there are."""
        ...


class Whole(Container[str]):
    """Every identity wanted: there is nothing to ask."""

    def __init__(self, rows: int) -> None:
        """Stand for ``rows`` identities."""
        self._rows = rows

    def __len__(self) -> int:
        return self._rows

    def __contains__(self, identity: object) -> bool:
        return True


class Progress:
    """Streams the jobs of one model's run, and tells listeners how it goes."""

    def __init__(
        self, announce: events.Listener, entries: Sequence[Entry], known: Sequence[Known]
    ) -> None:
        """Ask ``entries``; ``known`` holds, entry by entry, what is measured already."""
        self._announce = announce
        self._entries = entries
        self._known = known
        totals = [entry.total() for entry in entries]
        self.total = sum(totals)
        self.kept = sum(map(_kept, entries, known, totals))
        self._started = time.monotonic()
        self._estimates = [_Estimate(entry) for entry in entries]
        self._current: _Estimate | None = None
        self._aim: tuple[tuple[float, float, float] | None, str] | None = None
        self._stopping = False

    def aim(
        self,
        *,
        kept: int,
        total: int,
        estimate: tuple[float, float, float] | None,
        until: str,
    ) -> None:
        """Take over what an agenda that grows knows: rows kept and wanted, and the estimate."""
        self.kept, self.total = kept, max(total, kept)
        self._aim = (estimate, until)

    def jobs(self) -> Iterator[Job]:
        """Yield a job for every question that lacks a measurement, in order."""
        for entry, known in zip(self._entries, self._known, strict=True):
            if isinstance(known, Whole):
                continue
            question = entry.question
            for variant, repeat in entry.variants():
                if len(known) == 0 or not measured(entry, variant.sample, repeat, known):
                    yield Job(question, variant.sample, variant.presentation, repeat)

    def tick(self, tally: Tally, news: list[Measurement], desks: Sequence[Desk]) -> None:
        """Announce how far the run is; ``news`` are the rows made since the last time."""
        for row in news:
            for estimate in self._estimates:
                if estimate.takes(row):
                    estimate.add(row)
                    self._current = estimate
        interval = self._current.now() if self._current else None
        until = ""
        if self._aim is not None:
            interval, until = self._aim
        flying = sum(desk.out for desk in desks)
        if tally.reason and flying and not self._stopping:
            self._stopping = True
            self._announce(
                events.Warned(
                    message=f"{tally.reason}: {flying} requests are out and may still answer "
                    "within seconds; Ctrl-C leaves at once"
                )
            )
        costs = [desk.cost for desk in desks]
        self._announce(
            events.Progress(
                done=self.kept + tally.rows,
                total=self.total,
                asked=sum(desk.asked for desk in desks),
                reused=sum(desk.reused for desk in desks),
                in_flight=sum(desk.outstanding for desk in desks),
                tokens_in=sum(desk.tokens_in for desk in desks),
                tokens_out=sum(desk.tokens_out for desk in desks),
                cost=None if None in costs else sum(cost or 0.0 for cost in costs),
                seconds=time.monotonic() - self._started,
                outcomes=dict(tally.outcomes),
                estimate=interval,
                until=until,
                retries=sum(desk.retries for desk in desks),
            )
        )


class _Estimate:
    """The score of one entry's official scorer so far, from the rows of this run."""

    def __init__(self, entry: Entry) -> None:
        card = entry.benchmark.card
        self._question = entry.question
        self._metric = card.metric
        self._stratum = card.stratum
        self._average = read_average(card.metric.average)
        self._running = RunningEstimate(
            entry.survey.strata,
            average=self._average.kind,
            rows_per_sample=entry.repeat,
        )

    def takes(self, row: Measurement) -> bool:
        question = self._question
        return (
            row.conditions == question.conditions
            and row.benchmark == question.benchmark
            and row.scorer == question.scorers[0][0]
            and not row.variant
        )

    def add(self, row: Measurement) -> None:
        value = row.value
        if row.outcome is not Outcome.SCORED:
            worth = self._metric.worth(row.outcome)
            pending = row.outcome is Outcome.FAILED and not failed_for_good(row.failure)
            if worth == "left_out" or pending:
                return
            value = row.chance if worth == "expected_chance" else 0.0
        if value is not None:
            self._running.add(row.tags.get(self._stratum, ""), value, self._average.group(row.tags))

    def now(self) -> tuple[float, float, float] | None:
        interval = self._running.estimate()
        if interval.value is None or interval.low is None or interval.high is None:
            return None
        return interval.value, interval.low, interval.high


def _kept(entry: Entry, known: Known, wanted: int) -> int:
    """Return how many of the ``wanted`` rows are measured; with perturbations, at most so many."""
    chosen, question = entry.survey.chosen, entry.question
    if chosen is None or entry.perturbations or not len(known):
        # An earlier run may have measured more than is wanted now.
        return min(len(known), wanted)
    return sum(
        identity(
            question.model_key,
            question.benchmark,
            sample,
            "",
            repeat,
            question.conditions,
            scorer,
        )
        in known
        for sample in chosen
        for repeat in range(entry.repeat)
        for scorer, _ in question.scorers
    )


def measured(entry: Entry, sample: Sample, repeat: int, known: Container[str]) -> bool:
    """Return whether ``known`` holds every row of ``sample`` that ``entry`` wants."""
    question = entry.question
    return all(
        identity(
            question.model_key,
            question.benchmark,
            sample.root,
            sample.variant,
            repeat,
            question.conditions,
            scorer,
        )
        in known
        for scorer, _ in question.scorers
    )
