"""Which process holds a claim, and whether it still lives."""

from __future__ import annotations

import functools
import os
import subprocess
from pathlib import Path
from typing import Self

from msgspec import Struct

PROC = Path("/proc")


class Owner(Struct, frozen=True):
    """One process, told apart from every other one that had or will have its number."""

    host: str
    """Name of the host."""
    boot: str
    """The kernel's id of this start of the host; empty where there is none."""
    pid: int
    """The process's number."""
    started: str
    """When the process started, in the system's own measure."""

    @classmethod
    def me(cls) -> Self:
        """Return this process."""
        host, boot, start = _here(os.getpid())
        return cls(host, boot, os.getpid(), start)

    @classmethod
    def parse(cls, text: str) -> Self | None:
        """Return the owner that ``str`` gave, or None if the text is none."""
        parts = text.split("~")
        if len(parts) != 4 or not parts[2].isdecimal():
            return None
        return cls(parts[0], parts[1], int(parts[2]), parts[3])

    def __str__(self) -> str:
        """Return a text that is also a file name."""
        return f"{self.host}~{self.boot}~{self.pid}~{self.started}"

    def alive(self, proc: Path = PROC) -> bool:
        """Return whether this process runs here and now.

        A pool lives on a local disk, so a process of another host or another boot cannot be
        using it: its claims came with a copy, or outlived their host.
        """
        me = type(self).me()
        if (self.host, self.boot) != (me.host, me.boot):
            return False
        return bool(self.started) and started(self.pid, proc) == self.started


@functools.cache  # by number: a forked process is another one
def _here(pid: int) -> tuple[str, str, str]:
    return os.uname().nodename.replace("~", "-"), boot_id(), started(pid)


def boot_id(proc: Path = PROC) -> str:
    """Return the id of this start of the host; empty where the system has none."""
    try:
        return (proc / "sys/kernel/random/boot_id").read_text().strip()
    except OSError:
        return ""


def started(pid: int, proc: Path = PROC) -> str:
    """Return when process ``pid`` started, or an empty text if there is none or it is dead."""
    if not proc.is_dir():
        return _started_without_proc(pid)
    try:
        # The command's name may hold spaces and brackets: fields are counted from its end.
        fields = (proc / str(pid) / "stat").read_bytes().rpartition(b")")[2].split()
    except OSError:
        return ""
    dead = fields[0] in (b"Z", b"X")  # killed, but its parent has not looked yet
    return "" if dead else fields[19].decode()


def _started_without_proc(pid: int) -> str:
    shown = subprocess.run(  # noqa: S603 - a number and fixed words
        ["ps", "-o", "stat=,lstart=", "-p", str(pid)],  # noqa: S607 - wherever the system keeps it
        capture_output=True,
        text=True,
        check=False,
    )
    state, _, start = shown.stdout.strip().partition(" ")
    return "" if state.startswith("Z") else "-".join(start.split())
