"""Boards from wherever scores are: files of scores, files of answers, pools."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import msgspec

from benchwright.analysis.agreement.boards import (
    Board,
    Repeated,
    from_responses,
    from_rows,
    rows_of,
)
from benchwright.analysis.responses.reading import read_responses
from benchwright.core.errors import DataError, DescriptionError, boundary

Rows = list[tuple[str, str, float | None]]

_ENDINGS = (".parquet", ".csv", ".tsv")
_NAMES = ("model", "scenario", "benchmark", "family")
_NUMBERS = ("DOUBLE", "FLOAT", "DECIMAL", "INT")


def read_board(
    *sources: object,
    where: str = "",
    lower: Collection[str] = (),
    repeated: Repeated = "refuse",
    match_names: bool = False,
) -> Board:
    """Return what models score on benchmarks, from one or several sources together.

    A file (Parquet, CSV, TSV) has the columns ``model``, ``scenario`` (or ``benchmark``) and
    ``score``, and ``family`` if models belong together; or ``model`` and a column of numbers per
    scenario. Whatever has single questions (a pool, a file or frame with a column ``item``) is read
    as ``read_responses`` does, and its benchmarks' means are taken.

    Args:
        sources: paths, open pools, data frames.
        where: SQL condition, for sources with single questions.
        lower: scenarios in which lower is better.
        repeated: what several scores of a model on a scenario are; with ``mean`` and ``best``
            repeated answers of a file become their mean.
        match_names: models whose ``plain_name`` is the same are one model.

    Raises:
        DescriptionError: no source, or a condition for a file of scores.
        DataError: a file cannot be read, or has other columns; a model has several scores.
        UnknownName: ``lower`` names a scenario that is nowhere.
    """
    if not sources:
        raise DescriptionError("There is nothing to compare: name a file or a pool.")
    rows: Rows = []
    families: dict[str, str] = {}
    notes: list[str] = []
    for source in sources:
        if isinstance(source, (str, Path)) and not has_items(Path(source)):
            if where:
                raise DescriptionError(
                    f"A condition chooses single answers; {source} holds scores only."
                )
            found, kin = _scores(Path(source))
            rows += found
            families.update(kin)
            continue
        table = read_responses(
            source, where, duplicates="error" if repeated == "refuse" else "mean"
        )
        board = from_responses(table)
        rows += rows_of(board)
        notes += board.notes
    whole = from_rows(
        rows, lower=lower, repeated=repeated, match_names=match_names, families=families or None
    )
    return msgspec.structs.replace(whole, notes=(*whole.notes, *notes))


def has_items(path: Path) -> bool:
    """Return whether a file holds answers to single questions: it has a column ``item``.

    Raises:
        DataError: there is no such file, or it cannot be read.
    """
    if path.suffix.lower() not in _ENDINGS:
        return True  # JSON Lines and packed files: read_responses knows them
    with _opened(path) as table:
        return "item" in {str(name).lower() for name in table.columns}


def _scores(path: Path) -> tuple[Rows, dict[str, str]]:
    """Return the rows of a file of scores, and the families it names."""
    with _opened(path) as table:
        named = {str(name).lower(): str(name) for name in table.columns}
        if "model" not in named:
            listed = ", ".join(map(str, table.columns))
            raise DataError(f"{path} has no column named model; it has {listed}.")
        scenario = named.get("scenario", named.get("benchmark", ""))
        if scenario and "score" in named:
            rows = _columns(table, [named["model"], scenario, named["score"]])
        else:
            scenarios = [
                str(name)
                for name, kind in zip(table.columns, table.types, strict=True)
                if str(name) != named["model"] and any(one in str(kind) for one in _NUMBERS)
            ]
            wide = _columns(table, [named["model"], *scenarios])
            rows = [
                (row[0], name, value)
                for row in wide
                for name, value in zip(scenarios, row[1:], strict=True)
            ]
        if not rows:
            raise DataError(f"{path} holds no scores.")
        kin = _columns(table, [named["model"], named["family"]]) if "family" in named else []
        typed: Rows = [(str(a), str(b), None if c is None else float(c)) for a, b, c in rows]
        return typed, {str(model): str(family) for model, family in kin if family is not None}


@contextmanager
def _opened(path: Path) -> Iterator[Any]:
    import duckdb

    if not path.is_file():
        raise DataError(f"{path}: there is no such file.")
    if path.suffix.lower() not in _ENDINGS:
        raise DataError(f"{path} is none of {', '.join(_ENDINGS)}.")
    config = {"autoinstall_known_extensions": False, "autoload_known_extensions": False}
    with duckdb.connect(config=config) as connection, boundary(DataError, str(path)):
        # DuckDB takes every path as a pattern.
        pattern = "".join(f"[{sign}]" if sign in "[*?" else sign for sign in str(path.absolute()))
        if path.suffix.lower() == ".parquet":
            yield connection.read_parquet(pattern)
            return
        table = connection.read_csv(pattern)
        # Names that look like numbers stay as they are written: 007 is not 7.
        named = {str(one): "VARCHAR" for one in table.columns if str(one).lower() in _NAMES}
        yield connection.read_csv(pattern, dtype=named) if named else table


def _columns(table: Any, names: Sequence[str]) -> list[tuple[Any, ...]]:
    quoted = ('"' + name.replace('"', '""') + '"' for name in names)
    found: list[tuple[Any, ...]] = table.select(*quoted).fetchall()
    return found
