"""The engine: drives thousands of flows at once and keeps the model fed.

Each flow steps the moment its answer arrives. ``window`` bounds the flows alive, the model's
concurrency the requests out; memory depends on these, not on the benchmark. An answer is
committed before any measurement made from it is written; rows are written beside the asking.
"""

from __future__ import annotations

import math
import time
from collections import Counter, deque
from collections.abc import Callable, Iterator
from queue import Empty, SimpleQueue
from typing import Any

from msgspec import Struct

from benchwright.core.errors import BenchwrightError, DefectsExceeded
from benchwright.core.execution import Program, ProgramNotRun, Ran
from benchwright.core.flow import together
from benchwright.core.measurement import Measurement
from benchwright.core.request import Request, Role
from benchwright.core.response import Failure, Response
from benchwright.evaluation.bench import Bench, Delivered
from benchwright.evaluation.desk import Delivery, Desk
from benchwright.evaluation.inbox import BENCH, Mail
from benchwright.evaluation.job import Job, step
from benchwright.evaluation.price import Budget, Spent
from benchwright.evaluation.row_writer import RowWriter
from benchwright.evaluation.timing import Meter

COMMIT_SECONDS = 0.02  # an answer is on disk at most this long after it arrived
GATHER_SECONDS = 0.004  # how long answers are gathered while the model has enough to do
IDLE_SECONDS = 0.5  # longest wait without looking at the clock
BLOCKS_PER_WINDOW = 8  # new flows come in blocks of so much while models have enough to do
ROWS_PER_PART = 20_000
SECONDS_PER_PART = 60.0  # so that others see a slow run's rows while it goes on
ANNOUNCE_SECONDS = 0.25
GRACE_SECONDS = 5.0  # how long an interrupted run waits for answers that are on their way
DEFECTS, DEFECT_SHARE = 20, 0.01  # a run stops at more defects than the larger of the two


class Limits(Struct, frozen=True, kw_only=True):
    """What bounds a run."""

    window: int = 1024
    """Most flows alive."""
    budget: Budget = Budget()
    """The most that may be used."""
    strict: bool = False
    """Stop at the first defect."""


class Tally(Struct, kw_only=True):
    """What an engine has done so far."""

    rows: int = 0
    outcomes: Counter[str] = Counter()
    defects: int = 0
    incomplete: int = 0
    """Rows that a temporary failure left without an answer."""
    reason: str = ""
    """Why asking ended early; empty if it did not."""


