"""Parquet files, written and read by way of DuckDB: staged whole, then moved into place."""

from __future__ import annotations

import secrets
import shutil
import threading
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import TYPE_CHECKING

from benchwright.core.errors import PoolError, interruptions
from benchwright.pool.disk import storage
from benchwright.pool.owner import Owner

if TYPE_CHECKING:
    from duckdb import DuckDBPyConnection

STAGING = "staging"
DAMAGED = (
    "Restore it from a copy; or move it out of the pool, run `benchwright pool upgrade`, and "
    "`benchwright score`, which makes its rows again from the kept answers."
)

MEASUREMENT_COLUMNS: Mapping[str, str] = {
    "id": "VARCHAR",
    "model_key": "VARCHAR",
    "benchmark": "VARCHAR",
    "sample": "VARCHAR",
    "variant": "VARCHAR",
    "repeat": "BIGINT",
    "conditions": "VARCHAR",
    "scorer": "VARCHAR",
    "model": "VARCHAR",
    "asked": "VARCHAR",
    "tags": "MAP(VARCHAR, VARCHAR)",
    "outcome": "VARCHAR",
    "value": "DOUBLE",
    "answer": "VARCHAR",
    "target": "VARCHAR",
    "explanation": "VARCHAR",
    "strict_answer": "VARCHAR",
    "extractors_agree": "BOOLEAN",
    "chance": "DOUBLE",
    "finish": "VARCHAR",
    "failure": "VARCHAR",
    "deviations": "VARCHAR[]",
    "boundary_merged": "BOOLEAN",
    "request_keys": "VARCHAR[]",
    "tokens_in": "BIGINT",
    "tokens_cached": "BIGINT",
    "tokens_out": "BIGINT",
    "tokens_reasoning": "BIGINT",
    "seconds": "DOUBLE",
    "first_token_seconds": "DOUBLE",
    "cost": "DOUBLE",
    "cost_judge": "DOUBLE",
    "cost_helper": "DOUBLE",
    "run": "VARCHAR",
}
"""Columns of a part, in order: the identity as 32 hexadecimal characters, then the fields."""

SAMPLE_COLUMNS: Mapping[str, str] = {
    "benchmark": "VARCHAR",
    "id": "VARCHAR",
    "variant_of": "VARCHAR",
    "variant": "VARCHAR",
    "text": "VARCHAR",
    "choices": "VARCHAR[]",
    "target": "VARCHAR",
    "tags": "MAP(VARCHAR, VARCHAR)",
    "metadata": "MAP(VARCHAR, VARCHAR)",
    "content": "VARCHAR",
    "sample": "VARCHAR",
}
"""Columns of a sample file: for reading, then the digest of the content and the exact sample."""


def literal(value: str | Path) -> str:
    """Return ``value`` as an SQL string."""
    return "'" + str(value).replace("'", "''") + "'"


def pattern(path: Path) -> str:
    """Return the glob pattern that matches ``path`` alone; DuckDB reads every path as one."""
    return "".join(f"[{c}]" if c in "[*?" else c for c in str(path))


def files(paths: Iterable[Path]) -> str:
    """Return an SQL list of exactly these files."""
    return "[" + ", ".join(literal(pattern(path)) for path in paths) + "]"


def empty(columns: Mapping[str, str]) -> str:
    """Return a query of no rows with these columns."""
    names = ", ".join(f'NULL::{kind} AS "{name}"' for name, kind in columns.items())
    return f"SELECT {names} WHERE false"


def scan(paths: Sequence[Path], columns: Mapping[str, str]) -> str:
    """Return a query of all rows of ``paths``, also where there are none."""
    if not paths:
        return empty(columns)
    names = ", ".join(f'"{name}"' for name in columns)
    return f"SELECT {names} FROM read_parquet({files(paths)})"  # noqa: S608 - quoted above


MEMORY = "256MB"
"""Most that DuckDB holds while parts are read and written; beyond it, it goes to disk."""

THREADS = 2

_ATTEMPTS = 20


