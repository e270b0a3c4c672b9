"""Asking until enough is known: an agenda that grows batch by batch with the answers.

What is asked is decided by ``analysis.adaptive`` alone; here its choices become jobs, and are kept
before they are asked, so that the same command after any interruption makes the same choices.
"""

from __future__ import annotations

from collections.abc import Callable, Container, Iterator, Sequence

from msgspec.structs import replace

from benchwright.analysis.adaptive.chooser import Chooser
from benchwright.analysis.adaptive.estimate import Estimate
from benchwright.analysis.adaptive.goal import LEAST, Goal, Rival, judged, read_goal
from benchwright.analysis.adaptive.planning import Calibration, plan
from benchwright.analysis.adaptive.population import Population, random_order
from benchwright.analysis.adaptive.reading import (
    names_in,
    read_calibration,
    read_population,
    read_scores,
    restored,
    rivals_of,
)
from benchwright.analysis.adaptive.record import Asked, Plan, Record
from benchwright.core.average import read_average
from benchwright.core.sample import Presentation, Sample
from benchwright.core.table import Table
from benchwright.evaluation import choices
from benchwright.evaluation.job import Job
from benchwright.evaluation.plan import Entry
from benchwright.evaluation.progress import Progress, measured
from benchwright.evaluation.settings import RunSettings
from benchwright.pool import Pool


class Adapting:
    """The agenda of ``--until``: every benchmark of one model adapts by itself, in turn."""

    def __init__(
        self,
        pool: Pool,
        settings: RunSettings,
        run: str,
        *,
        entries: Sequence[Entry],
        known: Sequence[Container[str]],
        progress: Progress,
        announce: Callable[[str], None],
    ) -> None:
        """Ask ``entries``; ``known`` holds, entry by entry, what is measured already.

        ``announce`` hears what the user must know though the run goes on.
        """
        self._pool = pool
        self._settings = settings
        self._goal = read_goal(settings.until)
        self._run = run
        self._entries = list(zip(entries, known, strict=True))
        self._progress = progress
        self._announce = announce
        self._open: _Cell | None = None
        self.records: list[Record] = []
        """What was chosen and found, entry by entry."""

    def batches(self) -> Iterator[Iterator[Job]]:
        """Yield what is to be asked next, until every entry has met the goal."""
        done = (0, 0)
        for entry, known in self._entries:
            cell = _Cell(self._pool, self._settings, self._goal, self._run, entry, known)
            self._open = cell
            before = done
            for jobs in cell.batches():
                self._tell(cell.said)
                self._progress.aim(
                    kept=before[0] + cell.kept, total=before[1] + cell.projected,
                    estimate=cell.shown, until=self._settings.until,
                )  # fmt: skip
                if jobs:
                    yield iter(jobs)
            self._tell(cell.said)
            done = (self._progress.kept, self._progress.total)
            self._close()

    def conclude(self, reason: str) -> None:
        """Estimate what the answers that arrived tell of the entry that was being asked."""
        if self._open is not None:
            self._open.look()
            self._open.stop(reason)
            self._close()

    def _tell(self, said: list[str]) -> None:
        while said:
            self._announce(said.pop(0))

    def _close(self) -> None:
        if self._open is not None:
            self.records.append(self._open.record)
            self._open = None


def _about(entry: Entry) -> list[str]:
    """Return what must be said of what is estimated, if anything."""
    average = read_average(entry.benchmark.card.metric.average)
    if average.kind != "harmonic":
        return []
    name = entry.benchmark.card.name
    return [f"{name}: what is estimated is the mean over {average.tags[0]}, not the {average}"]


