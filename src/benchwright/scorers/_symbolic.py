"""Computer algebra for what sample points do not decide, in a process that is killed when late.

sympy can run for hours and fill any memory on hostile input. It runs in one worker process, which
gets trees (never text to be evaluated) and answers yes, no or nothing within a limit of processor
time; one that is silent for longer is killed and started anew. Needs the extra ``[math]``.
"""

from __future__ import annotations

import atexit
import importlib.util
import json
import subprocess
import sys
import threading
from fractions import Fraction
from functools import cache
from queue import Empty, Queue
from typing import IO, Any

from benchwright.core.errors import MissingExtra
from benchwright.scorers._latex import Tree

_PATIENCE = 15.0
"""Seconds of silence after which the worker is killed. By itself it gives up after one second of
processor time; it is silent where it is starved of that, or stuck in a library's own loop."""
_MODULE = "benchwright.scorers._symbolic_worker"


def require() -> None:
    """Refuse to go on without the extra: what is installed must not decide a verdict.

    Raises:
        MissingExtra: sympy is not installed.
    """
    if importlib.util.find_spec("sympy") is None:
        raise MissingExtra("math", "Comparing mathematical expressions")


def decide(one: Tree, other: Tree) -> bool:
    """Return whether computer algebra shows two trees equal; False where it does not say.

    Raises:
        MissingExtra: sympy is not installed.
    """
    require()
    return _worker().ask([plain(one), plain(other)]) is True


def plain(one: Tree) -> list[Any]:
    """Return a tree as JSON can hold it."""
    return [
        plain(part)
        if isinstance(part, tuple)
        else f"{part.numerator}/{part.denominator}"
        if isinstance(part, Fraction)
        else part
        for part in one
    ]


class Worker:
    """A process that answers one question at a time, or is replaced."""

    def __init__(self, module: str = _MODULE, patience: float = _PATIENCE) -> None:
        """Prepare, without starting anything.

        Args:
            module: What the process runs: one JSON question a line in, one answer a line out.
            patience: Seconds after which a silent process is killed.
        """
        self._module = module
        self._patience = patience
        self._lock = threading.Lock()
        self._process: subprocess.Popen[str] | None = None
        self._answers: Queue[str] = Queue()

    def ask(self, question: Any) -> Any:
        """Return the answer; None where there is none in time."""
        with self._lock:
            for _ in range(2):  # a process that died between two questions is no answer
                process = self._running()
                try:
                    assert process.stdin is not None  # noqa: S101 - it is a pipe
                    process.stdin.write(f"{json.dumps(question)}\n")
                    process.stdin.flush()
                except OSError:
                    self._end()
                    continue
                try:
                    line = self._answers.get(timeout=self._patience)
                except Empty:
                    line = ""
                if not line:
                    self._end()
                    return None
                return json.loads(line)
            return None

    def close(self) -> None:
        """End the process."""
        with self._lock:
            self._end()

    def _running(self) -> subprocess.Popen[str]:
        if self._process is None:
            self._answers = Queue()
            self._process = subprocess.Popen(  # noqa: S603 - our own module, no shell
                [sys.executable, "-I", "-m", self._module],
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=subprocess.DEVNULL,
                text=True,
                encoding="ascii",
            )
            reader = threading.Thread(
                target=_forward, args=(self._process.stdout, self._answers), daemon=True
            )
            reader.start()
        return self._process

    def _end(self) -> None:
        if self._process is None:
            return
        process, self._process = self._process, None
        process.kill()
        process.wait()
        for stream in (process.stdin, process.stdout):
            if stream is not None:
                try:
                    stream.close()
                except OSError:
                    continue


def _forward(stream: IO[str], answers: Queue[str]) -> None:
    try:
        for line in stream:
            answers.put(line)
    except ValueError:  # closed while it was read
        pass
    answers.put("")


@cache
def _worker() -> Worker:
    worker = Worker()
    atexit.register(worker.close)
    return worker
