"""The pool as tables of an in-memory DuckDB connection that can read it and nothing else."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING, Any

import msgspec

from benchwright.pool import journal
from benchwright.pool.disk import storage
from benchwright.pool.journal import JournalInfo
from benchwright.pool.parquet import (
    MEASUREMENT_COLUMNS,
    SAMPLE_COLUMNS,
    empty,
    literal,
    pattern,
    scan,
)

if TYPE_CHECKING:
    from duckdb import DuckDBPyConnection

_CHUNK = 2000
_MAP = "MAP(VARCHAR, VARCHAR)"

JOURNAL_TABLES: Mapping[str, Mapping[str, str]] = {
    "responses": {
        "key": "VARCHAR",
        "role": "VARCHAR",
        "request": "VARCHAR",
        "response": "VARCHAR",
        "failure": "VARCHAR",
        "tokens_in": "BIGINT",
        "tokens_cached": "BIGINT",
        "tokens_out": "BIGINT",
        "seconds": "DOUBLE",
        "asked_at": "DOUBLE",
        "run": "VARCHAR",
    },
    "attempts": {
        "key": "VARCHAR",
        "run": "VARCHAR",
        "at": "DOUBLE",
        "kind": "VARCHAR",
        "message": "VARCHAR",
    },
    "texts": {"digest": "VARCHAR", "text": "VARCHAR"},
    "spend": {
        "role": "VARCHAR",
        "run": "VARCHAR",
        "requests": "BIGINT",
        "failures": "BIGINT",
        "uncounted": "BIGINT",
        "tokens_in": "BIGINT",
        "tokens_cached": "BIGINT",
        "tokens_out": "BIGINT",
        "seconds": "DOUBLE",
    },
}
"""Tables of every journal, to which the views add ``model`` and ``model_key``."""

FILE_TABLES: Mapping[str, Mapping[str, str]] = {
    "runs": {
        "id": "VARCHAR",
        "command": "VARCHAR",
        "started_at": "VARCHAR",
        "ended_at": "VARCHAR",
        "status": "VARCHAR",
        "settings": _MAP,
        "models": f"MAP(VARCHAR, {_MAP})",
        "benchmarks": _MAP,
        "conditions": "VARCHAR[]",
        "versions": _MAP,
        "machine": _MAP,
        "counts": "MAP(VARCHAR, BIGINT)",
        "seconds": "MAP(VARCHAR, DOUBLE)",
        "measured": "STRUCT(model VARCHAR, model_key VARCHAR, metrics MAP(VARCHAR, DOUBLE))[]",
    },
    "conditions": {
        "digest": "VARCHAR",
        "label": "VARCHAR",
        "solver": "VARCHAR",
        "options": _MAP,
        "ask": "VARCHAR",
        "layout": "VARCHAR",
        "system": "VARCHAR",
        "shots": "BIGINT",
        "shots_source": "VARCHAR",
        "shots_digest": "VARCHAR",
        "generation": _MAP,
        "perturbation": "VARCHAR",
        "opponent": "VARCHAR",
    },
}
"""Tables made of one JSON file a row."""

RUN_METRICS = (
    "SELECT run, model, model_key, entry.key AS metric, entry.value AS value, machine FROM ("
    "SELECT id AS run, machine, one.model, one.model_key, unnest(map_entries(one.metrics)) AS entry"
    " FROM (SELECT id, machine, unnest(measured) AS one FROM runs))"
)
"""What was measured of the runs themselves, a row a metric, beside the machine."""

Records = Callable[[], list[dict[str, Any]]]


class _Reader:
    """Hands DuckDB the rows that are not in Parquet, as JSON, when a query wants them."""

    def __init__(self, journals: Sequence[JournalInfo], records: Mapping[str, Records]) -> None:
        self._journals = journals
        self._records = records

    def chunks(self, table: str, number: int) -> int:
        if table == "spend":
            return 1
        last = self._from_journal(number, f"SELECT coalesce(max(id), 0) FROM {_known(table)}")  # noqa: S608 - one of ours
        return int(last) // _CHUNK + 1

    def rows(self, table: str, number: int, chunk: int) -> str:
        fields = ", ".join(
            f"'{name}', {'lower(hex(key))' if name == 'key' else name}"
            for name in JOURNAL_TABLES[_known(table)]
        )
        select = f"SELECT json_group_array(json_object({fields})) FROM {table}"  # noqa: S608 - one of ours
        if table != "spend":
            select += f" WHERE id >= {chunk * _CHUNK} AND id < {(chunk + 1) * _CHUNK}"
        return str(self._from_journal(number, select))

    def files(self, table: str) -> str:
        return msgspec.json.encode(self._records[table]()).decode()

    def _from_journal(self, number: int, select: str) -> Any:
        path = self._journals[number].path
        with storage(path, journal.MEND):
            connection = journal.read_only(path)
            try:
                return connection.execute(select).fetchone()[0]
            finally:
                connection.close()


def _known(table: str) -> str:
    # The name comes from SQL that anyone may have written.
    if table not in JOURNAL_TABLES:
        raise ValueError(f"no such table: {table}")
    return table


def connect(
    *,
    temporary: Path,
    measurements: Sequence[Path],
    samples: Sequence[Path],
    journals: Sequence[JournalInfo],
    records: Mapping[str, Records],
) -> DuckDBPyConnection:
    """Return a connection that sees these files as views, and no other file.

    Parquet is scanned by DuckDB itself; journals, runs and conditions are read when a query
    names their views. ``temporary`` is where DuckDB puts what does not fit in memory.
    """
    import duckdb  # heavy: only when something is read

    with suppress(OSError):  # a pool that may only be read is read without spilling
        temporary.mkdir(exist_ok=True)
    connection = duckdb.connect(
        ":memory:",
        config={
            "autoinstall_known_extensions": False,
            "autoload_known_extensions": False,
            "temp_directory": str(temporary),
        },
    )
    reader = _Reader(journals, records)
    _add_functions(connection, reader)
    views = {
        "measurements": scan(measurements, MEASUREMENT_COLUMNS),
        "samples": scan(samples, SAMPLE_COLUMNS),
    }
    views |= {table: _journal_view(table, journals) for table in JOURNAL_TABLES}
    views |= {table: _file_view(table) for table in FILE_TABLES}
    views["run_metrics"] = RUN_METRICS
    for name, select in views.items():
        connection.execute(f"CREATE VIEW {name} AS {select}")
    paths = [path.absolute() for path in (*measurements, *samples)]
    allowed = [text for path in paths for text in {str(path), pattern(path)}]
    connection.execute(f"SET allowed_paths = [{', '.join(map(literal, allowed))}]")
    connection.execute("SET enable_external_access = false")
    connection.execute("SET lock_configuration = true")
    return connection


def _add_functions(connection: DuckDBPyConnection, reader: _Reader) -> None:
    # They read files, so DuckDB must not call them while it plans, nor twice for one row.
    def add(name: str, function: Callable[..., Any], takes: list[str], gives: str) -> None:
        connection.create_function(name, function, takes, gives, side_effects=True)

    add("pool_chunks", reader.chunks, ["VARCHAR", "BIGINT"], "BIGINT")
    add("pool_rows", reader.rows, ["VARCHAR", "BIGINT", "BIGINT"], "VARCHAR")
    add("pool_files", reader.files, ["VARCHAR"], "VARCHAR")


def _structure(columns: Mapping[str, str]) -> str:
    fields = ", ".join(f'"{name}": "{kind}"' for name, kind in columns.items())
    return literal(f"[{{{fields}}}]")


def _journal_view(table: str, journals: Sequence[JournalInfo]) -> str:
    columns = JOURNAL_TABLES[table]
    if journals:
        known = ", ".join(
            f"({number}, {literal(info.model)}, {literal(info.model_key)})"
            for number, info in enumerate(journals)
        )
        rows = (
            f"SELECT model, model_key, unnest(from_json(pool_rows('{table}', number, chunk),"  # noqa: S608 - quoted
            f" {_structure(columns)}), max_depth := 2) FROM (SELECT *,"
            f" unnest(range(pool_chunks('{table}', number))) AS chunk"
            f" FROM (VALUES {known}) AS journals(number, model, model_key))"
        )
    else:
        rows = empty({"model": "VARCHAR", "model_key": "VARCHAR", **columns})
    times = [name for name in columns if name in ("at", "asked_at")]
    if not times:
        return rows
    replaced = f'make_timestamp(("{times[0]}" * 1000000)::BIGINT) AS "{times[0]}"'
    return f"SELECT * REPLACE ({replaced}) FROM ({rows})"  # noqa: S608 - quoted


def _file_view(table: str) -> str:
    columns = FILE_TABLES[table]
    return f"SELECT unnest(from_json(pool_files('{table}'), {_structure(columns)}), max_depth := 2)"
