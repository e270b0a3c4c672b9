"""What one pass over a file's samples told, remembered by the file's content.

A census is a function of the file's bytes, of which fields are read, and of the code that reads
them. It is kept in the user's cache under a digest of all three, so that a file that was read once
need only be hashed: another byte, another field or another line of that code is another name.
"""

from __future__ import annotations

import contextlib
import hashlib
import tempfile
from functools import cache
from pathlib import Path

import msgspec
from msgspec import Struct

from benchwright.cache import cache_folder
from benchwright.core.canonical import canonical, digest

WORTH_KEEPING = 10_000
"""Fewer samples than this are read anew as fast as a census of them is found."""

READERS = (
    "benchmarks/census.py", "benchmarks/file.py", "benchmarks/version.py", "core/canonical.py",
    "core/content.py", "core/sample.py", "models/records.py",
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
    try:
        data = _place(name).read_bytes()
        return msgspec.json.decode(data, type=Census)
    except (OSError, msgspec.DecodeError):
        return None  # it can be taken again


def keep(name: str, census: Census) -> None:
    """Keep ``census`` under ``name``, where it is worth it."""
    if census.size < WORTH_KEEPING:
        return
    place = _place(name)
    # A cache that cannot be written costs time at the next start, nothing else.
    with contextlib.suppress(OSError):
        place.parent.mkdir(parents=True, exist_ok=True)
        with tempfile.NamedTemporaryFile("wb", dir=place.parent, delete=False) as file:
            file.write(msgspec.json.encode(census))
        Path(file.name).replace(place)


def _place(name: str) -> Path:
    return cache_folder() / "censuses" / f"{name}.json"


@cache
def _code() -> str:
    hashed = hashlib.blake2b(digest_size=16)
    root = Path(__file__).parents[1]
    for reader in READERS:
        hashed.update((root / reader).read_bytes())
    return hashed.hexdigest()
