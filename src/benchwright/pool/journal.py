"""The journal of one model: what it was asked, what it answered, and who is asking now."""

from __future__ import annotations

import math
import os
import sqlite3
import time
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from types import TracebackType
from typing import Any, Self

import msgspec
from msgspec import Struct

from benchwright.core.errors import PoolError
from benchwright.core.request import Request
from benchwright.core.response import Failure, Response
from benchwright.pool.disk import storage
from benchwright.pool.owner import Owner
from benchwright.pool.packing import (
    pack_failure,
    pack_request,
    pack_response,
    unpack_failure,
    unpack_request,
    unpack_response,
)

MEND = (
    "Recover what can be read with `sqlite3 FILE .recover | sqlite3 NEW` and put NEW in its place, "
    "or move it out of the pool: what it held will be asked again."
)
WAIT_SECONDS = 60.0
"""How long a process waits for another one's transaction before it gives up."""

LOG_PAGES = 8_000
"""Pages (32 MB) that the log may hold before they are moved: keys are random, so that a page is
changed by many commits, and is moved once for all of them."""

_BATCH = 500
_KNOWN_TEXTS = 65_536

SCHEMA = """
CREATE TABLE IF NOT EXISTS about(name TEXT PRIMARY KEY, value TEXT NOT NULL) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS responses(
    id INTEGER PRIMARY KEY,
    key BLOB NOT NULL UNIQUE,
    role TEXT NOT NULL,
    request TEXT,
    response TEXT,
    failure TEXT,
    tokens_in INTEGER,
    tokens_cached INTEGER,
    tokens_out INTEGER,
    seconds REAL,
    asked_at REAL NOT NULL,
    run TEXT NOT NULL
);
CREATE TABLE IF NOT EXISTS attempts(
    id INTEGER PRIMARY KEY,
    key BLOB NOT NULL,
    run TEXT NOT NULL,
    at REAL NOT NULL,
    kind TEXT NOT NULL,
    message TEXT NOT NULL
);
CREATE TABLE IF NOT EXISTS claims(key BLOB PRIMARY KEY, owner TEXT NOT NULL) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS texts(
    id INTEGER PRIMARY KEY, digest TEXT NOT NULL UNIQUE, text TEXT NOT NULL
);
CREATE VIEW IF NOT EXISTS spend AS
SELECT role, run, count(response) AS requests, count(failure) AS failures,
    sum(response IS NOT NULL AND tokens_in + tokens_out IS NULL) AS uncounted,
    coalesce(sum(tokens_in), 0) AS tokens_in,
    coalesce(sum(tokens_cached), 0) AS tokens_cached,
    coalesce(sum(tokens_out), 0) AS tokens_out,
    coalesce(sum(seconds), 0.0) AS seconds
FROM responses GROUP BY role, run;
CREATE VIEW IF NOT EXISTS prompts AS
SELECT responses.id AS id, lower(hex(responses.key)) AS key, piece.key AS number,
    coalesce(texts.text, piece.value) AS piece
FROM responses, json_each(responses.request, '$.prompt') AS piece
    LEFT JOIN texts
    ON texts.digest = CASE piece.type WHEN 'object' THEN json_extract(piece.value, '$.ref') END;
"""

_PUT = """
INSERT INTO responses(key, role, request, response, failure,
    tokens_in, tokens_cached, tokens_out, seconds, asked_at, run)
VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
ON CONFLICT(key) DO UPDATE SET role = excluded.role, request = excluded.request,
    response = excluded.response, failure = excluded.failure, tokens_in = excluded.tokens_in,
    tokens_cached = excluded.tokens_cached, tokens_out = excluded.tokens_out,
    seconds = excluded.seconds, asked_at = excluded.asked_at, run = excluded.run
"""


class JournalInfo(Struct, frozen=True, kw_only=True):
    """Which journal belongs to which model."""

    model: str
    """Display name of the model when the journal was made."""
    model_key: str
    """Digest of what the model is."""
    path: Path
    """The SQLite file."""


def connect(path: Path, *, fsync: bool = False) -> sqlite3.Connection:
    """Open the SQLite file of a journal for writing, and make it if need be."""
    connection = sqlite3.connect(
        path.absolute().as_uri(),
        uri=True,  # so that `merge` may attach another file for reading only
        timeout=WAIT_SECONDS,
        isolation_level=None,
        check_same_thread=False,
    )
    try:
        connection.execute("PRAGMA journal_mode = WAL")
        connection.execute(f"PRAGMA synchronous = {'FULL' if fsync else 'NORMAL'}")
        connection.execute(f"PRAGMA wal_autocheckpoint = {LOG_PAGES}")
    except sqlite3.Error:
        connection.close()
        raise
    return connection


