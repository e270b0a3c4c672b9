"""The measurements of a report as compressed columns that a browser unpacks when it needs them.

Everything is JSON, gzipped, in base64 inside script elements that are not run: whatever a model
wrote, its alphabet cannot end the element.
"""

from __future__ import annotations

import base64
import gzip
from typing import Any

import msgspec
from msgspec import Struct

from benchwright.analysis.cells import condition
from benchwright.analysis.names import Names
from benchwright.pool import Pool
from benchwright.report.texts import Asked, Texts

CHUNK = 250
"""Exchanges unpacked at once."""

ROWS = 300_000
"""Most rows in the browser of one report."""

PREVIEW, LONG = 240, 2_000
"""Characters kept of a question in the list, and of an explanation or answer."""

_BATCH = 4_000
_WORDS = ("variant", "outcome", "answer", "strict_answer", "target", "explanation", "finish",
          "failure", "deviations")  # fmt: skip
_PLAIN = ("repeat", "value", "tokens_in", "tokens_out", "seconds")


class Embedded(Struct, frozen=True, kw_only=True):
    """What the page carries for its browser of samples."""

    elements: str
    """The script elements."""
    rows: int
    """Rows in the browser."""
    rows_of: int
    """Rows in the pool that satisfy the report's condition."""
    texts: int
    """Rows whose prompt and answer were looked for; what failed has none."""
    pictures_left_out: int
    """Pictures that did not fit."""


class _Codes:
    """Numbers for values that repeat."""

    def __init__(self) -> None:
        self.values: list[Any] = []
        self._place: dict[Any, int] = {}

    def of(self, value: Any) -> int:
        place = self._place.get(value)
        if place is None:
            place = self._place[value] = len(self.values)
            self.values.append(value)
        return place


class _Facts:
    """Rows as columns; numbers stand for values that repeat."""

    def __init__(self, names: Names) -> None:
        self._names = names
        self._cells, self._samples, self._tags = _Codes(), _Codes(), _Codes()
        self._words = {name: _Codes() for name in _WORDS}
        derived = ("cell", "sample", "tags", "agree", "merged", "exchange")
        self._columns: dict[str, list[Any]] = {n: [] for n in (*derived, *_PLAIN, *_WORDS)}
        self.rows = 0

    def add(self, row: dict[str, Any], places: dict[Asked, int]) -> None:
        """Take in one row, whose exchanges stand at ``places``."""
        columns = self._columns
        model = self._names.shown[row["model_key"]]
        cell = (model, row["benchmark"], row["asked"], row["scorer"])
        columns["cell"].append(self._cells.of(cell))
        columns["sample"].append(self._samples.of((row["benchmark"], row["sample"])))
        columns["tags"].append(self._tags.of(tuple(sorted((row["tags"] or {}).items()))))
        agree = row["extractors_agree"]
        columns["agree"].append(-1 if agree is None else int(agree))
        columns["merged"].append(int(bool(row["boundary_merged"])))
        there = [places[key] for key in asked_in(row) if key in places]
        columns["exchange"].append(there if len(there) > 1 else there[0] if there else -1)
        for name in _PLAIN:
            columns[name].append(_short(row[name]))
        for name in _WORDS:
            columns[name].append(self._words[name].of(_clipped(row[name])))
        self.rows += 1

    def value(self, questions: dict[tuple[str, str], str]) -> dict[str, Any]:
        """Return all of it, with the beginnings of the ``questions``."""
        return {
            "cells": self._cells.values,
            "samples": [[*key, questions.get(key, "")] for key in self._samples.values],
            "tags": [dict(pairs) for pairs in self._tags.values],
            "words": {name: codes.values for name, codes in self._words.items()},
            "columns": self._columns,
            "chunk": CHUNK,
        }


def embedded(pool: Pool, connection: Any, names: Names, *, where: str, limit: int) -> Embedded:
    """Return the rows that satisfy ``where``, with prompts and answers for up to ``limit`` of them.

    What a limit leaves out is left out by question, the same for every model, in an order that is
    random but fixed.
    """
    total = connection.execute(
        f"select count(*) from measurements where {condition(where)}"  # noqa: S608 - the user's own condition
    ).fetchone()[0]
    questions = connection.execute(
        f"select benchmark, id, left(text, {PREVIEW}) from samples where variant = ''"  # noqa: S608 - a number
    ).fetchall()
    found = connection.execute(
        f"""select model_key, benchmark, asked, scorer, sample, tags, {", ".join(_PLAIN)},
                   {", ".join(_WORDS)}, extractors_agree, boundary_merged, request_keys
            from measurements where {condition(where)}
            order by md5(benchmark || sample), benchmark, sample, variant, repeat,
                     model, model_key, conditions, scorer limit {ROWS}"""  # noqa: S608 - as above
    )
    columns = [column[0] for column in found.description]
    facts, sought = _Facts(names), 0
    with Texts(pool) as texts:
        while batch := found.fetchmany(_BATCH):
            rows = [dict(zip(columns, row, strict=True)) for row in batch]
            wanted = rows[: limit - sought] if texts.room else []
            places = texts.read(key for row in wanted for key in asked_in(row))
            sought += len(wanted)
            for row in rows:
                facts.add(row, places)
    exchanges, shared = texts.exchanges()
    chunks = [exchanges[start : start + CHUNK] for start in range(0, len(exchanges), CHUNK)]
    previews = {(benchmark, sample): text for benchmark, sample, text in questions}
    elements = [_element("facts", facts.value(previews))]
    elements.append(_element("shared", [shared, texts.pictures]))
    elements += [_element(f"texts-{number}", chunk) for number, chunk in enumerate(chunks)]
    return Embedded(
        elements="\n".join(elements),
        rows=facts.rows,
        rows_of=total,
        texts=sought,
        pictures_left_out=len(texts.left_out),
    )


def asked_in(row: dict[str, Any]) -> list[Asked]:
    """Return what was asked for a row."""
    return [(row["model_key"], key) for key in row["request_keys"] or ()]


def _clipped(value: Any) -> str | None:
    text = "; ".join(value) if isinstance(value, list) else value
    return text if text is None or len(text) <= LONG else text[:LONG] + " … (cut)"


def _short(number: float | None) -> float | int | None:
    if number is None:
        return None
    return int(number) if number == int(number) else round(number, 4)


def _element(name: str, value: Any) -> str:
    packed = gzip.compress(msgspec.json.encode(value), 6, mtime=0)
    return f'<script type="text/plain" id="{name}">{base64.b64encode(packed).decode()}</script>'
