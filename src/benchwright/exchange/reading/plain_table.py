"""A plain table: CSV, Parquet or JSON lines with the columns model, benchmark, item and score.

Every further column of a measurement is read under its own name, so that ``export`` and ``import``
are inverse. How the questions were asked is unknown but for what the columns ``asked`` and
``conditions`` say.
"""

from __future__ import annotations

import csv
import tempfile
from collections.abc import Iterator, Mapping
from functools import partial
from pathlib import Path
from typing import Any

import msgspec

from benchwright.core.canonical import digest
from benchwright.core.conditions import UNKNOWN
from benchwright.core.content import Text
from benchwright.core.errors import DataError
from benchwright.core.measurement import Outcome
from benchwright.core.sample import Sample
from benchwright.exchange.limits import MIB, Limits
from benchwright.exchange.log import Answered, Log, Notes, Told, Verdict, conditions_of
from benchwright.exchange.untrusted import (
    decode,
    first_line,
    head,
    lines,
    mapping,
    name_of,
    number,
    plain,
    short,
    whole,
)

HARNESS = "table"

NAMES: dict[str, tuple[str, ...]] = {
    "model": ("model",),
    "benchmark": ("benchmark", "dataset", "task"),
    "sample": ("sample", "item", "sample_id", "item_id", "question_id"),
    "value": ("value", "score"),
}
"""What must be there, under one of these names."""

_SPILL = 32 * MIB
_GROUP = ("model", "model_key", "benchmark", "asked", "conditions")
_COUNTS = ("tokens_in", "tokens_cached", "tokens_out", "tokens_reasoning")
_WORDS = {"true": 1.0, "false": 0.0}


def sniff(path: Path) -> bool:
    """Return whether ``path`` is a table with at least model, benchmark, item and score."""
    return path.is_file() and _named(_columns(path)) is not None


def read(path: Path, limits: Limits) -> Iterator[Log]:
    """Yield a log for every model, benchmark and way of asking in the table.

    The rows are put in order by way of files of their own, so that memory does not grow with them.

    Raises:
        DataError: a column is missing, or a line is malformed.
    """
    named = _named(_columns(path))
    if named is None:
        wanted = ", ".join(" or ".join(names) for names in NAMES.values())
        raise DataError(f"{path}: a table needs the columns {wanted}.")
    notes = Notes()
    with tempfile.TemporaryDirectory(prefix="benchwright-table-") as folder:
        groups = _Groups(Path(folder), limits)
        for record in _records(path, limits, notes):
            groups.add({key: record.get(column) for key, column in named.items() if column})
        for first, file in groups.files():
            benchmark, at, version = name_of(first["benchmark"]).partition("@")
            said = {key: short(first[key]) for key in ("asked", "conditions") if first.get(key)}
            own = {"key": short(first["model_key"])} if first.get("model_key") else {}
            yield Log(
                harness=HARNESS,
                task=benchmark,
                version=version if at else UNKNOWN,
                model=Told(name=name_of(first["model"]), fields=own),
                conditions=conditions_of(HARNESS, options=said),
                path=path,
                answers=partial(_answers, file, limits),
                remarks=tuple(notes.sentences()),
            )


class _Groups:
    """Rows by group, in files: a group is what one log is made of."""

    def __init__(self, folder: Path, limits: Limits) -> None:
        self._folder = folder
        self._limits = limits
        self._first: dict[str, Mapping[str, Any]] = {}
        self._waiting: dict[str, list[bytes]] = {}
        self._size = 0

    def add(self, record: Mapping[str, Any]) -> None:
        """Keep one row."""
        group = digest("\0".join(plain(record.get(name)) for name in _GROUP).encode(), 16)
        if group not in self._first:
            if len(self._first) >= self._limits.files:
                raise DataError(f"more than {self._limits.files:,} models × benchmarks in a table.")
            self._first[group] = record
        line = msgspec.json.encode({k: v for k, v in record.items() if v is not None})
        self._waiting.setdefault(group, []).append(line)
        self._size += len(line)
        if self._size > _SPILL:
            self._spill()

    def files(self) -> Iterator[tuple[Mapping[str, Any], Path]]:
        """Yield (first row, file of all rows) of every group, in the order of their first rows."""
        self._spill()
        for group, first in self._first.items():
            yield first, self._folder / group

    def _spill(self) -> None:
        for group, waiting in self._waiting.items():
            with (self._folder / group).open("ab") as file:
                file.write(b"\n".join(waiting) + b"\n")
        self._waiting, self._size = {}, 0


def _columns(path: Path) -> list[str]:
    if path.suffix == ".parquet":
        return [column for column, _ in _described(path)] if head(path, 4) == b"PAR1" else []
    if path.suffix == ".jsonl":
        return list(first_line(path) or {})
    if path.suffix not in (".csv", ".tsv"):
        return []
    try:
        with path.open(encoding="utf-8-sig", newline="") as stream:
            line = stream.readline(MIB)
    except (OSError, UnicodeDecodeError):
        return []
    try:
        return next(csv.reader([line], delimiter="\t" if path.suffix == ".tsv" else ","), [])
    except csv.Error:
        return []


