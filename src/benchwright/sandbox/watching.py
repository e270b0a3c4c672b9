"""Watching a group of processes from outside: how many, how much memory, how full their disk.

Read from the kernel's own tables of the group's processes; nothing that they write is read.
"""

from __future__ import annotations

import os
from pathlib import Path

from msgspec import Struct

from benchwright.core.execution import Ending

PAGE = os.sysconf("SC_PAGE_SIZE")
MOST_FILES = 20_000  # an empty file takes a kilobyte of the kernel's memory, which no limit counts


class Bounds(Struct, frozen=True, kw_only=True):
    """What a group may use."""

    memory: int
    """Bytes."""
    processes: int
    """How many alive at once."""


def group(process: int) -> list[int]:
    """Return ``process`` and all that descend from it."""
    found, todo = [], [process]
    while todo:
        one = todo.pop()
        found.append(one)
        try:
            for task in Path(f"/proc/{one}/task").iterdir():
                children = (task / "children").read_text()
                todo += map(int, children.split())
        except OSError:  # ended meanwhile
            continue
    return found


def overstepped(first: int, bounds: Bounds, folder: str) -> Ending | None:
    """Return which bound the group of ``first`` is over, or None.

    Args:
        first: The process from which all descend.
        bounds: What it may use.
        folder: Its private folder, as the group sees it; empty where it has none of its own.
    """
    members = group(first)
    if len(members) > bounds.processes:
        return "processes"
    resident = sum(_resident(member) for member in members)
    if resident > bounds.memory and sum(_share(member) for member in members) > bounds.memory:
        return "memory"
    if folder and (used := files_in(members[-1], folder)) is not None and used > MOST_FILES:
        return "disk"
    return None


def files_in(process: int, folder: str) -> int | None:
    """Return the number of files on the file system ``folder`` of ``process``; None: not to see."""
    try:
        found = os.statvfs(f"/proc/{process}/root{folder}")
    except OSError:
        return None
    return found.f_files - found.f_ffree


def _resident(process: int) -> int:
    try:
        return int(Path(f"/proc/{process}/statm").read_text().split()[1]) * PAGE
    except (OSError, IndexError):
        return 0


def _share(process: int) -> int:
    """Return the bytes that ``process`` holds, shared ones in parts."""
    try:
        for line in Path(f"/proc/{process}/smaps_rollup").read_text().splitlines():
            if line.startswith("Pss:"):
                return int(line.split()[1]) * 1024
    except (OSError, ValueError):
        pass
    return _resident(process)
