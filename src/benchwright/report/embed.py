"""The measurements of a report as compressed columns that a browser unpacks when it needs them.

Everything is JSON, gzipped, in base64 inside script elements that are not run: whatever a model
wrote, its alphabet cannot end the element.
"""

from __future__ import annotations

import base64
import gzip
from collections.abc import Callable
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

_FIELDS = ("variant", "outcome", "answer", "strict_answer", "target", "explanation", "finish",
           "failure")  # fmt: skip


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


def embedded(pool: Pool, connection: Any, names: Names, *, where: str, limit: int) -> Embedded:
    """Return the rows that satisfy ``where``, with prompts and answers for ``limit`` of them.

    What a limit leaves out is left out by question, the same for every model, in an order that is
    random but fixed.
    """
    total = connection.execute(
        f"select count(*) from measurements where {condition(where)}"  # noqa: S608 - the user's own condition
    ).fetchone()[0]
    rows = connection.execute(
        f"""select model_key, benchmark, asked, conditions, scorer, sample, tags, repeat, value,
                   {", ".join(_FIELDS)}, tokens_in, tokens_out, seconds, extractors_agree,
                   boundary_merged, deviations, request_keys
            from (select * from measurements where {condition(where)}
                  order by md5(benchmark || sample), benchmark, sample, variant, repeat,
                           model, model_key, conditions, scorer limit {ROWS})"""  # noqa: S608 - as above
    )
    columns = [column[0] for column in rows.description]
    records = [dict(zip(columns, row, strict=True)) for row in rows.fetchall()]
    texts = Texts(pool)
    places = texts.read(_asked(records[:limit]))
    facts = _facts(records, names, places, _questions(connection))
    exchanges, shared = texts.exchanges()
    chunks = [exchanges[start : start + CHUNK] for start in range(0, len(exchanges), CHUNK)]
    facts["chunk"] = CHUNK
    elements = [_element("facts", facts), _element("shared", [shared, texts.pictures])]
    elements += [_element(f"texts-{number}", chunk) for number, chunk in enumerate(chunks)]
    return Embedded(
        elements="\n".join(elements),
        rows=len(records),
        rows_of=total,
        texts=min(limit, len(records)),
        pictures_left_out=texts.left_out,
    )


def _asked(records: list[dict[str, Any]]) -> list[Asked]:
    return [
        (record["model_key"], key) for record in records for key in record["request_keys"] or ()
    ]


def _questions(connection: Any) -> Callable[[str, str], str]:
    found = connection.execute(
        f"select benchmark, id, left(text, {PREVIEW}) from samples where variant = ''"  # noqa: S608 - a number
    ).fetchall()
    known = {(benchmark, sample): text for benchmark, sample, text in found}
    return lambda benchmark, sample: known.get((benchmark, sample), "")


def _facts(
    records: list[dict[str, Any]],
    names: Names,
    places: dict[Asked, int],
    question: Callable[[str, str], str],
) -> dict[str, Any]:
    """Return the rows as columns; numbers stand for values that repeat."""
    cells, samples, tags = _Codes(), _Codes(), _Codes()
    words = {name: _Codes() for name in (*_FIELDS, "deviations")}
    columns: dict[str, list[Any]] = {
        name: []
        for name in ("cell", "sample", "tags", "repeat", "value", "tokens_in", "tokens_out",
                     "seconds", "agree", "merged", "exchange", *words)
    }  # fmt: skip
    for record in records:
        cell = (names.shown[record["model_key"]], record["benchmark"], record["asked"],
                record["scorer"])  # fmt: skip
        columns["cell"].append(cells.of(cell))
        columns["sample"].append(samples.of((record["benchmark"], record["sample"])))
        columns["tags"].append(tags.of(tuple(sorted((record["tags"] or {}).items()))))
        columns["repeat"].append(record["repeat"])
        columns["value"].append(_short(record["value"]))
        for name in ("tokens_in", "tokens_out"):
            columns[name].append(record[name])
        columns["seconds"].append(_short(record["seconds"]))
        agree = record["extractors_agree"]
        columns["agree"].append(-1 if agree is None else int(agree))
        columns["merged"].append(int(bool(record["boundary_merged"])))
        keys = record["request_keys"] or ()
        there = [places[key] for key in ((record["model_key"], k) for k in keys) if key in places]
        columns["exchange"].append(there if len(there) > 1 else there[0] if there else -1)
        for name in _FIELDS:
            columns[name].append(words[name].of(_clipped(record[name])))
        columns["deviations"].append(words["deviations"].of("; ".join(record["deviations"] or ())))
    return {
        "cells": cells.values,
        "samples": [[b, s, question(b, s)] for b, s in samples.values],
        "tags": [dict(pairs) for pairs in tags.values],
        "words": {name: codes.values for name, codes in words.items()},
        "columns": columns,
    }


def _clipped(text: str | None) -> str | None:
    return text if text is None or len(text) <= LONG else text[:LONG] + " … (cut)"


def _short(number: float | None) -> float | int | None:
    if number is None:
        return None
    return int(number) if number == int(number) else round(number, 4)


def _element(name: str, value: Any) -> str:
    packed = gzip.compress(msgspec.json.encode(value), 6, mtime=0)
    return f'<script type="text/plain" id="{name}">{base64.b64encode(packed).decode()}</script>'