class Engine:
    """One run's loop; everything here happens in the caller's thread, models have their own."""

    def __init__(
        self,
        *,
        desks: dict[Role, Desk],
        bench: Bench,
        mailbox: SimpleQueue[Mail | None],
        limits: Limits,
        run: str,
        spent: Spent,
        write: Callable[[list[Measurement]], None],
        tick: Callable[[Tally, list[Measurement]], None],
    ) -> None:
        """Bind roles to desks; ``write`` keeps rows, ``tick`` hears of new rows now and then."""
        self._desks = desks
        self._bench = bench
        self._numbered = sorted(set(desks.values()), key=lambda desk: desk.number)
        self._mailbox = mailbox
        self._limits = limits
        self._run = run
        self._spent = spent
        self.writer = RowWriter(write)
        """Keeps the rows."""
        self._tick = tick
        self._ready: deque[tuple[Job, Any]] = deque()
        self._rows: list[Measurement] = []
        self._news: list[Measurement] = []
        self._alive = 0
        self._interrupted = False
        self._leave_at = math.inf
        self._started = time.monotonic()
        self._minutes_before = spent.minutes
        self._announced = 0.0
        self._flushed = self._started
        self._uncommitted_since: float | None = None
        self.tally = Tally(outcomes=Counter())
        self.waiting = Meter()
        """Time in which there was nothing to do but to wait for a model."""
        self.writing = Meter()
        """Time in which answers were put on disk, and a block of rows was waited for."""

    def interrupt(self) -> None:
        """Stop asking as soon as possible; called from a signal handler."""
        self._interrupted = True

    def run(self, jobs: Iterator[Job], total: Callable[[], int]) -> None:
        """Drive ``jobs`` to their rows; ``total()`` is how many rows are wanted so far known.

        Raises:
            ModelError: a model broke; what arrived before is kept.
            DefectsExceeded: too many flows or scorers raised; what arrived before is kept.
        """
        exhausted = False
        try:
            while True:
                exhausted = self._admit(jobs) if not exhausted else True
                self._step_ready(total)
                if self._ready:
                    continue
                if self.tally.reason:
                    late = time.monotonic() >= self._leave_at
                    out = self._bench.out or any(desk.out for desk in self._numbered)
                    if late or not out:
                        return
                elif not exhausted:
                    if self._room():
                        continue
                elif self._alive == 0:
                    return
                self._wait()
        finally:
            self._commit()
            self._flush(wait=True)
            self._announce(force=True)

    def _admit(self, jobs: Iterator[Job]) -> bool:
        """Let new flows in; return whether there are no more."""
        self._check_bounds()
        if self.tally.reason:
            return False
        for _ in range(self._room()):
            job = next(jobs, None)
            if job is None:
                return True
            self._alive += 1
            self._ready.append((job, None))
        return False

    def _room(self) -> int:
        """Return how many flows may be let in now.

        None while the models have enough to do and it would be a few only: each block of flows
        costs three transactions, whether one is in it or hundreds.
        """
        room = self._limits.window - self._alive
        few = room < self._limits.window // BLOCKS_PER_WINDOW
        return 0 if few and all(desk.sated for desk in self._numbered) else room

    def _check_bounds(self) -> None:
        self._spent.minutes = self._minutes_before + (time.monotonic() - self._started) / 60
        if self.tally.reason:
            return
        over = self._limits.budget.exceeded_by(Spent(minutes=self._spent.minutes))
        if self._interrupted:
            self._leave_at = time.monotonic() + GRACE_SECONDS
            self._stop("interrupted")
        elif over:
            self._stop(f"the budget of {over} is used up")

    def _stop(self, reason: str) -> None:
        self.tally.reason = reason
        for desk in self._numbered:
            desk.stop_asking()  # flows that wait for what is not asked any more are given up
        self._bench.stop_asking()

    def _step_ready(self, total: Callable[[], int]) -> None:
        wanted: dict[Desk, list[tuple[object, int, bytes, Request]]] = {}
        to_run: list[tuple[object, int, Program]] = []
        while self._ready:
            job, value = self._ready.popleft()
            try:
                asked = step(job, value)
            except BenchwrightError as error:
                self._defect(job, error, total)
                continue
            if job.waiting < 0:
                self._finish(job, asked)
                continue
            if isinstance(asked, Request):
                job.waiting, job.answers, job.roles, job.together = 1, [None], [asked.role], False
                desk = self._desks[asked.role]
                wanted.setdefault(desk, []).append((job, 0, desk.key(asked), asked))
                continue
            requests, programs, job.together = together(asked)
            job.waiting = len(requests) + len(programs)
            job.answers = [None] * job.waiting
            job.roles = [request.role for request in requests]
            to_run += [(job, place, program) for place, program in enumerate(programs)]
            if job.waiting == 0:
                self._ready.append((job, []))
            for place, request in enumerate(requests):
                desk = self._desks[request.role]
                wanted.setdefault(desk, []).append((job, place, desk.key(request), request))
        for desk, requests_of in wanted.items():
            if self.tally.reason:
                continue
            kept, missing = desk.want(requests_of)
            self._deliver(desk, kept)
            self._ask(desk, missing)
        if to_run and not self.tally.reason:
            self._deliver_ran(self._bench.want(to_run))

    def _ask(self, desk: Desk, missing: list[Any]) -> None:
        if not missing:
            return
        bound = desk.ask(missing, self._limits.budget, self._spent)
        if bound and all(other.out == 0 for other in self._numbered):
            self._stop(f"the budget of {bound} is used up")

    def _deliver(self, desk: Desk, deliveries: list[Delivery]) -> None:
        price = desk.price
        for job, place, key, result, _kept in deliveries:
            assert isinstance(job, Job)  # noqa: S101 - desks know waiters as objects only
            job.answers[place] = result
            job.waiting -= 1
            if isinstance(result, Response):
                role = job.roles[place]
                cost = price.of(result) if price is not None else None
                job.used.setdefault(role, []).append((result, cost))
                if role == "subject":
                    job.keys.append(key.hex())
            if job.waiting == 0:
                if not job.together:
                    self._ready.append((job, job.answers[0]))
                    continue
                failed = next((a for a in job.answers if isinstance(a, Failure)), None)
                self._ready.append((job, failed or job.answers))

    def _deliver_ran(self, deliveries: list[Delivered]) -> None:
        for job, place, result in deliveries:
            assert isinstance(job, Job)  # noqa: S101 - the bench knows waiters as objects only
            job.answers[place] = result
            job.waiting -= 1
            if job.waiting == 0:
                problem = next((a for a in job.answers if isinstance(a, ProgramNotRun)), None)
                answer = job.answers if job.together else job.answers[0]
                self._ready.append((job, problem or answer))

    def _finish(self, job: Job, verdicts: Any) -> None:
        self._alive -= 1
        rows = job.rows(verdicts, self._run)
        self._rows += rows
        self._news += rows
        self.tally.rows += len(rows)
        for row in rows:
            self.tally.outcomes[row.outcome.value] += 1
        if job.failure is not None and not job.failure.permanent:
            self.tally.incomplete += len(rows)
        if len(self._rows) >= ROWS_PER_PART or time.monotonic() - self._flushed > SECONDS_PER_PART:
            self._commit()
            self._flush()
        self._announce()

    def _defect(self, job: Job, error: BenchwrightError, total: Callable[[], int]) -> None:
        if self._limits.strict:
            raise error
        self.tally.defects += 1
        self._finish(job, job.defective(error))
        if self.tally.defects > max(DEFECTS, DEFECT_SHARE * total()):
            raise DefectsExceeded(
                f"{self.tally.defects} samples failed through defects in benchmark, solver or "
                f"scorer code; the last one: {error}. Run with --strict to stop at the first."
            ) from error

    def _wait(self) -> None:
        """Wait for mail, no longer than something else is due; take all that is there."""
        self._check_bounds()
        now = time.monotonic()
        until = now + IDLE_SECONDS
        if self._uncommitted_since is not None:
            until = min(until, self._uncommitted_since + COMMIT_SECONDS)
        for desk in self._numbered:
            wake = desk.wake_at()
            until = until if wake is None else min(until, wake)
        try:
            mail = self._awaited(max(0.0, until - now))
            while True:
                self._receive(mail)
                mail = self._mailbox.get_nowait()
        except Empty:
            pass
        for desk in self._numbered:
            delivered, again = desk.due()
            self._deliver(desk, delivered)
            self._ask(desk, again + desk.held())
        since = self._uncommitted_since
        if since is not None and time.monotonic() - since >= COMMIT_SECONDS:
            self._commit()
        self._announce()

    def _awaited(self, seconds: float) -> Mail | None:
        self.waiting.start()
        try:
            mail = self._mailbox.get(timeout=seconds)
            if all(desk.sated for desk in self._numbered):
                # A block of answers costs less than as many single ones, and no one waits for it.
                time.sleep(GATHER_SECONDS)
            return mail
        finally:
            self.waiting.stop()

    def _receive(self, mail: Mail | None) -> None:
        if mail is None:
            return
        number, ticket, result = mail
        if number == BENCH:
            assert not isinstance(result, (Response, Failure))  # noqa: S101 - the bench's mail
            self._deliver_ran(self._bench.receive(ticket, result))
            if self._uncommitted_since is None:
                self._uncommitted_since = time.monotonic()
            return
        assert not isinstance(result, (Ran, ProgramNotRun))  # noqa: S101 - a desk's mail
        desk = self._numbered[number]
        if self.tally.reason and not desk.holds(ticket):
            return
        if result is None:
            desk.give_up(ticket)
            return
        self._deliver(desk, desk.receive(ticket, result, self._spent))
        if self._uncommitted_since is None:
            self._uncommitted_since = time.monotonic()

    def _commit(self) -> None:
        self.writing.start()
        for desk in self._numbered:
            desk.commit()
        self._bench.commit()
        self._uncommitted_since = None
        self.writing.stop()

    def _flush(self, *, wait: bool = False) -> None:
        self._flushed = time.monotonic()
        rows, self._rows = self._rows, []
        self.writing.start()
        self.writer.put(rows)
        if wait:
            self.writer.wait()
        self.writing.stop()

    def _announce(self, *, force: bool = False) -> None:
        now = time.monotonic()
        if force or now - self._announced >= ANNOUNCE_SECONDS:
            self._announced = now
            news, self._news = self._news, []
            self._tick(self.tally, news)
