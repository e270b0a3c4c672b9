"""Files that are whole or absent: atomic writes, locks, names, and errors said in words."""

from __future__ import annotations

import errno
import os
import re
import secrets
import sqlite3
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from urllib.parse import quote, unquote

from benchwright.core.errors import PoolError

TEMPORARY = ".tmp-"
"""How the names of files begin that are not whole yet; no reader looks at them."""

_FULL = ("database or disk is full", "no space left", "file too large", "disk quota")
_READABLE = "@+=,()-._~ "


@contextmanager
def storage(path: Path, mend: str) -> Iterator[None]:
    """Turn an error of the disk, SQLite or DuckDB into a ``PoolError`` that names ``path``.

    ``mend`` says what to do if the file turns out to be damaged.
    """
    kinds: tuple[type[Exception], ...] = (OSError, sqlite3.Error)
    if "duckdb" in sys.modules:
        import duckdb  # heavy, so it is imported only where a query brought it in already

        kinds = (*kinds, duckdb.Error)
    try:
        yield
    except kinds as cause:
        raise PoolError(_explained(path, cause, mend)) from cause


def _explained(path: Path, cause: Exception, mend: str) -> str:
    said = str(cause).strip().partition("\n")[0]
    number = cause.errno if isinstance(cause, OSError) else None
    full = number in (errno.ENOSPC, errno.EDQUOT, errno.EFBIG)
    if full or any(words in said.lower() for words in _FULL):
        return (
            f"{path}: the disk is full. Nothing that was committed is lost; make room, then run "
            f"the same command again: it goes on where it stopped. ({said})"
        )
    if "out of memory" in said.lower():
        return f"{path}: reading it takes more memory than there is. ({said})"
    if "database is locked" in said:
        return f"{path}: another process keeps it locked; wait for it or stop it. ({said})"
    if number in (errno.EACCES, errno.EPERM, errno.EROFS) or "readonly" in said:
        return f"{path}: may not be written or read here; mend its permissions. ({said})"
    if "disk I/O error" in said or (number is not None and number != errno.ENOENT):
        return (
            f"{path}: the disk refused ({said}). Nothing that was committed is lost; mend the "
            "disk, then run the same command again."
        )
    return f"{path}: missing or damaged ({said}). {mend}"


def write_whole(path: Path, data: bytes, *, fsync: bool) -> None:
    """Write ``data`` so that ``path`` holds all of it or what it held before."""
    temporary = path.with_name(f"{TEMPORARY}{secrets.token_hex(8)}")
    with storage(path, "Run the same command again."):
        path.parent.mkdir(parents=True, exist_ok=True)
        try:
            with temporary.open("xb") as file:
                file.write(data)
                if fsync:
                    file.flush()
                    os.fsync(file.fileno())
            temporary.replace(path)
        except OSError:
            temporary.unlink(missing_ok=True)
            raise
        if fsync:
            sync(path.parent)


def sync(path: Path) -> None:
    """Return when the file or folder at ``path`` would survive a loss of power."""
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


@contextmanager
def locked(path: Path) -> Iterator[None]:
    """Hold the lock file at ``path``, alone among the processes of this host."""
    import fcntl  # absent on Windows, where a pool can be read but not shared

    with storage(path, "Make the folder writable."):
        descriptor = os.open(path, os.O_RDWR | os.O_CREAT, 0o644)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX)
        yield
    finally:
        os.close(descriptor)


class Presence:
    """Says to other processes that this one has the pool open, for as long as it lives."""

    def __init__(self, path: Path) -> None:
        """Hold the lock file at ``path`` together with everyone else who has the pool open."""
        self._descriptor: int | None = None
        try:
            self._descriptor = os.open(path, os.O_RDWR | os.O_CREAT, 0o644)
        except (PermissionError, OSError) as cause:
            if cause.errno not in (errno.EACCES, errno.EPERM, errno.EROFS):
                raise
            return  # a pool that may only be read needs no one's consideration
        import fcntl  # absent on Windows, where a pool can be read but not shared

        fcntl.flock(self._descriptor, fcntl.LOCK_SH)

    @contextmanager
    def alone(self) -> Iterator[bool]:
        """Tell whether nobody else has the pool open; if so, nobody can open it meanwhile."""
        import fcntl

        if self._descriptor is None:
            yield False
            return
        try:
            fcntl.flock(self._descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            # A failed upgrade may have let go of the shared lock.
            fcntl.flock(self._descriptor, fcntl.LOCK_SH)
            yield False
            return
        try:
            yield True
        finally:
            fcntl.flock(self._descriptor, fcntl.LOCK_SH)

    def close(self) -> None:
        """Let go; twice changes nothing."""
        if self._descriptor is not None:
            os.close(self._descriptor)
            self._descriptor = None


def slug(name: str) -> str:
    """Return ``name`` as a file name that people recognise; different names may share one."""
    return re.sub(r"[^A-Za-z0-9._]+", "-", name).strip("-.")[:60] or "model"


def file_name(name: str) -> str:
    """Return ``name`` as one file name that ``name_of`` turns back."""
    escaped = quote(name, safe=_READABLE)
    return "%2E" + escaped[1:] if escaped.startswith(".") else escaped


def name_of(file_name: str) -> str:
    """Return the name that ``file_name`` stands for."""
    return unquote(file_name)


def nothing_happens(point: str) -> None:
    """Do nothing at ``point``: where tests pull the plug, everyone else goes on."""


Checkpoint = Callable[[str], None]
"""Called with the name of each point at which a crash must do no harm."""
