"""The verb ``score``: a new scorer over kept answers; asks no model but a judge."""

from __future__ import annotations

import shlex
import sys
import time
from collections.abc import Iterator, Sequence
from pathlib import Path
from queue import SimpleQueue

import msgspec

from benchwright import catalog
from benchwright.analysis.figures import figures, figures_table
from benchwright.analysis.leaderboard import leaderboard
from benchwright.benchmarks import partial
from benchwright.cache import machine
from benchwright.core.benchmark import Scorer
from benchwright.core.conditions import Conditions
from benchwright.core.errors import DescriptionError, UnknownName
from benchwright.core.flow import Flow
from benchwright.core.measurement import Measurement
from benchwright.core.model import Model
from benchwright.core.request import Role
from benchwright.core.response import Failure, RequestFailed, Response
from benchwright.core.run import Run
from benchwright.core.sample import Presentation, Sample
from benchwright.evaluation import events
from benchwright.evaluation.desk import Desk
from benchwright.evaluation.engine import Engine, Limits, Tally
from benchwright.evaluation.executing import NOT_RUN, executed_by, remarks_on, sandbox_for
from benchwright.evaluation.garbage import rarely_collected
from benchwright.evaluation.inbox import Mail
from benchwright.evaluation.job import Job, Question, scorer_identity
from benchwright.evaluation.plan import require_libraries
from benchwright.evaluation.price import Spent
from benchwright.evaluation.record import new_run_id, now, versions
from benchwright.evaluation.result import RunResult, Status
from benchwright.evaluation.session import (
    Cast,
    interruptible,
    open_bench,
    open_desks,
    open_models,
)
from benchwright.evaluation.settings import RunSettings
from benchwright.pool import Journal, Pool

CHUNK = 5000  # rows whose samples and answers are read together


class _Kept:
    """A solver that returns what was answered before."""

    def __init__(self, answer: Response | Failure) -> None:
        self.conditions = Conditions(solver="kept")
        self._answer = answer

    def __call__(self, sample: Sample, presentation: Presentation, repeat: int) -> Flow[Response]:
        del sample, presentation, repeat
        yield from ()  # a flow that asks nothing
        if isinstance(self._answer, Failure):
            raise RequestFailed(self._answer)
        return self._answer


@rarely_collected()
def score(
    benchmark: str,
    *,
    scorer: str | Sequence[str],
    pool: str | Path = "pool",
    judge: str = "",
    sandbox: str = "auto",
    strict: bool = False,
    on_event: events.Listener = events.ignore,
) -> RunResult:
    """Judge every kept answer to ``benchmark`` with further scorers and keep the verdicts.

    ``benchmark`` is a name, or ``name@version`` where the pool holds several versions.

    Raises:
        UnknownName: no such scorer, or the pool holds no measurement of the benchmark.
        DescriptionError: a scorer needs a judge and none was named, or it has code run and no
            sandbox works here.
    """
    names = (scorer,) if isinstance(scorer, str) else tuple(scorer)
    scorers = [catalog.scorer(name) for name in names]
    require_libraries(scorers)
    judges = [one.name for one in scorers if getattr(one, "judges", False)]
    if judges and not judge:
        raise DescriptionError(f"The scorer {judges[0]} asks a judge: --judge SCHEME:NAME.")
    sandbox = sandbox_for([need for one in scorers for need in executed_by(one)], sandbox)
    opened = Pool.open(pool, create=False)
    try:
        known = [name for name in opened.benchmarks() if benchmark in (name, name.split("@")[0])]
        if not known:
            raise UnknownName("benchmark in this pool", benchmark, opened.benchmarks())
        return _Rescorer(opened, scorers, judge, sandbox, strict, on_event).run(known)
    finally:
        opened.close()


