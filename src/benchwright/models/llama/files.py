"""Files on this machine: the user's cache folder, and digests of files that are read once."""

from __future__ import annotations

import hashlib
import os
from pathlib import Path

from benchwright.core.errors import ModelError


def cache_folder() -> Path:
    """Return the user's cache folder: ``$BENCHWRIGHT_CACHE`` or ``~/.cache/benchwright``."""
    named = os.environ.get("BENCHWRIGHT_CACHE")
    return Path(named).expanduser() if named else Path.home() / ".cache" / "benchwright"


def file_digest(path: Path) -> str:
    """Return the sha256 of a file's bytes, remembered by path, size, time of change and inode.

    Raises:
        ModelError: the file cannot be read.
    """
    try:
        stat = path.stat()
        known = f"{path.resolve()}\n{stat.st_size}\n{stat.st_mtime_ns}\n{stat.st_ino}"
        name = hashlib.blake2b(known.encode("utf-8", "surrogateescape"), digest_size=16).hexdigest()
        remembered = cache_folder() / "digests" / name
        if remembered.is_file():
            digest = remembered.read_text("ascii").strip()
            if len(digest) == 64:
                return digest
        with path.open("rb") as file:
            digest = hashlib.file_digest(file, "sha256").hexdigest()
    except OSError as error:
        raise ModelError(f"{path}: cannot be read: {error.strerror}") from error
    _remember(remembered, digest)
    return digest


def _remember(place: Path, digest: str) -> None:
    # A folder that cannot be written costs the next start a second; it is no error.
    try:
        place.parent.mkdir(parents=True, exist_ok=True)
        temporary = place.with_name(f"{place.name}.{os.getpid()}")
        temporary.write_text(digest + "\n", "ascii")
        temporary.replace(place)
    except OSError:
        return