class _Cell:
    """One model on one benchmark, asked one way."""

    def __init__(
        self,
        pool: Pool,
        settings: RunSettings,
        goal: Goal,
        run: str,
        entry: Entry,
        known: Container[str],
    ) -> None:
        self._pool = pool
        self._goal = goal
        self._entry = entry
        self._known = known
        self._handed: set[str] = set()
        self._registered = False
        self.kept = 0
        self.said = _about(entry)
        question = entry.question
        self._asked = Asked(
            model_key=question.model_key,
            benchmark=question.benchmark,
            conditions=question.conditions,
            scorer=question.scorers[0][0],
        )
        whole = read_population(pool, question.benchmark)
        calibration = read_calibration(pool, whole, self._asked)
        self._rivals = self._others(whole, calibration) if goal.half is None else []
        before = None if settings.fresh else choices.recall(pool, self._asked, settings.seed)
        self.record = self._begun(before, whole, calibration, settings, run)
        self._chooser: Chooser = restored(pool, whole, self.record, calibration)
        self._estimate = self._chooser.estimate()

    @property
    def shown(self) -> tuple[float, float, float] | None:
        """The estimate for the eye; None before there is one."""
        estimate = self._estimate
        return (estimate.value, estimate.low, estimate.high) if estimate.n else None

    @property
    def projected(self) -> int:
        """How many rows it will probably take, at least those chosen."""
        rows = self._entry.repeat * len(self._entry.question.scorers)
        now, half, need = self._estimate, self._goal.half, 0.0
        if half is not None and not self._chooser.learnt:
            # The squared half-width shrinks as 1/n - 1/N; before an answer came, as a coin's.
            scale = 1.0
            if LEAST <= now.n < now.size and now.half > 0:
                scale = now.half**2 / (1 / now.n - 1 / now.size)
            need = 1 / (half**2 / scale + 1 / now.size)
        there = len({choice.item for choice in self._chooser.chosen})
        return rows * min(max(round(need), there), now.size)

    def batches(self) -> Iterator[list[Job]]:
        """Yield jobs for what was chosen and lacks an answer; the list may be empty."""
        while True:
            yield self._jobs()
            fallback = self._chooser.fallback
            self.look(review=True)
            verdict = judged(self._goal, self._estimate, self._rivals)
            if verdict.met or self._chooser.exhausted:
                self.stop(verdict.why if verdict.met else "every item was asked")
                return
            self._chooser.batch()
            if self._chooser.fallback != fallback:
                self.said.append(self._gave_up())
            self._keep()

    def look(self, *, review: bool = False) -> None:
        """Take in what was answered by now; ``review`` what was learnt, if a batch is over."""
        self._chooser.tell(read_scores(self._pool, self._asked))
        if review:
            self._chooser.review()
        self._estimate = self._chooser.estimate()

    def stop(self, why: str) -> None:
        """Keep the estimate and why nothing more is asked."""
        self._keep(stopped=why)

    def _begun(
        self,
        before: Record | None,
        whole: Population,
        calibration: Calibration,
        settings: RunSettings,
        run: str,
    ) -> Record:
        """Return the record to go on with: the kept one where it still holds, or a new one."""
        if before is not None:
            before = replace(before, until=settings.until, stopped="", runs=[*before.runs, run])
            return self._renewed(before, calibration)
        seed, asked = settings.seed, self._asked
        order = random_order(whole, seed=seed, benchmark=asked.benchmark)
        settled = plan(whole, calibration, order=order, seed=seed, target=self._goal.half)
        return Record(
            asked=asked, model=self._entry.question.model, seed=seed, plan=settled,
            until=settings.until, runs=[run],
        )  # fmt: skip

    def _renewed(self, record: Record, calibration: Calibration) -> Record:
        """Return ``record`` with what the pool and the goal of today make of its plan."""
        used = record.plan
        wanted = {*used.calibration, *used.held_out}
        if used.procedure == "stratified" or not wanted <= {*calibration.models}:
            # A random sample stays one whatever predictions it is combined with.
            gone = "models that it learnt from are not in the pool any more"
            two_stage = used.procedure == "two-stage"
            return replace(
                record,
                plan=Plan(
                    procedure="stratified", why=used.why, calibration=calibration.models,
                    confidence=used.confidence,
                ),
                fallback=record.fallback or (gone if two_stage else ""),
            )  # fmt: skip
        half = self._goal.half
        if not record.fallback and (half is None or min(used.widths) > half):
            why = f"chosen items cannot settle {self._goal.text}"
            return replace(record, fallback=why)
        return replace(record, plan=replace(used, target=half or used.target))

    def _others(self, whole: Population, calibration: Calibration) -> list[Rival]:
        mine = self._asked
        records = [
            record
            for record in choices.records(self._pool, mine.benchmark)
            if record.asked.conditions == mine.conditions
            and record.asked.scorer == mine.scorer
            and record.asked.model_key != mine.model_key
        ]
        names = names_in(self._pool, calibration.models)
        return rivals_of(whole, calibration, records, names)

    def _jobs(self) -> list[Job]:
        entry, question = self._entry, self._entry.question
        wanted = [c.item for c in self._chooser.chosen if c.item not in self._handed]
        self._handed.update(wanted)
        found = self._samples(list(dict.fromkeys(wanted)))
        jobs = []
        for sample in found:
            for repeat in range(entry.repeat):
                if measured(entry, sample, repeat, self._known):
                    self.kept += len(question.scorers)
                else:
                    jobs.append(Job(question, sample, Presentation(), repeat))
        return jobs

    def _samples(self, ids: list[str]) -> list[Sample]:
        """Return the samples of ``ids`` in this order, their media within reach."""
        kept = self._pool.samples(self._entry.question.benchmark, ids)
        found = {sample.id: sample for sample in kept if not sample.variant}
        seen = any(hasattr(part, "media") for one in found.values() for part in one.input)
        if seen and not self._registered:
            self._registered = True
            for _ in self._entry.benchmark.samples(self._entry.data):
                pass  # reading the benchmark's own files makes their media known
        return [found[name] for name in ids]

    def _keep(self, stopped: str = "") -> None:
        self.record = replace(
            self.record,
            chosen=tuple(self._chooser.chosen),
            fallback=self._chooser.fallback,
            stopped=stopped,
            estimate=self._estimate if self._estimate.n else None,
        )
        choices.keep(self._pool, self.record)

    def _gave_up(self) -> str:
        return (
            f"{self._entry.question.model} on {self._entry.benchmark.card.name}: the learnt choice "
            f"of samples does not fit it: {self._chooser.fallback}. From here on samples are drawn "
            "at random and the estimate rests on the draw alone."
        )