def read_only(path: Path) -> sqlite3.Connection:
    """Open the SQLite file of a journal for reading."""
    options = "mode=ro"
    log = path.with_name(f"{path.name}-wal")
    if not os.access(path.parent, os.W_OK) and not log.exists():
        options += "&immutable=1"  # SQLite would want to make its lock file beside it
    return sqlite3.connect(
        f"{path.absolute().as_uri()}?{options}",
        uri=True,
        timeout=WAIT_SECONDS,
        isolation_level=None,
    )


def read_info(path: Path) -> JournalInfo:
    """Return which model the journal at ``path`` belongs to.

    Raises:
        PoolError: the file is no journal or is damaged.
    """
    with storage(path, MEND):
        connection = read_only(path)
        try:
            about = dict(connection.execute("SELECT name, value FROM about").fetchall())
        finally:
            connection.close()
    if not {"model", "model_key"} <= about.keys():
        raise PoolError(f"{path}: does not say whose journal it is. {MEND}")
    return JournalInfo(model=about["model"], model_key=about["model_key"], path=path)


@contextmanager
def transaction(connection: sqlite3.Connection) -> Iterator[None]:
    """Make what happens inside one transaction: all of it, or after an error nothing."""
    connection.execute("BEGIN IMMEDIATE")
    try:
        yield
        connection.execute("COMMIT")
    except BaseException:
        if connection.in_transaction:
            connection.execute("ROLLBACK")
        raise


