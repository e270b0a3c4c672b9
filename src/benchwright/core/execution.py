"""Code to be run in the sandbox, and what came of it."""

from __future__ import annotations

from typing import Literal

from msgspec import Struct, field

Ending = Literal["ended", "timeout", "memory", "output", "processes", "killed"]
"""How a program ended: by itself, or by which limit."""


class Program(Struct, frozen=True, gc=False, kw_only=True, omit_defaults=True):
    """One program, complete: what a flow yields to have code run."""

    language: str = "python"
    """The runtime that it needs; the sandbox knows which are here."""
    files: dict[str, str] = field(default_factory=dict)
    """Path within the program's own folder → text; of Python, ``main.py`` holds the candidate."""
    command: tuple[str, ...] = ()
    """What is started in that folder; empty is the language's usual."""
    stdin: str = ""
    """What it may read."""
    checks: str = ""
    """Python tests of the candidate, which run where the candidate cannot reach the verdict."""
    seconds: float = 10.0
    """Wall-clock time after which the whole group is killed."""
    memory: int = 1 << 30
    """Most bytes of memory."""
    processes: int = 16
    """Most processes alive at once."""
    output: int = 1 << 16
    """Most bytes kept of what it writes; more ends it."""


class Ran(Struct, frozen=True, gc=False, kw_only=True, omit_defaults=True):
    """What came of a program."""

    ending: Ending = "ended"
    """How it ended."""
    passed: bool | None = None
    """Whether every check held; None where there were none."""
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