def to_table(records: Sequence[Record], pool: Pool) -> Table:
    """Return what adaptive runs found, one line a cell, by which rule they stopped."""
    rows = []
    for record in records:
        estimate: Estimate | None = record.estimate
        score = (estimate.value, estimate.low, estimate.high) if estimate else (None, None, None)
        rows.append(
            (
                record.model, record.asked.benchmark,
                pool.conditions(record.asked.conditions).label(), record.asked.scorer, *score,
                estimate.n if estimate else 0, estimate.size if estimate else None,
                "two-stage, then random" if record.fallback else record.plan.procedure,
                record.stopped,
            )
        )  # fmt: skip
    return Table(
        columns=(
            "model", "benchmark", "asked", "scorer", "score", "low", "high", "n", "of", "chosen",
            "stopped by",
        ),
        rows=tuple(rows),
        caption=_caption(records),
    )  # fmt: skip


def _caption(records: Sequence[Record]) -> str:
    about = (
        "Intervals at 95 % for the score on the full benchmark, of which n samples were answered"
    )
    said = [f"{about}; what may still be answered counts as nothing"]
    said += dict.fromkeys(
        f"{record.asked.benchmark}: {record.plan.procedure}, because {record.plan.why}"
        for record in records
    )
    said += [
        f"FELL BACK to random samples: {record.model} on {record.asked.benchmark}: "
        f"{record.fallback}"
        for record in records
        if record.fallback
    ]
    return ". ".join(said) + "."
