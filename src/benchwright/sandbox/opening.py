"""A sandbox, opened: workers that are warm, and programs handed to whichever is free."""

from __future__ import annotations

import contextlib
import os
import select
import subprocess
import sys
import threading
from pathlib import Path
from queue import SimpleQueue
from types import TracebackType
from typing import Self

import msgspec

from benchwright.core.canonical import canonical, digest
from benchwright.core.execution import Program, ProgramNotRun, Ran
from benchwright.sandbox import runtimes
from benchwright.sandbox.finding import choose
from benchwright.sandbox.inside import frames
from benchwright.sandbox.walls import INSIDE, Kind
from benchwright.sandbox.worker import Reply

RULES = "1"
"""Raised whenever the same program could come to something else."""
PATIENCE_SECONDS = 120.0  # beyond a program's own time, before its worker counts as stuck


def open_sandbox(wanted: str = "auto", *, workers: int = 0) -> Sandbox:
    """Open a sandbox.

    Args:
        wanted: ``auto``, ``bubblewrap``, ``docker``, ``podman``, or ``none``: no walls at all.
        workers: How many programs run at once; 0 is one a core.

    Raises:
        DescriptionError: none of what is wanted works here; says why, and what mends it.
    """
    return Sandbox(choose(wanted), workers or len(os.sched_getaffinity(0)))


class Sandbox:
    """Runs programs; any number of threads may ask."""

    def __init__(self, kind: Kind, workers: int) -> None:
        """Prepare ``workers`` workers behind walls of one kind; they start when needed."""
        self.kind: Kind = kind
        """What the walls are made of."""
        self.workers = workers
        """How many programs run at once."""
        self._free: SimpleQueue[_Worker | None] = SimpleQueue()
        self._all: set[_Worker] = set()
        self._turn = threading.Lock()
        self._closed = False
        for _ in range(workers):
            self._free.put(None)

    def run(self, program: Program) -> Ran:
        """Run ``program``, waiting for a free worker, and return what came of it.

        Raises:
            ProgramNotRun: the sandbox could not run it.
        """
        worker = self._free.get()
        try:
            if worker is None or not worker.alive:
                worker = self._started()
            return worker.run(program)
        finally:
            self._free.put(worker)

    def key(self, program: Program) -> str:
        """Return the 32 hexadecimal characters that name this program, here: what it would come to.

        The same program in the same runtime behind the same walls has the same key.
        """
        where = [RULES, self.kind, runtimes.described("python", program.packages)]
        if program.language != "python":
            where.append(runtimes.described(program.language))
        return digest(canonical(program) + "\n".join(where).encode(), 16)

    @property
    def processes(self) -> list[int]:
        """The processes of the workers that have started."""
        with self._turn:
            return [worker.process for worker in self._all]

    def close(self) -> None:
        """End all workers with what they run; a program that runs is not run to its end."""
        with self._turn:
            self._closed = True
            workers, self._all = self._all, set()
        for worker in workers:
            worker.close()

    def __enter__(self) -> Self:
        """Return the sandbox."""
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        """Close the sandbox."""
        self.close()

    def _started(self) -> _Worker:
        with self._turn:
            if self._closed:
                raise ProgramNotRun("the sandbox is closed")
            worker = _Worker(self.kind)
            self._all.add(worker)
            return worker


class _Worker:
    """One worker's process, as this one sees it."""

    def __init__(self, kind: Kind) -> None:
        path = os.pathsep.join(
            dict.fromkeys([str(Path(INSIDE).parents[2]), *filter(None, sys.path)])
        )
        try:
            self._process = subprocess.Popen(  # noqa: S603 - a module of our own
                [sys.executable, "-m", "benchwright.sandbox.worker", kind],
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=subprocess.DEVNULL,
                env={**os.environ, "PYTHONPATH": path},
                start_new_session=True,
            )
        except OSError as error:
            raise ProgramNotRun(f"a worker of the sandbox does not start: {error}") from error
        assert self._process.stdin is not None and self._process.stdout is not None  # noqa: S101
        self._into = self._process.stdin.fileno()
        self._out = self._process.stdout.fileno()
        self.alive = True

    @property
    def process(self) -> int:
        return self._process.pid

    def run(self, program: Program) -> Ran:
        try:
            frames.send(self._into, msgspec.json.encode(program))
            waiting = select.poll()
            waiting.register(self._out, select.POLLIN)
            ready = waiting.poll((program.seconds + PATIENCE_SECONDS) * 1000)
            text = frames.receive(self._out) if ready else None
        except OSError:
            text = None
        if text is None:
            self.close()
            raise ProgramNotRun("a worker of the sandbox ended or does not answer")
        reply = msgspec.json.decode(text, type=Reply)
        if reply.ran is None:
            raise ProgramNotRun(reply.refused)
        return reply.ran

    def close(self) -> None:
        self.alive = False
        with contextlib.suppress(OSError):
            self._process.kill()  # the kernel ends its cells with it
        self._process.wait()
        for stream in (self._process.stdin, self._process.stdout):
            if stream is not None:
                with contextlib.suppress(OSError):
                    stream.close()
