"""Code to be run in the sandbox, and what came of it."""

from __future__ import annotations

from typing import Literal

from msgspec import Struct, field

Ending = Literal["ended", "timeout", "memory", "output", "processes", "disk", "killed"]
"""How a program ended: by itself, or by which limit; ``killed`` is by a signal of its own doing."""


class Program(Struct, frozen=True, gc=False, kw_only=True, omit_defaults=True):
    """One program, complete: what a flow yields to have code run.

    With ``checks``, ``files["main.py"]`` is the candidate and ``checks`` are Python tests of it:
    every name that they use and do not bind is the candidate's. They hold when they end without an
    exception. Without, ``command`` is run and only its output and status come back.
    """

    language: str = "python"
    """The runtime that it needs; the sandbox knows which are here."""
    packages: tuple[str, ...] = ()
    """Python packages that it may import besides the standard library, by import name."""
    files: dict[str, str] = field(default_factory=dict)
    """Path within the program's own folder → text; of Python, ``main.py`` holds the candidate."""
    command: tuple[str, ...] = ()
    """What is started in that folder; empty is the language's usual."""
    stdin: str = ""
    """What it may read."""
    checks: str = ""
    """Python tests of the candidate, which run where the candidate cannot reach the verdict."""
    calls: tuple[str, ...] = ()
    """Names that the checks take from the candidate; empty: all that they read, do not bind and
    that are no builtins. To be stated where one is a builtin's (``sum``)."""
    apart: bool = True
    """Whether the checks have a process of their own, which calls the candidate's functions over a
    pipe with plain values. False is weaker and for tests that need more than plain values (classes,
    functions, arrays): they run in the candidate's interpreter, where hostile code could forge
    them. Stated by the benchmark for each problem, never chosen by what a candidate does."""
    seconds: float = 10.0
    """Wall-clock time after which the whole group is killed."""
    memory: int = 1 << 30
    """Most bytes of memory, of all its processes together."""
    processes: int = 16
    """Most processes and threads alive at once."""
    output: int = 1 << 16
    """Most bytes kept of what it writes; more ends it."""
    disk: int = 64 << 20
    """Most bytes of its folder and temporary files together."""
    root: bool = False
    """Whether it may write at the root of the file system as well, which is its own."""


class Ran(Struct, frozen=True, gc=False, kw_only=True, omit_defaults=True):
    """What came of a program."""

    ending: Ending = "ended"
    """How it ended."""
    passed: bool | None = None
    """Whether every check held; None where there were none, or where the checks cannot be run
    apart (``problem`` says why), which no candidate can bring about."""
    apart: bool = True
    """Whether the verdict was made where the candidate could not reach it."""
    exit_code: int | None = None
    """Exit status, where it ended by itself."""
    stdout: str = ""
    """What it wrote, as far as the limit goes; written by the candidate, so never a verdict."""
    stderr: str = ""
    """What it complained of."""
    problem: str = ""
    """The first check that failed, or why the program could not be run to its end."""
    seconds: float = 0.0
    """Wall-clock time."""


class ProgramNotRun(Exception):
    """Thrown into a flow whose program could not be run: the sandbox's fault, never a verdict."""

    def __init__(self, reason: str) -> None:
        """Say why, and what mends it."""
        self.reason = reason
        super().__init__(reason)
