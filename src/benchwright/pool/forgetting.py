"""Removing for good: a model, a run, a benchmark, or the texts of one."""

from __future__ import annotations

import re
import sqlite3
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

from msgspec import Struct

from benchwright.core.errors import DescriptionError, PoolError
from benchwright.pool import choices, executions, journal, upkeep
from benchwright.pool.disk import file_name, name_of, storage
from benchwright.pool.journal import JournalInfo
from benchwright.pool.parquet import MEASUREMENT_COLUMNS, files, literal, scan

if TYPE_CHECKING:
    from benchwright.pool.folder import Pool

_REFERENCE = re.compile(r'"ref":"([0-9a-f]{24})"')
_CHUNK = 10_000


class Forgotten(Struct, frozen=True, kw_only=True):
    """What ``forget`` removed."""

    measurements: int
    """Rows removed, or stripped of their texts."""
    answers: int
    """Answers removed, or stripped of the texts that were asked."""
    files: int
    """Files deleted: old parts, samples, runs, media."""


class _Wanted(Struct, frozen=True, kw_only=True):
    """What is to go: everything that matches all that is given."""

    model: str | None
    run: str | None
    benchmark: str | None

    def condition(self) -> str:
        """Return it as an SQL condition over the measurements."""
        terms = []
        if self.model is not None:
            terms.append(f"(model = {literal(self.model)} OR model_key = {literal(self.model)})")
        if self.run is not None:
            terms.append(f"run = {literal(self.run)}")
        if self.benchmark is not None:
            terms.append(_of(self.benchmark))
        return " AND ".join(terms)


def _of(benchmark: str) -> str:
    name = literal(benchmark)
    return f"(benchmark = {name} OR starts_with(benchmark, {name} || '@'))"


def _is(benchmark: str, wanted: str) -> bool:
    return benchmark == wanted or benchmark.startswith(f"{wanted}@")


def forget(
    pool: Pool,
    *,
    model: str | None,
    run: str | None,
    benchmark: str | None,
    texts_of: str | None,
) -> Forgotten:
    """Remove what matches, then everything that was kept only for it."""
    wanted = _Wanted(model=model, run=run, benchmark=benchmark)
    named = wanted.condition()
    if bool(named) == (texts_of is not None):
        raise DescriptionError(
            "Say what to forget: a model, a run, a benchmark (or several of these, for what "
            "matches all of them), or else the texts of one benchmark."
        )
    with pool.presence.alone() as alone:
        if not alone:
            raise PoolError(
                f"{pool.path}: another process has the pool open; wait until it ends, then forget."
            )
        pool.manifest.recover()
        executions.remove(pool.path / executions.FILE)
        if texts_of is not None:
            answers = sum(_strip_journal(info, texts_of) for info in pool.journals())
            bare = f"CASE WHEN {_of(texts_of)} THEN '' ELSE target END AS target"
            rows = _rewrite(pool, _of(texts_of), f"SELECT * REPLACE ({bare}) FROM part")  # noqa: S608 - quoted
            _remove_samples(pool, texts_of)
        else:
            # Answers first: if this is cut off, the rows still say what is left to forget.
            answers = sum(_clear_journal(pool, info, wanted) for info in pool.journals())
            rows = _rewrite(pool, named, None)
            _remove_records(pool, wanted)
    # The old parts still hold what is to be forgotten; what only it used is orphaned now.
    return Forgotten(measurements=rows, answers=answers, files=upkeep.gc(pool).files)


def _rewrite(pool: Pool, condition: str, change: str | None) -> int:
    """Remove the rows of ``condition``, or ``change`` the parts that hold any; return how many."""
    with pool.manifest.step() as step:
        parts = [pool.path / name for name in step.state.parts]
        if not parts:
            return 0
        with pool.parquet.reading(parts, pool.path):
            found = pool.parquet.cursor().execute(
                "SELECT filename, count(*)"  # noqa: S608 - quoted
                f" FROM read_parquet({files(parts)}, filename = true)"
                f" WHERE {condition} GROUP BY ALL"
            )
            holders = {Path(name): count for name, count in found.fetchall()}
        for path, count in holders.items():
            if change is None:
                left = f"SELECT * FROM part WHERE ({condition}) IS NOT TRUE"  # noqa: S608 - quoted
                pool.measurements.rewrite(step, path, left, rows_less=count)
            else:
                pool.measurements.rewrite(step, path, change)
    return sum(holders.values())


def _remove_samples(pool: Pool, benchmark: str) -> None:
    with pool.manifest.step() as step:
        for path in pool.sample_files.files():
            if _is(name_of(path.parent.name), benchmark):
                step.move_away(path.relative_to(pool.path).as_posix())


def _remove_records(pool: Pool, wanted: _Wanted) -> None:
    """Remove what belongs to a whole run or a whole benchmark alone, and choices of what went."""
    with storage(pool.path, "Delete it by hand."):
        for path, head in choices.heads(pool.path).items():
            if _chose(head, wanted):
                path.unlink()
        if wanted.benchmark is not None and wanted.model is None and wanted.run is None:
            _remove_samples(pool, wanted.benchmark)
            for benchmark in pool.benchmarks():
                if _is(benchmark, wanted.benchmark):
                    (pool.sample_files.folder(benchmark) / "card.json").unlink()
        if wanted.run is not None and wanted.model is None and wanted.benchmark is None:
            (pool.path / "runs" / f"{file_name(wanted.run)}.json").unlink(missing_ok=True)


