"""One call of ``run``: every subject in turn, one record, what was measured on the way."""

from __future__ import annotations

import shlex
import sys
from collections.abc import Sequence
from itertools import chain
from queue import SimpleQueue

import msgspec

from benchwright import catalog
from benchwright.analysis.adaptive.record import Record
from benchwright.analysis.figures import figures, figures_table
from benchwright.analysis.leaderboard import leaderboard
from benchwright.cache import machine
from benchwright.core.errors import BatchDiffers, BenchwrightError, DefectsExceeded, ModelError
from benchwright.core.response import PERMANENT
from benchwright.core.run import Run
from benchwright.core.table import Table
from benchwright.evaluation import events
from benchwright.evaluation.adaptive import Adapting, to_table
from benchwright.evaluation.agenda import Agenda, Everything
from benchwright.evaluation.bench import Bench
from benchwright.evaluation.desk import Desk
from benchwright.evaluation.engine import Engine, Limits, Tally
from benchwright.evaluation.executing import remarks_on
from benchwright.evaluation.inbox import Mail
from benchwright.evaluation.measures import Measures, timed
from benchwright.evaluation.plan import Entry
from benchwright.evaluation.price import Spent, read_budget
from benchwright.evaluation.progress import Known, Progress, Whole
from benchwright.evaluation.record import new_run_id, now, versions
from benchwright.evaluation.result import RunResult, Status
from benchwright.evaluation.session import Cast, interruptible, open_bench, open_desks, spent_before
from benchwright.evaluation.settings import RunSettings
from benchwright.evaluation.timing import Clock
from benchwright.pool import Pool

PARTS = 50  # every part costs a reader about 0.3 ms; more than so many are joined after a run