class Parquet:
    """Writes Parquet files into a folder of this process's own, and reads any."""

    def __init__(self, pool: Path) -> None:
        """Stage files for the pool in folder ``pool``."""
        # Below a folder named after the process, so that `gc` knows what its owner left behind.
        self._staging = pool / STAGING / str(Owner.me()) / secrets.token_hex(4)
        self._linked: tuple[list[Path], list[Path]] = ([], [])
        self._connection: DuckDBPyConnection | None = None
        self._lock = threading.Lock()

    def cursor(self) -> DuckDBPyConnection:
        """Return a connection for one thread and one query at a time."""
        import duckdb  # heavy: only when something is read or written

        with self._lock:
            if self._connection is None:
                with suppress(OSError):  # a pool that may only be read is read without spilling
                    self._staging.mkdir(parents=True, exist_ok=True)
                self._connection = duckdb.connect(
                    ":memory:",
                    config={
                        "autoinstall_known_extensions": False,
                        "autoload_known_extensions": False,
                        "temp_directory": str(self._staging),
                        # Parts are written while a model may need the memory; DuckDB's default,
                        # 80 % of all there is, grows with the number of samples.
                        "memory_limit": MEMORY,
                        "threads": THREADS,
                    },
                )
            return self._connection.cursor()

    def linked(self, list_parts: Callable[[], list[Path]]) -> list[Path]:
        """Return hard links to the parts that ``list_parts`` lists, which no step takes away.

        What reads the links sees the pool as it was, however many parts are retired meanwhile;
        they go with ``close``. Where files cannot be linked, the parts themselves are returned.
        """
        for _ in range(_ATTEMPTS):
            parts = list_parts()
            if parts == self._linked[0]:
                return self._linked[1]
            folder = self._staging / f"view-{secrets.token_hex(4)}"
            links = [folder / f"{number}-{path.name}" for number, path in enumerate(parts)]
            try:
                folder.mkdir(parents=True)
                for path, link in zip(parts, links, strict=True):
                    link.hardlink_to(path)
            except FileNotFoundError:
                continue  # a part was retired between the list and the link: list again
            except OSError:
                return parts  # a read-only pool, or a file system without hard links
            self._linked = (parts, links)
            return links
        raise PoolError(f"{self._staging.parent}: the parts kept changing while they were read.")

    def staged(self, suffix: str) -> Path:
        """Return a new path in the staging folder; no reader looks there."""
        self._staging.mkdir(parents=True, exist_ok=True)
        return self._staging / f"{secrets.token_hex(8)}{suffix}"

    def stage_lines(self, lines: Iterable[bytes], columns: Mapping[str, str]) -> Path:
        """Write JSON ``lines`` (without line ends) as one staged Parquet file and return its path.

        Memory is bounded: the lines go through a file, of which DuckDB holds a window.
        """
        text = self.staged(".ndjson")
        longest = 1 << 20
        with storage(text.parent, "Run the same command again."):
            try:
                with text.open("wb") as file:
                    for line in lines:
                        longest = max(longest, len(line))
                        file.write(line)
                        file.write(b"\n")
                kinds = ", ".join(f"{literal(n)}: {literal(k)}" for n, k in columns.items())
                form = f"format = 'newline_delimited', columns = {{{kinds}}}"
                size = f"maximum_object_size = {2 * longest}"
                source = f"read_json({literal(pattern(text))}, {form}, {size})"
                return self.stage(f"SELECT * FROM {source}", ())  # noqa: S608 - quoted
            finally:
                text.unlink(missing_ok=True)

    def stage(self, select: str, sources: Sequence[Path]) -> Path:
        """Write the rows of the query ``select`` as one staged Parquet file, return its path.

        ``sources`` are the files that the query reads, to be named if one is damaged.
        """
        path = self.staged(".part")
        try:
            with self.reading(sources, path.parent):
                self.cursor().execute(
                    f"COPY ({select}) TO {literal(path)} (FORMAT parquet, COMPRESSION zstd)"
                )
        except BaseException:
            path.unlink(missing_ok=True)
            raise
        return path

    def rows(self, path: Path) -> int:
        """Return the number of rows of one Parquet file.

        Raises:
            PoolError: the file is damaged.
        """
        with self.reading([path], path):
            found = self.cursor().execute(
                f"SELECT count(*) FROM read_parquet({files([path])})"  # noqa: S608 - quoted
            )
            return int(found.fetchall()[0][0])

    @contextmanager
    def reading(self, sources: Sequence[Path], otherwise: Path) -> Iterator[None]:
        """Turn DuckDB's errors into a ``PoolError`` naming the damaged one of ``sources``.

        Where all of them can be read, the error names ``otherwise``.
        """
        import duckdb  # heavy: only when something is read or written

        try:
            with interruptions():
                yield
        except duckdb.Error:
            with storage(self.damaged(sources) or otherwise, DAMAGED):
                raise

    def damaged(self, paths: Iterable[Path]) -> Path | None:
        """Return the first of ``paths`` that cannot be read to its end, or None."""
        import duckdb  # heavy: only when something is read or written

        for path in paths:
            try:
                # A hash of every column reads every byte.
                self.cursor().execute(
                    f"SELECT max(hash(COLUMNS(*))) FROM read_parquet({literal(pattern(path))})"  # noqa: S608 - quoted
                ).fetchall()
            except duckdb.Error:
                return path
        return None

    def close(self) -> None:
        """Free the connection and drop the staging folder; it opens again when needed."""
        with self._lock:
            if self._connection is not None:
                self._connection.close()
                self._connection = None
        self._linked = ([], [])
        if self._staging.is_dir():
            shutil.rmtree(self._staging, ignore_errors=True)
            with suppress(OSError):  # another pool object of this process may have files there
                self._staging.parent.rmdir()
