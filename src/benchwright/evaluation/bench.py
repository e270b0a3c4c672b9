"""The bench: programs that flows want run are run once, beside the asking, and kept.

What a desk is for requests this is for programs. The sandbox is opened by the first program that
is not kept; its workers run beside the engine's thread and leave their results in its mailbox.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterable
from queue import SimpleQueue

from msgspec import Struct

from benchwright.core.errors import BenchwrightError
from benchwright.core.execution import Program, ProgramNotRun, Ran
from benchwright.evaluation.inbox import BENCH, Mail
from benchwright.pool import Executions
from benchwright.sandbox import Sandbox

Delivered = tuple[object, int, "Ran | ProgramNotRun"]
"""(who waits, place in its list, result)."""


class _Wanted(Struct):
    """A program on its way, and who waits for it."""

    key: str
    program: Program
    waiters: list[tuple[object, int]]


class Bench:
    """Programs of one run; all methods are for the engine's thread."""

    def __init__(
        self,
        *,
        opened: Callable[[], Sandbox],
        kept: Callable[[], Executions],
        mailbox: SimpleQueue[Mail | None],
        run: str,
        fresh: bool = False,
    ) -> None:
        """Prepare: ``opened`` opens the sandbox, ``kept`` the results, when the first is needed.

        With ``fresh``, nothing that earlier runs kept is read.
        """
        self._opened = opened
        self._kept = kept
        self._executions: Executions | None = None
        self._mailbox = mailbox
        self._run = run
        self._fresh = fresh
        self._sandbox: Sandbox | None = None
        self._problem: ProgramNotRun | None = None
        self._done: set[str] = set()
        self._wanted: dict[str, _Wanted] = {}
        self._tickets: dict[int, _Wanted] = {}
        self._ticket = 0
        self._queue: SimpleQueue[tuple[int, Program] | None] = SimpleQueue()
        self._stopping = threading.Event()
        self._threads: list[threading.Thread] = []
        self.executed = 0
        """Programs that were run."""
        self.reused = 0
        """Programs whose result was kept."""

    @property
    def out(self) -> int:
        """Programs handed to the sandbox and not ended yet."""
        return len(self._tickets)

    @property
    def kind(self) -> str:
        """What the walls are made of; empty while no sandbox was needed."""
        return self._sandbox.kind if self._sandbox is not None else ""

    def want(self, programs: Iterable[tuple[object, int, Program]]) -> list[Delivered]:
        """Register who waits for what, have run what is missing, and return what is there."""
        asked = list(programs)
        sandbox = self._open()
        if sandbox is None or self._executions is None:
            problem = self._problem or ProgramNotRun("there is no sandbox")
            return [(waiter, place, problem) for waiter, place, _ in asked]
        keyed = [(waiter, place, sandbox.key(program), program) for waiter, place, program in asked]
        keys = [key for _, _, key, _ in keyed if not self._fresh or key in self._done]
        found = self._executions.kept(keys)
        delivered: list[Delivered] = []
        for waiter, place, key, program in keyed:
            if key in found:
                self.reused += 1
                delivered.append((waiter, place, found[key]))
            elif key in self._wanted:
                self._wanted[key].waiters.append((waiter, place))
            else:
                self._wanted[key] = wanted = _Wanted(key, program, [(waiter, place)])
                self._ticket += 1
                self._tickets[self._ticket] = wanted
                self._queue.put((self._ticket, program))
        return delivered

    def _open(self) -> Sandbox | None:
        if self._sandbox is None and self._problem is None:
            try:
                self._sandbox = self._opened()
                self._executions = self._kept()
            except BenchwrightError as error:
                self._problem = ProgramNotRun(str(error))
                return None
            self._threads = [
                threading.Thread(target=self._work, name=f"sandbox {number}", daemon=True)
                for number in range(self._sandbox.workers)
            ]
            for thread in self._threads:
                thread.start()
        return self._sandbox

    def _work(self) -> None:
        while (item := self._queue.get()) is not None:
            ticket, program = item
            if self._stopping.is_set() or self._sandbox is None:
                self._mailbox.put((BENCH, ticket, None))
                continue
            try:
                result: Ran | ProgramNotRun = self._sandbox.run(program)
            except ProgramNotRun as problem:
                result = problem
            self._mailbox.put((BENCH, ticket, result))

    def receive(self, ticket: int, result: Ran | ProgramNotRun | None) -> list[Delivered]:
        """Take a result, keep it, and return what can be delivered; None was not run."""
        item = self._tickets.pop(ticket, None)
        if item is None:
            return []
        del self._wanted[item.key]
        if result is None:
            return []
        if isinstance(result, Ran) and self._executions is not None:
            self.executed += 1
            self._done.add(item.key)
            self._executions.put(item.key, result, sandbox=self.kind, run=self._run)
        return [(waiter, place, result) for waiter, place in item.waiters]

    def stop_asking(self) -> None:
        """Begin no more programs; what runs may still end."""
        self._stopping.set()

    def commit(self) -> None:
        """Put every result received so far on disk."""
        if self._executions is not None:
            self._executions.commit()

    def close(self) -> None:
        """End the sandbox and keep what has come."""
        self.stop_asking()
        for _ in self._threads:
            self._queue.put(None)
        if self._sandbox is not None:
            self._sandbox.close()
        if self._executions is not None:
            self._executions.close()