class Runner:
    """One call of ``run``: every subject in turn, one record."""

    def __init__(
        self, settings: RunSettings, pool: Pool, on_event: events.Listener, began: Clock
    ) -> None:
        """Run what ``settings`` say; ``began`` is when the opening of models and data began."""
        self._settings = settings
        self._pool = pool
        self._announce = on_event
        self._measures = Measures(began)
        self._warnings: list[str] = []
        self._chosen: list[list[Record]] = []
        self._counts: dict[str, int] = {}

    def run(self, planned: Sequence[tuple[Cast, list[Entry]]]) -> RunResult:
        """Ask what is missing of every subject's questions; see ``evaluation.run.run``."""
        record = self._record(planned)
        self._pool.save_run(record)
        self._measures.opened()
        status: Status = "complete"
        reason = ""
        try:
            for cast, entries in planned:
                self._say_what_was_chosen(entries)
                tally = self._ask(cast, entries, record.id)
                reason = reason or tally.reason
                if tally.defects:
                    status = "defects"
                elif status == "complete" and (tally.reason or tally.incomplete):
                    status = "incomplete"
                self._announce(
                    events.Ended(model=cast.subject.name, status=status, reason=tally.reason)
                )
                if tally.reason:
                    break
        except BatchDiffers:
            self._save(record, "stopped")
            raise
        except ModelError as error:
            status, reason = "incomplete", str(error)
        except DefectsExceeded as error:
            status, reason = "defects", str(error)
        except (BenchwrightError, KeyboardInterrupt):
            self._save(record, "stopped")
            raise
        if status == "incomplete" and not reason:
            reason = "some requests failed for the time being; the same command asks them again"
        record = self._save(record, status)
        if len(self._pool.measurements.parts()) > PARTS:
            self._pool.compact()
        table = self._table(planned)
        further = figures_table(figures(self._pool, catalog.figures, _where(planned)))
        self._measures.tabled()
        record = self._save(record, status)
        return RunResult(
            run=record,
            status=status,
            table=table,
            figures=further,
            reason=reason,
            next_command=self._next(status),
            warnings=self._warnings,
            remarks=[*self._measures.remarks(), *remarks_on(self._settings.sandbox)],
        )

    def _record(self, planned: Sequence[tuple[Cast, list[Entry]]]) -> Run:
        described = msgspec.to_builtins(self._settings, enc_hook=str)
        settings = {name: str(value) for name, value in described.items()}
        settings["plan"] = self._settings.plan_digest()
        models = {}
        for cast, _ in planned:
            for role, model in cast.roles().items():
                identity = model.identity
                models[f"{role} {model.name}"] = {
                    **identity.fields,
                    **{f"note {name}": text for name, text in identity.notes.items()},
                    "key": identity.key(),
                    "kind": identity.kind,
                    "verified": str(identity.verified).lower(),
                    "template": model.template,
                }
        entries = [entry for _, entries in planned for entry in entries]
        return Run(
            id=new_run_id(),
            command=shlex.join(["benchwright", *sys.argv[1:]]),
            started_at=now(),
            settings=settings,
            models=models,
            benchmarks={e.benchmark.card.name: e.survey.version for e in entries},
            conditions=sorted({e.question.conditions for e in entries}),
            versions=versions(),
            machine=machine(),
        )

    def _say_what_was_chosen(self, entries: list[Entry]) -> None:
        """Warn of every benchmark that is not asked in its first way though nobody said so."""
        for entry in entries:
            ask, first = entry.conditions.ask, entry.benchmark.asks[0]
            if not self._settings.ask and ask != first:
                message = (
                    f"{entry.question.model} cannot be asked {entry.benchmark.card.name} by "
                    f"{first}: it is asked by {ask} instead, which is another measurement."
                )
                self._warn(message)

    def _save(self, record: Run, status: str) -> Run:
        measured = self._measures.measured()
        seconds = {"total": measured[0].metrics["seconds"]}
        record = msgspec.structs.replace(
            record,
            status=status,
            ended_at=now(),
            counts=self._counts,
            seconds=seconds,
            measured=measured,
        )
        self._pool.save_run(record)
        return record

    def _ask(self, cast: Cast, entries: list[Entry], run_id: str) -> Tally:
        mailbox: SimpleQueue[Mail | None] = SimpleQueue()
        entries, scorers = timed(entries)
        known = self._known(entries)
        progress = Progress(self._announce, entries, known)
        asking = self._measures.asking(cast, scorers)
        agenda = self._agenda(entries, known, progress, run_id)
        batches = agenda.batches()
        first = next(batches, None)
        if first is not None:
            asking.check(plain=self._settings.plain, fresh=self._settings.fresh)
        # Also a run that has nothing to ask tells how far it is.
        batches = chain((iter(()) if first is None else first,), batches)
        self._announce(
            events.Started(
                model=cast.subject.name,
                template=templates(cast, entries),
                benchmarks=[entry.survey.version for entry in entries],
                total=progress.total,
                kept=progress.kept,
            )
        )
        desks = open_desks(
            cast,
            pool=self._pool,
            settings=self._settings,
            run=run_id,
            mailbox=mailbox,
            data=[entry.data for entry in entries],
            noise=asking.noise,
        )
        bench = open_bench(pool=self._pool, settings=self._settings, run=run_id, mailbox=mailbox)
        engine = Engine(
            desks=desks,
            bench=bench,
            mailbox=mailbox,
            limits=Limits(budget=read_budget(self._settings.budget), strict=self._settings.strict),
            run=run_id,
            spent=self._spent_before(cast),
            write=self._pool.measurements.write,
            tick=lambda tally, news: progress.tick(tally, news, list(desks.values())),
        )
        asking.begin()
        try:
            with interruptible(engine):
                for jobs in batches:
                    engine.run(jobs, lambda: progress.total)
                    if engine.tally.reason:
                        break
            agenda.conclude(engine.tally.reason)
        except BenchwrightError as error:
            agenda.conclude(str(error))
            raise
        finally:
            asking.end(engine, desks)
            for desk in set(desks.values()):
                desk.close()
            bench.close()
            self._count(set(desks.values()), engine.tally, bench)
        return engine.tally

    def _agenda(
        self, entries: list[Entry], known: list[Known], progress: Progress, run_id: str
    ) -> Agenda:
        if not self._settings.until:
            return Everything(progress.jobs())
        adapting = Adapting(
            self._pool, self._settings, run_id, entries=entries, known=known, progress=progress,
            announce=self._warn,
        )  # fmt: skip
        self._chosen.append(adapting.records)
        return adapting

    def _table(self, planned: Sequence[tuple[Cast, list[Entry]]]) -> Table:
        if not self._settings.until:
            return leaderboard(self._pool, where=_where(planned), expected=_expected(planned))
        return to_table([record for records in self._chosen for record in records], self._pool)

    def _warn(self, message: str) -> None:
        self._warnings.append(message)
        self._announce(events.Warned(message=message))

    def _spent_before(self, cast: Cast) -> Spent:
        """Return what counts against the budget, which only a run with one need look up."""
        if not self._settings.budget:
            return Spent()
        return spent_before(self._pool, self._settings.plan_digest(), cast.prices)

    def _known(self, entries: list[Entry]) -> list[Known]:
        """Return, entry by entry, the identities that need no asking."""
        if self._settings.fresh:
            return [() for _ in entries]
        return [self._known_of(entry) for entry in entries]

    def _known_of(self, entry: Entry) -> Known:
        question = entry.question
        permanent = [] if self._settings.retry_failed else sorted(PERMANENT)
        if entry.survey.chosen is None and not entry.perturbations:
            # The version names all samples, and all are wanted: as many rows are all of them.
            rows = self._pool.measurements.count(
                question.benchmark,
                model_key=question.model_key,
                conditions=question.conditions,
                repeats=entry.repeat,
                failures=permanent,
            )
            each = sum(entry.survey.wanted.values()) * entry.repeat
            if all(rows.get(name, 0) == each for name, _ in question.scorers):
                return Whole(each * len(question.scorers))
        return self._pool.measurements.identities(
            question.benchmark,
            model_key=question.model_key,
            conditions=question.conditions,
            failures=permanent,
        )

    def _count(self, desks: set[Desk], tally: Tally, bench: Bench) -> None:
        for name, amount in {
            "requests": sum(desk.asked for desk in desks),
            "reused": sum(desk.reused for desk in desks),
            "retries": sum(desk.retries for desk in desks),
            "tokens": sum(desk.tokens_in + desk.tokens_out for desk in desks),
            "rows": tally.rows,
            "defects": tally.defects,
            **(
                {"executed": bench.executed, "executions reused": bench.reused}
                if bench.kind
                else {}
            ),
            **{f"outcome {name}": count for name, count in tally.outcomes.items()},
        }.items():
            self._counts[name] = self._counts.get(name, 0) + amount

    def _next(self, status: Status) -> str:
        if status != "complete":
            return shlex.join(["benchwright", *sys.argv[1:]])
        return f"benchwright report {shlex.quote(str(self._settings.pool))} -o report.html"


