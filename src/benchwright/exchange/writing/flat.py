"""Flat files: a row per measurement, every column of the pool."""

from __future__ import annotations

import secrets
from pathlib import Path
from typing import TYPE_CHECKING

from benchwright.core.errors import DescriptionError, boundary
from benchwright.pool import Pool
from benchwright.pool.parquet import MEASUREMENT_COLUMNS, literal, pattern, scan

if TYPE_CHECKING:
    from duckdb import DuckDBPyConnection

_OPTIONS = {
    "parquet": "FORMAT parquet, COMPRESSION zstd",
    "csv": "FORMAT csv, HEADER true",
    "jsonl": "FORMAT json, ARRAY false",
}


def write(pool: Pool, to: Path, where: str, form: str) -> tuple[list[Path], int, list[str]]:
    """Write one file and return it, the number of rows, and what the form cannot hold.

    The file is whole or absent. In CSV, lists and tags stand as JSON.

    Raises:
        DescriptionError: ``where`` is no condition over the columns, or ``to`` cannot be written.
    """
    temporary = to.with_name(f".{to.name}.{secrets.token_hex(4)}")
    try:
        to.parent.mkdir(parents=True, exist_ok=True)
        with (
            narrowed(pool, [temporary]) as connection,
            boundary(DescriptionError, f"the condition {where!r}"),
        ):
            select = selected(connection, where, nested=form != "csv")
            done = connection.execute(
                f"COPY ({select}) TO {literal(temporary)} ({_OPTIONS[form]})"
            ).fetchone()
        rows = int(done[0]) if done else 0
        if rows:
            temporary.replace(to)
    except OSError as cause:
        raise DescriptionError(f"{to}: cannot be written ({cause.strerror}).") from cause
    finally:
        temporary.unlink(missing_ok=True)
    return ([to] if rows else []), rows, []


def narrowed(pool: Pool, outputs: list[Path]) -> DuckDBPyConnection:
    """Return a connection with the view ``measurements`` that may write ``outputs`` alone.

    The condition is SQL that anyone may have written: it can reach no other file.
    """
    import duckdb  # heavy: only when something is exported

    parts = pool.parquet.linked(pool.measurements.parts)
    connection = duckdb.connect(
        ":memory:",
        config={"autoinstall_known_extensions": False, "autoload_known_extensions": False},
    )
    connection.execute(f"CREATE VIEW measurements AS {scan(parts, MEASUREMENT_COLUMNS)}")
    paths = [path.absolute() for path in (*parts, *outputs)]
    allowed = sorted({text for path in paths for text in (str(path), pattern(path))})
    connection.execute(f"SET allowed_paths = [{', '.join(map(literal, allowed))}]")
    connection.execute("SET enable_external_access = false")
    connection.execute("SET lock_configuration = true")
    return connection


def selected(connection: DuckDBPyConnection, where: str, *, nested: bool = True) -> str:
    """Return the query of all rows that satisfy ``where``, in an order that is always the same.

    Raises:
        DescriptionError: ``where`` is not one condition.
    """
    condition = f"({where}\n)" if where.strip() else "true"
    columns = "*" if nested else (
        "* REPLACE (to_json(tags) AS tags, to_json(deviations) AS deviations,"
        " to_json(request_keys) AS request_keys)"
    )  # fmt: skip
    query = (
        f"SELECT {columns} FROM measurements WHERE {condition}"  # noqa: S608 - the user's own condition, over a connection that reaches nothing else
        " ORDER BY benchmark, model, model_key, conditions, sample, variant, repeat, scorer"
    )
    if len(connection.extract_statements(query)) != 1:
        raise DescriptionError("The condition is more than one statement.")
    return query
