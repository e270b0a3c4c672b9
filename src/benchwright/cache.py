"""The user's cache: what can be fetched, computed or measured again, kept so that it need not be.

What is measured holds for one machine, so what that is stands here as well.
"""

from __future__ import annotations

import contextlib
import os
import platform
import tempfile
from pathlib import Path
from typing import TypeVar

import msgspec

Kind = TypeVar("Kind")


def cache_folder() -> Path:
    """Return the user's cache: ``$BENCHWRIGHT_CACHE``, or ``benchwright`` in the system's place."""
    named = os.environ.get("BENCHWRIGHT_CACHE")
    if named:
        return Path(named).expanduser()
    root = os.environ.get("XDG_CACHE_HOME")
    return (Path(root) if root else Path.home() / ".cache") / "benchwright"


def recall(place: Path, kind: type[Kind]) -> Kind | None:
    """Return what ``remember`` kept at ``place``; None if there is nothing of this kind."""
    try:
        return msgspec.json.decode(place.read_bytes(), type=kind)
    except (OSError, msgspec.DecodeError, UnicodeDecodeError):
        return None


def remember(place: Path, found: object) -> None:
    """Keep ``found`` at ``place``, whole or not at all.

    A cache that cannot be written costs the same work another time, nothing else.
    """
    with contextlib.suppress(OSError):
        place.parent.mkdir(parents=True, exist_ok=True)
        with tempfile.NamedTemporaryFile("wb", dir=place.parent, delete=False) as file:
            file.write(msgspec.json.encode(found))
        Path(file.name).replace(place)


def machine() -> dict[str, str]:
    """Return what this machine is: processor, cores, memory, system; not whose it is."""
    described = {
        "system": platform.platform(terse=True),
        "cores": str(os.cpu_count() or ""),
    }
    cpuinfo, meminfo = Path("/proc/cpuinfo"), Path("/proc/meminfo")
    if cpuinfo.exists():
        names = [line for line in cpuinfo.read_text().split("\n") if line.startswith("model name")]
        described["processor"] = names[0].partition(":")[2].strip() if names else ""
    if meminfo.exists():
        described["memory"] = meminfo.read_text().split("\n", 1)[0].partition(":")[2].strip()
    return described
