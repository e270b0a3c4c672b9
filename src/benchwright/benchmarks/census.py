"""What one pass over a file's samples told, remembered by the file's content.

A census is a function of the file's bytes, of which fields are read, and of the code that reads
them. It is kept in the user's cache under a digest of all three, so that a file that was read once
need only be hashed: another byte, another field or another line of that code is another name.
"""

from __future__ import annotations

import functools
import hashlib
from pathlib import Path

from msgspec import Struct

from benchwright import cache
from benchwright.core.canonical import canonical, digest

WORTH_KEEPING = 10_000
"""Fewer samples than this are read anew as fast as a census of them is found."""

READERS = (
    "benchmarks/census.py", "benchmarks/file.py", "benchmarks/spool.py", "benchmarks/version.py",
    "core/canonical.py", "core/content.py", "core/sample.py", "models/records.py",
)  # fmt: skip
"""The code between a file's bytes and a census."""


class Census(Struct, frozen=True, kw_only=True):
    """What all samples of a file come to."""

    version: str
    """The benchmark's version: card version and digest of the samples."""
    strata: dict[str, int]
    """Number of samples per value of the card's stratum."""
    readings: tuple[str, ...]
    """In which ways every target of the file can be read, where one of them alone had several."""

    @property
    def size(self) -> int:
        """Number of samples."""
        return sum(self.strata.values())


def name_of(file_digest: str, fields: Struct) -> str:
    """Return the name of the census of the file with this sha256, read by ``fields``."""
    return digest(canonical([file_digest, fields, _code()]), 16)


def recall(name: str) -> Census | None:
    """Return the census kept under ``name``, or None."""
    return cache.recall(_place(name), Census)


def keep(name: str, census: Census) -> None:
    """Keep ``census`` under ``name``, where it is worth it."""
    if census.size >= WORTH_KEEPING:
        cache.remember(_place(name), census)


def _place(name: str) -> Path:
    return cache.cache_folder() / "censuses" / f"{name}.json"


@functools.cache
def _code() -> str:
    hashed = hashlib.blake2b(digest_size=16)
    root = Path(__file__).parents[1]
    for reader in READERS:
        hashed.update((root / reader).read_bytes())
    return hashed.hexdigest()