def _named(columns: list[str]) -> dict[str, str] | None:
    """Return our name → the table's for every column that is read; None where one is missing."""
    named = {}
    for own, names in NAMES.items():
        found = next((name for name in names if name in columns), None)
        if found is None:
            return None
        named[own] = found
    named["scorer"] = next((name for name in ("scorer", "metric") if name in columns), "")
    further = (
        "model_key", "asked", "conditions", "variant", "repeat", "outcome", "answer", "target",
        "explanation", "finish", "failure", "tags", "seconds", "cost", "text", *_COUNTS,
    )  # fmt: skip
    return named | {name: name for name in further if name in columns}


def _records(path: Path, limits: Limits, notes: Notes) -> Iterator[Mapping[str, Any]]:
    if path.suffix == ".jsonl":
        for _, record in lines(path, limits, notes):
            yield record
    elif path.suffix == ".parquet":
        yield from _parquet(path, limits)
    else:
        yield from _csv(path, limits, notes)


def _csv(path: Path, limits: Limits, notes: Notes) -> Iterator[Mapping[str, Any]]:
    limits.check_size(path, limits.file_bytes)
    csv.field_size_limit(limits.line_bytes)
    try:
        with path.open(encoding="utf-8-sig", newline="") as stream:
            reader = csv.reader(stream, delimiter="\t" if path.suffix == ".tsv" else ",")
            header = next(reader)
            broken = 0
            for row in reader:
                if broken:
                    raise DataError(f"{path}, line {broken}: not as many cells as the header has.")
                if len(row) != len(header):
                    broken = reader.line_num  # the last line may have been cut off
                    continue
                yield {key: cell or None for key, cell in zip(header, row, strict=True)}
            if broken:
                notes.cut = f"{path} is cut off in line {broken}: the lines before it are whole."
    except (OSError, UnicodeDecodeError, csv.Error) as cause:
        raise DataError(f"{path}: cannot be read as CSV ({cause}).") from cause


def _described(path: Path) -> list[tuple[str, str]]:
    import duckdb  # heavy: only when a Parquet file is read

    try:
        with duckdb.connect(":memory:") as connection:
            found = connection.execute("DESCRIBE SELECT * FROM read_parquet([?])", [_glob(path)])
            return [(row[0], row[1]) for row in found.fetchall()]
    except duckdb.Error:
        return []


def _parquet(path: Path, limits: Limits) -> Iterator[Mapping[str, Any]]:
    import duckdb

    limits.check_size(path, limits.file_bytes)
    try:
        with duckdb.connect(":memory:") as connection:
            found = connection.execute("SELECT * FROM read_parquet([?])", [_glob(path)])
            names = [column[0] for column in found.description]
            while batch := found.fetchmany(1024):
                for row in batch:
                    yield dict(zip(names, row, strict=True))
    except duckdb.Error as cause:
        raise DataError(f"{path}: not a readable Parquet file ({cause}).") from cause


def _glob(path: Path) -> str:
    """Return the pattern that matches ``path`` alone: every path is one to DuckDB."""
    return "".join(f"[{c}]" if c in "[*?" else c for c in str(path))


def _answers(path: Path, limits: Limits, notes: Notes) -> Iterator[Answered]:
    for _, record in lines(path, limits, notes):
        text = plain(record.get("text"))
        yield Answered(
            sample=Sample(
                id=plain(record.get("sample")),
                input=(Text(text),) if text else (),
                target=plain(record.get("target")),
                tags=_tags(record.get("tags"), limits),
            ),
            repeat=_count(record.get("repeat")),
            variant=plain(record.get("variant")),
            verdicts=(_verdict(record, notes),),
            failure=plain(record.get("failure")),
            finish=plain(record.get("finish")),
            tokens_in=_count(record.get("tokens_in")),
            tokens_cached=_count(record.get("tokens_cached")),
            tokens_out=_count(record.get("tokens_out")),
            tokens_reasoning=_count(record.get("tokens_reasoning")),
            seconds=_figure(record.get("seconds")),
            cost=_figure(record.get("cost")),
        )


def _verdict(record: Mapping[str, Any], notes: Notes) -> Verdict:
    value = _figure(record.get("value"))
    said = record.get("outcome")
    outcome = Outcome.SCORED
    if said is not None and said in list(Outcome):
        outcome = Outcome(said)
    elif said is not None:
        notes.counts[f"rows of an outcome that is none of ours ({name_of(said)})"] += 1
        outcome = Outcome.UNPARSED
    elif record.get("value") is None:
        outcome = Outcome.UNJUDGED
    if outcome is Outcome.SCORED and value is None:
        notes.counts["scores that are no finite number, taken as unparsed"] += 1
        outcome = Outcome.UNPARSED
    answer = record.get("answer")
    return Verdict(
        metric=plain(record.get("scorer")) or "score",
        value=value if outcome is Outcome.SCORED else None,
        outcome=outcome,
        answer=None if answer is None else plain(answer),
        explanation=plain(record.get("explanation")),
    )


def _figure(cell: Any) -> float | None:
    if not isinstance(cell, str):
        return number(cell)
    word = cell.strip().lower()
    try:
        return _WORDS[word] if word in _WORDS else number(float(word))
    except ValueError:
        return None


def _count(cell: Any) -> int | None:
    if isinstance(cell, str):
        return whole(int(cell)) if cell.isascii() and cell.isdecimal() and len(cell) < 20 else None
    return whole(cell)


def _tags(cell: Any, limits: Limits) -> dict[str, str]:
    if isinstance(cell, str) and cell.startswith("{"):
        try:
            cell = decode(cell.encode(), "tags", limits)
        except DataError:
            return {}
    return {plain(key): plain(value) for key, value in mapping(cell).items()}
