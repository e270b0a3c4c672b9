"""Rows of data files, whatever format their authors chose.

Recorded outputs and benchmarks' questions come in the same formats; this stands in the lowest
storey that reads any.
"""

from __future__ import annotations

import csv
import gzip
import json
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO, Any, cast

import msgspec

from benchwright.core.errors import DataError, interruptions

Record = dict[str, Any]


def records(path: Path) -> Iterator[tuple[int, Record]]:
    """Yield (line or row number from 1, record) of a JSONL, JSON, CSV or Parquet file.

    ``.gz`` is read through. JSONL is split on line feeds only: real data holds U+2028 and U+0085
    inside strings. A CSV file needs a header line.

    Raises:
        DataError: the file is absent, of another format, or malformed; names the line.
    """
    kind = path.name.removesuffix(".gz").rpartition(".")[2].lower()
    readers = {"jsonl": _jsonl, "json": _json, "csv": _csv, "parquet": _parquet}
    if kind not in readers:
        raise DataError(f"{path}: not a JSONL, JSON, CSV or Parquet file (by its name)")
    if not path.is_file():
        raise DataError(f"{path}: there is no such file")
    return readers[kind](path)


def lines(path: Path) -> Iterator[tuple[int, Record]]:
    """Yield (line number from 1, record) of a file of JSON lines, whatever its name says.

    Raises:
        DataError: the file is absent or malformed; names the line.
    """
    if not path.is_file():
        raise DataError(f"{path}: there is no such file")
    return _jsonl(path)


def whole(path: Path) -> Record:
    """Return the object that a JSON file is; ``.gz`` is read through.

    Raises:
        DataError: the file is absent, malformed, or no object.
    """
    found = _decoded(path)
    if not isinstance(found, dict):
        raise DataError(f"{path}: a {type(found).__name__}, not an object")
    return found


def rows(path: Path) -> Iterator[list[str]]:
    """Yield the rows of a CSV file without a header.

    Raises:
        DataError: the file is absent or malformed.
    """
    with _open_text(path) as stream:
        yield from csv.reader(stream)


def _jsonl(path: Path) -> Iterator[tuple[int, Record]]:
    decoder = msgspec.json.Decoder()
    with _open(path) as stream:
        for number, line in enumerate(stream, 1):
            if not line.strip():
                continue
            try:
                # Python writes numbers that are none into JSON (the inputs of MBPP+).
                odd = b"NaN" in line or b"Infinity" in line
                record = json.loads(line) if odd else decoder.decode(line)
            except (msgspec.DecodeError, ValueError) as cause:
                raise DataError(f"{path}, line {number}: not JSON ({cause})") from cause
            if not isinstance(record, dict):
                raise DataError(f"{path}, line {number}: a {type(record).__name__}, not an object")
            yield number, record


def _json(path: Path) -> Iterator[tuple[int, Record]]:
    found = _decoded(path)
    if not isinstance(found, list):
        raise DataError(f"{path}: a {type(found).__name__}, not a list of objects")
    for number, record in enumerate(found, 1):
        if not isinstance(record, dict):
            raise DataError(f"{path}, entry {number}: a {type(record).__name__}, not an object")
        yield number, record


def _decoded(path: Path) -> Any:
    with _open(path) as stream:
        try:
            return msgspec.json.decode(stream.read())
        except (msgspec.DecodeError, UnicodeDecodeError) as cause:
            raise DataError(f"{path}: not JSON ({cause})") from cause


def _csv(path: Path) -> Iterator[tuple[int, Record]]:
    with _open_text(path) as stream:
        reader = csv.DictReader(stream)
        for record in reader:
            if None in record or None in record.values():
                raise DataError(
                    f"{path}, line {reader.line_num}: not as many cells as the header has"
                )
            yield reader.line_num, dict(record)


def _parquet(path: Path) -> Iterator[tuple[int, Record]]:
    import duckdb

    connection = duckdb.connect()
    try:
        with interruptions():
            found = connection.execute("select * from read_parquet(?)", [str(path)])
            names = [column[0] for column in found.description]
            number = 0
            while batch := found.fetchmany(1024):
                for row in batch:
                    number += 1
                    yield number, dict(zip(names, row, strict=True))
    except duckdb.Error as cause:
        raise DataError(f"{path}: not a readable Parquet file ({cause})") from cause
    finally:
        connection.close()


@contextmanager
def _open(path: Path) -> Iterator[IO[bytes]]:
    try:
        with path.open("rb") as stream:
            if path.suffix == ".gz":
                with gzip.GzipFile(fileobj=stream) as unpacked:
                    yield cast("IO[bytes]", unpacked)
            else:
                yield stream
    except (OSError, EOFError) as cause:
        raise DataError(f"{path}: cannot be read ({cause})") from cause


@contextmanager
def _open_text(path: Path) -> Iterator[IO[str]]:
    try:
        opened = gzip.open if path.suffix == ".gz" else open
        with opened(path, "rt", encoding="utf-8-sig", newline="") as stream:
            yield stream
    except (OSError, EOFError, UnicodeDecodeError, csv.Error) as cause:
        raise DataError(f"{path}: cannot be read as CSV ({cause})") from cause
