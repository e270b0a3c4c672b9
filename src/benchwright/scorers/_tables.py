"""Tables that a model wrote in one of six text formats, compared cell by cell.

A cell is a number, nothing, or a text without outer white space. What looks like a number is one,
whatever stands above and below it; ``by_column`` reads as data-frame libraries do, where a column
holds numbers only if all of it does.
"""

from __future__ import annotations

import csv
import io
import json
import math
import re
from collections.abc import Iterable, Sequence
from html.parser import HTMLParser
from typing import Any

from msgspec import Struct

Cell = float | str | None

_MISSING = frozenset(
    ["", "#N/A", "#N/A N/A", "#NA", "-1.#IND", "-1.#QNAN", "-NaN", "-nan", "1.#IND", "1.#QNAN",
     "<NA>", "N/A", "NA", "NULL", "NaN", "None", "n/a", "nan", "null"]
)  # fmt: skip
_NUMBER = re.compile(r"[-+]?(?:[0-9]+\.?[0-9]*|\.[0-9]+)(?:[eE][-+]?[0-9]{1,3})?")
_RULE = re.compile(r"[-:\s|]+")
_LARGEST = 200_000


class Table(Struct, frozen=True, kw_only=True):
    """One table; a column called ``index`` is left out."""

    columns: tuple[str, ...]
    """Names of the columns."""
    rows: tuple[tuple[Cell, ...], ...]
    """Rows of as many cells."""


def read_table(text: str, kind: str, *, by_column: bool = False) -> Table | None:
    """Return the table that ``text`` is; None where it cannot be read.

    Args:
        text: The table and nothing else.
        kind: ``csv``, ``tsv``, ``json``, ``jsonl``, ``html`` or ``markdown``.
        by_column: Whether the texts of a column are numbers only if all of them are.
    """
    if len(text) > _LARGEST:
        return None
    try:
        if kind in {"json", "jsonl"}:
            columns, lines = _of_records(_records(text, kind))
        elif kind == "html":
            columns, lines = _of_lines(_html(text))
        elif kind == "markdown":
            columns, lines = _of_lines(_markdown(text))
        else:
            columns, lines = _of_lines(_separated(text, "\t" if kind == "tsv" else ","))
    except (ValueError, RecursionError, csv.Error):
        return None
    return _table(columns, lines, by_column=by_column)


def same_table(one: Table, other: Table) -> bool:
    """Return whether two tables hold the same: columns in any order, rows in the same one."""
    if sorted(one.columns) != sorted(other.columns) or len(one.rows) != len(other.rows):
        return False
    if len(set(one.columns)) != len(one.columns):
        return one == other
    places = [other.columns.index(name) for name in one.columns]
    return all(
        _same(cell, right[place])
        for left, right in zip(one.rows, other.rows, strict=True)
        for cell, place in zip(left, places, strict=True)
    )


def _same(one: Cell, other: Cell) -> bool:
    if isinstance(one, float) and isinstance(other, float):
        return abs(one - other) < 1e-6
    return one == other


def _cell(value: Any) -> Cell:
    if value is None or (isinstance(value, float) and math.isnan(value)):
        return None
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, int | float):
        return float(value) if abs(value) < 1e300 else str(value)
    text = value.strip() if isinstance(value, str) else json.dumps(value, sort_keys=True)
    if text in _MISSING:
        return None
    if _NUMBER.fullmatch(text) and len(text) < 300:
        return float(text)
    return text.lower() if text.lower() in {"true", "false"} else text


def _records(text: str, kind: str) -> list[dict[str, Any]]:
    if kind == "jsonl":
        rows = [json.loads(line) for line in text.split("\n") if line.strip()]
    else:
        value = json.loads(text)
        rows = list(value.values()) if isinstance(value, dict) else value
    if not isinstance(rows, list) or not rows or not all(isinstance(row, dict) for row in rows):
        raise ValueError("neither rows by name nor a list of rows")
    return rows


def _of_records(records: Sequence[dict[str, Any]]) -> tuple[list[str], list[list[Any]]]:
    columns = list(dict.fromkeys(str(name) for record in records for name in record))
    return columns, [[record.get(name) for name in columns] for record in records]


def _of_lines(lines: Sequence[Sequence[str]]) -> tuple[list[str], list[list[Any]]]:
    columns, *rows = lines
    if any(len(row) > len(columns) for row in rows):
        raise ValueError("a row has more cells than there are columns")
    filled = [[*row, *[None] * (len(columns) - len(row))] for row in rows]
    return list(columns), [[None if cell in _MISSING else cell for cell in row] for row in filled]


def _table(columns: Sequence[str], lines: Sequence[Sequence[Any]], *, by_column: bool) -> Table:
    names = [name.strip() for name in columns]
    kept = [place for place, name in enumerate(names) if name != "index"]
    texts = {place for place in kept if by_column and not _numeric(line[place] for line in lines)}
    return Table(
        columns=tuple(names[place] for place in kept),
        rows=tuple(
            tuple(
                line[place].strip()
                if place in texts and isinstance(line[place], str)
                else _cell(line[place])
                for place in kept
            )
            for line in lines
        ),
    )


def _numeric(values: Iterable[Any]) -> bool:
    return all(not isinstance(v, str) or _NUMBER.fullmatch(v.strip()) for v in values)


def _separated(text: str, separator: str) -> list[list[str]]:
    rows = [row for row in csv.reader(io.StringIO(text.strip("\n")), delimiter=separator) if row]
    if not rows:
        raise ValueError("no lines")
    return rows


def _markdown(text: str) -> list[list[str]]:
    lines = [line.strip() for line in text.strip().split("\n") if "|" in line]
    kept = [line for line in lines if not _RULE.fullmatch(line)]
    if not kept:
        raise ValueError("no lines")
    return [[cell.strip() for cell in line.strip("|").split("|")] for line in kept]


class _Cells(HTMLParser):
    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.rows: list[list[str]] = []
        self._open = False

    def handle_starttag(self, tag: str, attrs: object) -> None:  # noqa: ARG002 - given by the parser
        if tag == "tr":
            self.rows.append([])
        elif tag in {"td", "th"}:
            if not self.rows:
                self.rows.append([])
            self.rows[-1].append("")
            self._open = True

    def handle_endtag(self, tag: str) -> None:
        if tag in {"td", "th", "tr", "table"}:
            self._open = False

    def handle_data(self, data: str) -> None:
        if self._open:
            self.rows[-1][-1] += data


def _html(text: str) -> list[list[str]]:
    cells = _Cells()
    cells.feed(text)
    cells.close()
    rows = [[" ".join(cell.split()) for cell in row] for row in cells.rows if row]
    if not rows:
        raise ValueError("no table")
    return rows
