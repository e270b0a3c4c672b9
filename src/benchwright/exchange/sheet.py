"""The first sheet of an .xlsx workbook, row by row, by a reader that trusts nothing.

A workbook is a zip archive of XML. Entities and document types are refused, so that nothing grows
while it is read and no other file is looked at; formulas are not evaluated, their kept values are
read. Shared texts are held in memory, the sheet is not.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from xml.parsers import expat  # document types, and with them entities, are refused

from benchwright.core.errors import DataError
from benchwright.exchange.archive import Archive
from benchwright.exchange.limits import MIB, Limits

_SHARED = "xl/sharedStrings.xml"
_CELL = re.compile(r"([A-Z]{1,3})[0-9]{1,7}")
_PIECE = 1 * MIB
_MOST_COLUMNS = 16_384  # the format's own bound

Cell = str | float | bool | None


def is_workbook(path: Path) -> bool:
    """Return whether the file at ``path`` is a zip archive with a sheet in it."""
    try:
        with Archive(path, Limits()) as archive:
            return _first(archive) is not None
    except DataError:
        return False


def rows(path: Path, limits: Limits) -> Iterator[list[Cell]]:
    """Yield the rows of the first sheet, empty cells as None.

    Raises:
        DataError: it is no workbook, is damaged, or holds more than ``limits`` allow.
    """
    with Archive(path, limits) as archive:
        sheet = _first(archive)
        if sheet is None:
            raise DataError(f"{path}: holds no sheet.")
        shared = []
        if _SHARED in archive.entries:
            texts = _Texts()
            for _ in _parsed(archive, _SHARED, texts, limits):
                pass
            shared = texts.found
        reader = _Rows(path, shared, limits)
        for _ in _parsed(archive, sheet, reader, limits):
            yield from reader.taken()


def _first(archive: Archive) -> str | None:
    sheets = [
        name for name in archive.entries if re.fullmatch(r"xl/worksheets/sheet[0-9]+\.xml", name)
    ]
    return min(sheets, key=lambda name: (len(name), name), default=None)


def _parsed(archive: Archive, name: str, handler: Any, limits: Limits) -> Iterator[None]:
    """Feed one entry to ``handler`` piece by piece, and yield after each."""
    where = f"{archive.path}, {name}"
    parser = expat.ParserCreate(namespace_separator=" ")
    parser.buffer_text = True
    parser.StartDoctypeDeclHandler = _refuse
    parser.EntityDeclHandler = _refuse
    parser.StartElementHandler = handler.start
    parser.EndElementHandler = handler.end
    parser.CharacterDataHandler = handler.text
    read = 0
    try:
        with archive.open(name) as stream:
            while piece := stream.read(_PIECE):
                read += len(piece)
                if read > limits.document_bytes:
                    raise DataError(f"{where}: larger than it says.")
                parser.Parse(piece, False)
                yield
            parser.Parse(b"", True)
            yield
    except expat.ExpatError as cause:
        raise DataError(f"{where}: not XML ({cause}).") from cause
    except _Entities as cause:
        raise DataError(f"{where}: declares a document type, which a sheet has not.") from cause


class _Entities(Exception):
    """A document type or an entity was declared."""


def _refuse(*_: object) -> None:
    raise _Entities


def _local(name: str) -> str:
    return name.rpartition(" ")[2]


class _Texts:
    """The texts that cells share: each the text of its runs, without phonetic help."""

    def __init__(self) -> None:
        self.found: list[str] = []
        self._pieces: list[str] = []
        self._inside = False
        self._phonetic = 0

    def start(self, name: str, attributes: dict[str, str]) -> None:
        del attributes
        local = _local(name)
        if local == "si":
            self._pieces = []
        elif local == "rPh":
            self._phonetic += 1
        elif local == "t":
            self._inside = not self._phonetic

    def end(self, name: str) -> None:
        local = _local(name)
        if local == "t":
            self._inside = False
        elif local == "rPh":
            self._phonetic -= 1
        elif local == "si":
            self.found.append(_unescaped("".join(self._pieces)))

    def text(self, data: str) -> None:
        if self._inside:
            self._pieces.append(data)


class _Rows:
    """The rows of a sheet."""

    def __init__(self, path: Path, shared: list[str], limits: Limits) -> None:
        self._path = path
        self._shared = shared
        self._left = limits.cells
        self._whole: list[list[Cell]] = []
        self._row: dict[int, Cell] = {}
        self._kind = ""
        self._column = 0
        self._pieces: list[str] = []
        self._inside = False

    def taken(self) -> list[list[Cell]]:
        """Return the rows that became whole since the last call."""
        whole, self._whole = self._whole, []
        return whole

    def start(self, name: str, attributes: dict[str, str]) -> None:
        local = _local(name)
        if local == "row":
            self._row, self._column = {}, -1
        elif local == "c":
            self._left -= 1
            self._column = self._place(attributes.get("r", ""))
            self._kind = attributes.get("t", "n")
            self._pieces = []
            if self._left < 0 or self._column >= _MOST_COLUMNS:
                raise DataError(f"{self._path}: a sheet of too many cells.")
        elif local in ("v", "t"):
            self._inside = True

    def end(self, name: str) -> None:
        local = _local(name)
        if local in ("v", "t"):
            self._inside = False
        elif local == "c" and self._pieces:
            self._row[self._column] = self._value("".join(self._pieces))
        elif local == "row":
            width = max(self._row, default=-1) + 1
            self._whole.append([self._row.get(column) for column in range(width)])

    def text(self, data: str) -> None:
        if self._inside:
            self._pieces.append(data)

    def _place(self, reference: str) -> int:
        found = _CELL.fullmatch(reference)
        if found is None:
            return self._column + 1
        column = 0
        for letter in found[1]:
            column = column * 26 + ord(letter) - ord("A") + 1
        return column - 1

    def _value(self, text: str) -> Cell:
        if self._kind == "s":
            place = int(text) if text.strip().isdecimal() and len(text) < 12 else -1
            if not 0 <= place < len(self._shared):
                raise DataError(f"{self._path}: a cell points at a text that is not there.")
            return self._shared[place]
        if self._kind == "b":
            return text == "1"
        if self._kind in ("str", "inlineStr"):
            return _unescaped(text)
        if self._kind == "e":
            return None
        try:
            return float(text)
        except ValueError:
            return text


def _unescaped(text: str) -> str:
    """Return ``text`` with the format's own ``_x000D_`` for characters that XML has not."""
    return re.sub(r"_x([0-9A-Fa-f]{4})_", lambda found: chr(int(found[1], 16)), text)