def _chose(head: choices.Head, wanted: _Wanted) -> bool:
    return (
        wanted.model in (None, head.model, head.asked.model_key)
        and (wanted.run is None or wanted.run in head.runs)
        and (wanted.benchmark is None or _is(head.asked.benchmark, wanted.benchmark))
    )


def _clear_journal(pool: Pool, info: JournalInfo, wanted: _Wanted) -> int:
    if wanted.model is not None and wanted.model not in (info.model, info.model_key):
        return 0
    with storage(info.path, journal.MEND):
        connection = journal.connect(info.path)
        try:
            with journal.transaction(connection):
                _mark(connection, pool, info, wanted)
                removed = connection.execute(
                    "DELETE FROM responses WHERE key IN (SELECT key FROM doomed)"
                ).rowcount
                connection.execute(
                    "DELETE FROM attempts WHERE key IN (SELECT key FROM doomed) OR run = ?",
                    (wanted.run,),
                )
                _drop_unused_texts(connection)
            _shrink(connection)
            empty = not connection.execute("SELECT count(*) FROM responses").fetchone()[0]
        finally:
            connection.close()
        if wanted.model is not None and wanted.run is None and wanted.benchmark is None and empty:
            for suffix in ("", "-wal", "-shm"):
                info.path.with_name(info.path.name + suffix).unlink(missing_ok=True)
    return removed


def _mark(connection: sqlite3.Connection, pool: Pool, info: JournalInfo, wanted: _Wanted) -> None:
    """Fill the temporary table ``doomed`` with the keys that are to go."""
    connection.execute("CREATE TEMP TABLE doomed(key BLOB PRIMARY KEY) WITHOUT ROWID")
    terms, values = ["true"], []
    if wanted.run is not None:
        terms.append("run = ?")
        values.append(wanted.run)
    name, _, version = (wanted.benchmark or "").partition("@")
    others = [b for b in pool.benchmarks() if _is(b, name) and not _is(b, wanted.benchmark or "")]
    by_rows = bool(version and others)
    if name and not by_rows:
        terms.append("json_extract(request, '$.origin.benchmark') = ?")
        values.append(name)
    if not by_rows:
        connection.execute(
            f"INSERT INTO doomed SELECT key FROM responses WHERE {' AND '.join(terms)}",  # noqa: S608 - bound
            values,
        )
    else:
        # A request knows its benchmark's name only; which version it served, the rows know.
        for keys in _keys(pool, info, wanted.condition()):
            connection.executemany("INSERT OR IGNORE INTO doomed VALUES (?)", keys)
    if wanted.model is None or wanted.run is not None or wanted.benchmark is not None:
        # An answer that a remaining row was made from stays: one question may serve several.
        for keys in _keys(pool, info, f"({wanted.condition()}) IS NOT TRUE"):
            connection.executemany("DELETE FROM doomed WHERE key = ?", keys)


def _keys(pool: Pool, info: JournalInfo, condition: str) -> Iterator[list[tuple[bytes]]]:
    parts = pool.measurements.parts()
    with pool.parquet.reading(parts, pool.path):
        cursor = pool.parquet.cursor()
        cursor.execute(
            "SELECT unhex(unnest(request_keys))"  # noqa: S608 - quoted
            f" FROM ({scan(parts, MEASUREMENT_COLUMNS)})"
            f" WHERE model_key = {literal(info.model_key)} AND {condition}"
        )
        while chunk := cursor.fetchmany(_CHUNK):
            yield chunk


def _strip_journal(info: JournalInfo, benchmark: str) -> int:
    """Remove the texts that were asked for ``benchmark``; the keys still find the answers."""
    with storage(info.path, journal.MEND):
        connection = journal.connect(info.path)
        try:
            with journal.transaction(connection):
                stripped = connection.execute(
                    "UPDATE responses SET request = NULL"
                    " WHERE json_extract(request, '$.origin.benchmark') = ?",
                    (benchmark.partition("@")[0],),
                ).rowcount
                _drop_unused_texts(connection)
            _shrink(connection)
        finally:
            connection.close()
    return stripped


def _drop_unused_texts(connection: sqlite3.Connection) -> None:
    connection.execute("CREATE TEMP TABLE used(digest TEXT PRIMARY KEY) WITHOUT ROWID")
    for (request,) in connection.execute(
        "SELECT request FROM responses WHERE instr(request, '\"ref\"')"
    ):
        connection.executemany(
            "INSERT OR IGNORE INTO used VALUES (?)",
            ((digest,) for digest in _REFERENCE.findall(request)),
        )
    connection.execute("DELETE FROM texts WHERE digest NOT IN (SELECT digest FROM used)")


def _shrink(connection: sqlite3.Connection) -> None:
    """Rewrite the file, so that what was deleted is nowhere on the disk."""
    connection.execute("VACUUM")
    connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
