"""One attack, the scene that it finds, and what must not come of it."""

from __future__ import annotations

import os
import secrets
import socket
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from msgspec import Struct

from benchwright.core.execution import Ending, Program, Ran
from benchwright.sandbox.watching import group

CHECKS = "assert f(2) == 4\nassert f(3) == 9\n"
MEGABYTE = 1 << 20


class Attack(Struct, frozen=True, kw_only=True):
    """One attack."""

    name: str
    """What it tries."""
    must: str
    """What must come of it, in words."""
    source: str
    """The candidate."""
    checks: str = CHECKS
    """The checks that judge it."""
    apart: bool = True
    """Whether the checks run apart."""
    passed: bool = False
    """Whether the checks must hold: for attacks that report what they could reach."""
    endings: tuple[Ending, ...] = ("ended",)
    """How it may end."""
    seconds: float = 5.0
    """Time that it has."""
    memory: int = 256 * MEGABYTE
    """Memory that it has."""


class Scene(Struct, frozen=True, kw_only=True):
    """What an attack is after on this machine."""

    folder: Path
    """A folder outside the sandbox, with a file ``secret`` in it."""
    secret: str
    """What the file and an environment variable hold."""
    port: int
    """A port on which this machine listens."""
    abstract: str
    """The name of an abstract socket on which this machine listens."""
    token: str
    """A word for command lines, by which processes left behind are found."""

    def program(self, attack: Attack) -> Program:
        """Return the program of ``attack``."""
        source = attack.source
        for name in ("folder", "secret", "port", "abstract", "token"):
            source = source.replace(f"@{name}@", str(getattr(self, name)))
        return Program(
            files={"main.py": source},
            checks=attack.checks.replace("@secret@", self.secret),
            apart=attack.apart,
            seconds=attack.seconds,
            memory=attack.memory,
            disk=16 * MEGABYTE,
        )

    def harm(self) -> list[str]:
        """Return what an attack left behind or changed on this machine."""
        found = [f"wrote {p.name}" for p in self.folder.iterdir() if p.name != "secret"]
        if (self.folder / "secret").read_text() != self.secret:
            found.append("changed the secret")
        for process in Path("/proc").glob("[0-9]*/cmdline"):
            try:
                line = process.read_bytes()
            except OSError:
                continue
            if self.token.encode() in line:
                found.append(f"left a process: {line.decode(errors='replace')}")
        return found


@contextmanager
def scene(folder: Path) -> Iterator[Scene]:
    """Set the scene in ``folder``, which must be empty, and yield it."""
    secret, token = secrets.token_hex(12), f"left-{secrets.token_hex(6)}"
    (folder / "secret").write_text(secret)
    abstract = f"benchwright-{token}"
    with (
        socket.create_server(("127.0.0.1", 0)) as listener,
        socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as unix,
    ):
        unix.bind(f"\0{abstract}")
        unix.listen()
        os.environ["BENCHWRIGHT_TRIAL_SECRET"] = secret
        try:
            yield Scene(
                folder=folder,
                secret=secret,
                port=listener.getsockname()[1],
                abstract=abstract,
                token=token,
            )
        finally:
            del os.environ["BENCHWRIGHT_TRIAL_SECRET"]


def wrong(attack: Attack, ran: Ran) -> str:
    """Return what is not as it must be; empty where all is."""
    if ran.passed is not attack.passed:
        return f"passed is {ran.passed}: {ran.problem}"
    if ran.ending not in attack.endings:
        return f"it ended by {ran.ending}, not {' or '.join(attack.endings)}: {ran.problem}"
    if ran.apart is not attack.apart:
        return "the result does not say how it was judged"
    return ""


def alive(process: int) -> int:
    """Return how many processes there are in the group of ``process``."""
    return len(group(process))