class Journal:
    """What one model was asked; to be used from one thread.

    Answers and failed attempts are buffered until ``commit``; claims take effect at once.
    """

    def __init__(self, path: Path, *, model: str, model_key: str, fsync: bool = False) -> None:
        """Open the journal at ``path``, or begin it for this model."""
        self.path = path
        self._me = str(Owner.me())
        self._puts: dict[bytes, tuple[Request, Response | Failure, tuple[Any, ...]]] = {}
        self._attempts: list[tuple[bytes, str, float, str, str]] = []
        self._texts: dict[str, str] = {}
        self._known: set[str] = set()
        self._version = -1
        self._claimed: set[bytes] = set()
        with self._storage():
            self._connection = connect(path, fsync=fsync)
            with transaction(self._connection):
                for statement in SCHEMA.split(";\n"):
                    self._connection.execute(statement)
                self._connection.executemany(
                    "INSERT OR IGNORE INTO about(name, value) VALUES (?, ?)",
                    [("model", model), ("model_key", model_key)],
                )

    def kept(self, keys: Sequence[bytes]) -> dict[bytes, Response | Failure]:
        """Return what is known of ``keys``, whether committed or still buffered here."""
        found: dict[bytes, Response | Failure] = {}
        with self._storage():
            for key, response, failure in self._among(
                "SELECT key, response, failure FROM responses", keys
            ):
                found[key] = unpack_response(response) if response else unpack_failure(failure)
        found.update({key: self._puts[key][1] for key in keys if key in self._puts})
        return found

    def claim(self, keys: Sequence[bytes], *, again: bool = False) -> set[bytes]:
        """Return those of ``keys`` that this process may now ask, and keep others from asking.

        Left out are keys with an answer (unless they are asked ``again``) and keys that another
        living process has claimed. What a dead process had claimed is free at once.
        """
        alive: dict[str, bool] = {self._me: False}
        with self._storage(), transaction(self._connection):
            taken = set() if again else self._answered(keys)
            for key, owner in self._among("SELECT key, owner FROM claims", keys):
                if owner not in alive:
                    known = Owner.parse(owner)
                    alive[owner] = known is not None and known.alive()
                if alive[owner]:
                    taken.add(key)
            free = set(keys) - taken
            self._connection.executemany(
                "INSERT OR REPLACE INTO claims(key, owner) VALUES (?, ?)",
                [(key, self._me) for key in free],
            )
        self._claimed |= free
        return free

    def release(self, keys: Sequence[bytes]) -> None:
        """Give up the claims of this process on ``keys``."""
        with self._storage(), transaction(self._connection):
            self._drop_claims(keys)
        self._claimed.difference_update(keys)

    def put(
        self,
        key: bytes,
        request: Request,
        result: Response | Failure,
        run: str,
        *,
        asked_at: float | None = None,
    ) -> None:
        """Keep an answer, or a failure that would be the same again; the last one counts.

        ``asked_at`` is in seconds since 1970, for answers that were given elsewhere; None is now.

        Raises:
            ValueError: the failure may pass; it belongs to ``attempt``.
        """
        packed = pack_request(request, self._texts)
        now = time.time() if asked_at is None else asked_at
        row: tuple[Any, ...]
        if isinstance(result, Failure):
            if not result.permanent:
                raise ValueError(f"a failure that may pass is not kept: {result.kind}")
            failure = pack_failure(result)
            row = (key, request.role, packed, None, failure, None, None, None, None, now, run)
        else:
            row = (
                key,
                request.role,
                packed,
                pack_response(result),
                None,
                result.tokens_in,
                result.tokens_cached,
                result.tokens_out,
                _finite(result.seconds),
                now,
                run,
            )
        self._puts[key] = (request, result, row)

    def attempt(self, key: bytes, run: str, failure: Failure) -> None:
        """Record a failure that need not be the same again."""
        self._attempts.append((key, run, time.time(), failure.kind, failure.message))

    def pending(self) -> int:
        """Return how many answers and attempts are not committed yet."""
        return len(self._puts) + len(self._attempts)

    def commit(self) -> None:
        """Commit what is buffered in one transaction, and drop the claims on what was answered.

        Raises:
            PoolError: the disk is full or the file damaged; what was buffered stays buffered.
        """
        if not self.pending():
            return
        try:
            with self._storage(), transaction(self._connection):
                self._write_texts()
                self._connection.executemany(_PUT, [row for _, _, row in self._puts.values()])
                self._connection.executemany(
                    "INSERT INTO attempts(key, run, at, kind, message) VALUES (?, ?, ?, ?, ?)",
                    self._attempts,
                )
                self._drop_claims(self._puts)
        except BaseException:
            self._known.clear()  # the texts went back with the transaction
            raise
        self._claimed.difference_update(self._puts)
        self._puts.clear()
        self._attempts.clear()
        self._texts.clear()

    def request(self, key: bytes) -> Request | None:
        """Return the exact request of ``key``; None if it was never answered or was forgotten."""
        if key in self._puts:
            return self._puts[key][0]
        with self._storage():
            row = self._connection.execute(
                "SELECT request FROM responses WHERE key = ?", (key,)
            ).fetchone()
            if row is None or row[0] is None:
                return None
            return unpack_request(row[0], self._lookup)

    def close(self) -> None:
        """Commit, give up the claims of this journal, and close; twice changes nothing."""
        try:
            self.commit()
            if self._claimed:
                self.release(list(self._claimed))
        finally:
            self._connection.close()

    def __enter__(self) -> Self:
        """Return the journal."""
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        """Close the journal."""
        self.close()

    @contextmanager
    def _storage(self) -> Iterator[None]:
        with storage(self.path, MEND):
            try:
                yield
            except (msgspec.DecodeError, KeyError) as cause:
                raise PoolError(f"{self.path}: holds a damaged row ({cause}). {MEND}") from cause

    def _among(self, select: str, keys: Iterable[bytes]) -> Iterator[tuple[Any, ...]]:
        wanted = list(dict.fromkeys(keys))
        for start in range(0, len(wanted), _BATCH):
            batch = wanted[start : start + _BATCH]
            marks = ",".join("?" * len(batch))
            yield from self._connection.execute(f"{select} WHERE key IN ({marks})", batch)

    def _answered(self, keys: Sequence[bytes]) -> set[bytes]:
        found = {key for (key,) in self._among("SELECT key FROM responses", keys)}
        return found | (self._puts.keys() & set(keys))

    def _drop_claims(self, keys: Iterable[bytes]) -> None:
        self._connection.executemany(
            "DELETE FROM claims WHERE key = ? AND owner = ?", [(key, self._me) for key in keys]
        )

    def _write_texts(self) -> None:
        # Another process may have removed texts (`pool forget`) since this one wrote them.
        version = self._connection.execute("PRAGMA data_version").fetchone()[0]
        if version != self._version or len(self._known) > _KNOWN_TEXTS:
            self._known.clear()
            self._version = version
        fresh = [(digest, t) for digest, t in self._texts.items() if digest not in self._known]
        self._connection.executemany(
            "INSERT OR IGNORE INTO texts(digest, text) VALUES (?, ?)", fresh
        )
        self._known.update(digest for digest, _ in fresh)

    def _lookup(self, digests: set[str]) -> Mapping[str, str]:
        marks = ",".join("?" * len(digests))
        return dict(
            self._connection.execute(
                f"SELECT digest, text FROM texts WHERE digest IN ({marks})",  # noqa: S608 - marks
                list(digests),
            ).fetchall()
        )


def _finite(seconds: float | None) -> float | None:
    return seconds if seconds is not None and math.isfinite(seconds) else None
