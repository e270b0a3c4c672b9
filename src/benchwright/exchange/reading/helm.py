"""Placeholder."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from benchwright.exchange.limits import Limits
from benchwright.exchange.log import Log


def sniff(path: Path) -> bool:
    return False


def read(path: Path, limits: Limits) -> Iterator[Log]:
    yield from ()