def _expected(
    planned: Sequence[tuple[Cast, list[Entry]]],
) -> dict[tuple[str, str, str], int]:
    """Return how many rows a scorer was to have, of every question set without variants."""
    return {
        (entry.question.model_key, entry.question.benchmark, entry.question.conditions): (
            sum(entry.survey.wanted.values()) * entry.repeat
        )
        for _, entries in planned
        for entry in entries
    }


def templates(cast: Cast, entries: Sequence[Entry]) -> str:
    """Return which templates the prompts of ``entries`` go through, in words."""
    if cast.subject.identity.kind == "recorded":
        return cast.subject.template
    chat = [entry.conditions.layout.startswith("chat") for entry in entries]
    words = [cast.subject.template] if any(chat) else []
    return " and ".join([*words, *(["none (raw prompts)"] if not all(chat) else [])])


def _where(planned: Sequence[tuple[Cast, list[Entry]]]) -> str:
    """Return the SQL condition for the rows that this call is about; every value is a digest."""
    entries = [entry for _, entries in planned for entry in entries]
    keys = sorted({entry.question.model_key for entry in entries})
    conditions = sorted({entry.question.conditions for entry in entries})
    versions_ = sorted({entry.question.benchmark.replace("'", "''") for entry in entries})
    quoted = [", ".join(f"'{value}'" for value in part) for part in (keys, conditions, versions_)]
    return (
        f"model_key in ({quoted[0]}) and conditions in ({quoted[1]}) and benchmark in ({quoted[2]})"
    )
