"""What came of programs that were run, each once: ``executions.sqlite``.

A program is named by a key over itself and the sandbox it ran in; the program itself is not kept,
for it can be made again from the answer. Written in groups, like the journals.
"""

from __future__ import annotations

import time
from collections.abc import Sequence
from pathlib import Path

import msgspec

from benchwright.core.errors import PoolError
from benchwright.core.execution import Ran
from benchwright.pool.disk import storage
from benchwright.pool.journal import connect, transaction

FILE = "executions.sqlite"
MEND = "Remove it: what it held will be run again."
_BATCH = 500

SCHEMA = """
CREATE TABLE IF NOT EXISTS executions(
    key TEXT PRIMARY KEY,
    ran TEXT NOT NULL,
    sandbox TEXT NOT NULL,
    run TEXT NOT NULL,
    at REAL NOT NULL
) WITHOUT ROWID
"""


class Executions:
    """Results of programs, by key; to be used from one thread."""

    def __init__(self, path: Path, *, fsync: bool = False) -> None:
        """Open the file at ``path``, or begin it.

        Raises:
            PoolError: it is damaged, or the disk is full.
        """
        self.path = path
        self._rows: dict[str, tuple[Ran, tuple[str, str, str, str, float]]] = {}
        with storage(path, MEND):
            self._connection = connect(path, fsync=fsync)
            self._connection.execute(SCHEMA)

    def kept(self, keys: Sequence[str]) -> dict[str, Ran]:
        """Return what is known of ``keys``, whether committed or still buffered here."""
        found: dict[str, Ran] = {}
        with storage(self.path, MEND):
            for start in range(0, len(keys), _BATCH):
                batch = keys[start : start + _BATCH]
                marks = ",".join("?" * len(batch))
                select = f"SELECT key, ran FROM executions WHERE key IN ({marks})"  # noqa: S608 - marks
                for key, ran in self._connection.execute(select, batch):
                    try:
                        found[key] = msgspec.json.decode(ran, type=Ran)
                    except msgspec.DecodeError as cause:
                        raise PoolError(f"{self.path}: holds a damaged row. {MEND}") from cause
        found.update({key: self._rows[key][0] for key in keys if key in self._rows})
        return found

    def put(self, key: str, ran: Ran, *, sandbox: str, run: str) -> None:
        """Keep what came of the program with ``key``, as it ran in ``sandbox`` during ``run``."""
        text = msgspec.json.encode(ran).decode()
        self._rows[key] = (ran, (key, text, sandbox, run, time.time()))

    def commit(self) -> None:
        """Commit what is buffered in one transaction.

        Raises:
            PoolError: the disk is full or the file damaged; what was buffered stays buffered.
        """
        if not self._rows:
            return
        with storage(self.path, MEND), transaction(self._connection):
            self._connection.executemany(
                "INSERT OR REPLACE INTO executions(key, ran, sandbox, run, at)"
                " VALUES (?, ?, ?, ?, ?)",
                [row for _, row in self._rows.values()],
            )
        self._rows.clear()

    def close(self) -> None:
        """Commit and close."""
        try:
            self.commit()
        finally:
            self._connection.close()


def take(path: Path, other: Path, *, fsync: bool) -> None:
    """Take the results of the file ``other`` into the one at ``path``; what is there stays."""
    if not other.exists():
        return
    with storage(other, MEND):
        connection = connect(path, fsync=fsync)
        try:
            connection.execute(SCHEMA)
            connection.execute("ATTACH ? AS other", (f"{other.absolute().as_uri()}?mode=ro",))
            with transaction(connection):
                connection.execute(
                    "INSERT OR IGNORE INTO main.executions SELECT * FROM other.executions"
                )
        finally:
            connection.close()


def remove(path: Path) -> None:
    """Remove all results: they quote what was answered, and can be made again."""
    with storage(path, MEND):
        for name in (path.name, f"{path.name}-wal", f"{path.name}-shm"):
            path.with_name(name).unlink(missing_ok=True)