class _Rescorer:
    """One call of ``score``."""

    def __init__(
        self,
        pool: Pool,
        scorers: list[Scorer],
        judge: str,
        sandbox: str,
        strict: bool,
        on_event: events.Listener,
    ) -> None:
        self._pool = pool
        self._scorers = scorers
        self._strict = strict
        self._announce = on_event
        self._settings = RunSettings(
            benchmarks=(), models=(judge,) if judge else (), sandbox=sandbox
        )
        self._journals: dict[str, Journal] = {}
        self._judge: Model | None = None
        if judge:
            self._judge = open_models(self._settings, loglikelihood=False)[0].subject
        self._identities = [scorer_identity(one, self._judge, sandbox) for one in scorers]

    def run(self, benchmarks: list[str]) -> RunResult:
        started = time.monotonic()
        record = Run(
            id=new_run_id(),
            command=shlex.join(["benchwright", *sys.argv[1:]]),
            started_at=now(),
            settings={
                "scorer": ", ".join(self._identities),
                "sandbox": self._settings.sandbox,
            },
            benchmarks={name.split("@")[0]: name for name in benchmarks},
            versions=versions(),
            machine=machine(),
        )
        self._pool.save_run(record)
        rows = sum(len(self._pool.measurements.identities(name)) for name in benchmarks)
        self._announce(
            events.Started(
                model="kept answers", template="", benchmarks=benchmarks, total=rows, kept=0
            )
        )
        tally = self._drive(benchmarks, record.id, rows, started)
        status: Status = (
            "defects"
            if tally.defects
            else "incomplete"
            if tally.reason or tally.incomplete
            else "complete"
        )
        record = msgspec.structs.replace(
            record,
            ended_at=now(),
            status=status,
            counts={"requests": 0, "rows": tally.rows, "defects": tally.defects},
            seconds={"total": round(time.monotonic() - started, 3)},
        )
        self._pool.save_run(record)
        quoted = ", ".join("'" + name.replace("'", "''") + "'" for name in benchmarks)
        where = f"benchmark in ({quoted})"
        return RunResult(
            run=record,
            status=status,
            table=leaderboard(self._pool, where=where),
            figures=figures_table(figures(self._pool, catalog.figures, where)),
            reason=tally.reason or (NOT_RUN if tally.incomplete else ""),
            remarks=remarks_on(self._settings.sandbox),
            next_command=f"benchwright samples {benchmarks[0].split('@')[0]} --outcome unparsed",
        )

    def _drive(self, benchmarks: list[str], run: str, total: int, started: float) -> Tally:
        mailbox: SimpleQueue[Mail | None] = SimpleQueue()
        desks: dict[Role, Desk] = {}
        if self._judge is not None:
            bound = open_desks(
                Cast(subject=self._judge),
                pool=self._pool,
                settings=self._settings,
                run=run,
                mailbox=mailbox,
                data=[],
            )
            desks = {"judge": bound["subject"]}

        def tick(tally: Tally, news: list[Measurement]) -> None:
            del news
            self._announce(
                events.Progress(
                    done=tally.rows,
                    total=total * len(self._scorers),
                    asked=sum(desk.asked for desk in desks.values()),
                    reused=tally.rows,
                    in_flight=0,
                    tokens_in=0,
                    tokens_out=0,
                    cost=None,
                    seconds=time.monotonic() - started,
                    outcomes=dict(tally.outcomes),
                )
            )

        bench = open_bench(pool=self._pool, settings=self._settings, run=run, mailbox=mailbox)
        engine = Engine(
            desks=desks,
            bench=bench,
            mailbox=mailbox,
            limits=Limits(strict=self._strict),
            run=run,
            spent=Spent(),
            write=self._pool.measurements.write,
            tick=tick,
        )
        try:
            with interruptible(engine):
                for benchmark in benchmarks:
                    for name, scorer in zip(self._identities, self._scorers, strict=True):
                        engine.run(self._jobs(benchmark, name, scorer), lambda: total)
        finally:
            for desk in desks.values():
                desk.close()
            bench.close()
        return engine.tally

    def _jobs(self, benchmark: str, name: str, scorer: Scorer) -> Iterator[Job]:
        """Yield a job for every question that ``scorer`` has not judged, its answer kept."""
        chunk: list[Measurement] = []
        wanted = self._pool.measurements.unjudged(benchmark, name)
        for row in self._pool.measurements.rows("benchmark = ?", [benchmark]):
            if row.identity() not in wanted:
                continue
            chunk.append(row)
            if len(chunk) == CHUNK:
                yield from self._chunk(benchmark, name, scorer, chunk)
                chunk = []
        yield from self._chunk(benchmark, name, scorer, chunk)

    def _chunk(
        self, benchmark: str, name: str, scorer: Scorer, rows: list[Measurement]
    ) -> Iterator[Job]:
        wanted = sorted({row.sample for row in rows})
        samples = {
            (sample.root, sample.variant): sample
            for sample in self._pool.samples(benchmark, wanted)
        }
        answers: dict[str, Response | Failure] = {}
        by_model: dict[tuple[str, str], list[str]] = {}
        for row in rows:
            by_model.setdefault((row.model, row.model_key), []).extend(row.request_keys)
        for (model, key), keys in by_model.items():
            journal = self._journals.setdefault(key, self._pool.journal(model, key))
            found = journal.kept([bytes.fromhex(one) for one in keys])
            answers.update({one.hex(): answer for one, answer in found.items()})
        for row in rows:
            yield self._job(row, samples[row.sample, row.variant], answers, (name, scorer))

    def _job(
        self,
        row: Measurement,
        sample: Sample,
        answers: dict[str, Response | Failure],
        scorer: tuple[str, Scorer],
    ) -> Job:
        kept: Response | Failure | None = None
        if row.request_keys and row.failure in ("", "not_run"):
            every = [answers.get(key) for key in row.request_keys]
            kept = partial.whole(every, sample) or every[-1]
        if kept is None:
            kind = row.failure or "not_recorded"
            kept = msgspec.convert({"kind": kind, "message": row.explanation}, Failure)
        question = Question(
            benchmark=row.benchmark,
            solver=_Kept(kept),
            scorers=(scorer,),
            conditions=row.conditions,
            asked=row.asked,
            model=row.model,
            model_key=row.model_key,
        )
        job = Job(question, sample, Presentation(), row.repeat)
        job.keys = row.request_keys
        job.used["subject"] = [
            (answer, None)
            for key in row.request_keys
            if isinstance(answer := answers.get(key), Response)
        ]
        return job
