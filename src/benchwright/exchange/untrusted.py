"""Reading what strangers wrote: JSON and lines within bounds, and text made plain.

Nothing is evaluated, and pickles are never opened.
"""

from __future__ import annotations

import json
import math
import re
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import msgspec

from benchwright.core.canonical import digest
from benchwright.core.errors import DataError
from benchwright.exchange.limits import MIB, Limits
from benchwright.exchange.log import Notes
from benchwright.pool.disk import file_name

PICKLES = (".pkl", ".pickle", ".pt", ".npy", ".npz", ".joblib")
"""Files that can run code when they are opened, or that hold such files."""

_LONGEST_NAME = 90
"""Bytes of a name as a file's name, so that harness, task and version together fit into one."""
_LOST = re.compile("[\ud800-\udfff\0]")
_HEAD = 1 * MIB
_NOT_JSON = (b"NaN", b"Infinity", b"\\ud", b"\\uD")
_decoder = msgspec.json.Decoder()


def decode(data: bytes, where: str, limits: Limits) -> Any:
    """Return the value of one JSON document.

    Python's ``NaN`` and ``Infinity`` are read as such, though JSON has none: logs hold them.

    Raises:
        DataError: it is not JSON, too large or nested too deeply.
    """
    if len(data) > limits.document_bytes:
        raise DataError(f"{where}: a document of {len(data):,} bytes; at most "
                        f"{limits.document_bytes:,} are read.")  # fmt: skip
    try:
        value = _decoder.decode(data)
    except RecursionError as cause:
        raise _too_deep(where, limits) from cause
    except (msgspec.DecodeError, UnicodeDecodeError) as strict:
        if not any(word in data for word in _NOT_JSON):
            raise DataError(f"{where}: not JSON ({strict})") from strict
        value = _lenient(data, where, limits)
    if _suspicious(data, limits.depth) and _depth(value) > limits.depth:
        raise _too_deep(where, limits)
    return value


def _lenient(data: bytes, where: str, limits: Limits) -> Any:
    try:
        return json.loads(data)
    except RecursionError as cause:
        raise _too_deep(where, limits) from cause
    except ValueError as cause:  # also a whole number of more digits than Python reads
        raise DataError(f"{where}: not JSON ({cause})") from cause


def _suspicious(data: bytes, depth: int) -> bool:
    return data.count(b"[") + data.count(b"{") > depth


def _depth(value: Any) -> int:
    deepest, waiting = 0, [(value, 1)]
    while waiting:
        one, level = waiting.pop()
        if isinstance(one, (dict, list)):
            deepest = max(deepest, level)
            inner = one.values() if isinstance(one, dict) else one
            waiting += [(item, level + 1) for item in inner if isinstance(item, (dict, list))]
    return deepest


def _too_deep(where: str, limits: Limits) -> DataError:
    return DataError(f"{where}: nested more than {limits.depth} levels deep; refused.")


def document(path: Path, limits: Limits) -> dict[str, Any]:
    """Return the JSON object that the file at ``path`` is.

    Raises:
        DataError: it is absent, too large, or not a JSON object.
    """
    limits.check_size(path, limits.document_bytes)
    value = decode(_read(path), str(path), limits)
    if not isinstance(value, dict):
        raise DataError(f"{path}: a {type(value).__name__}, not an object.")
    return value


def listing(path: Path, limits: Limits) -> list[Any]:
    """Return the JSON list that the file at ``path`` is.

    Raises:
        DataError: it is absent, too large, or not a JSON list.
    """
    limits.check_size(path, limits.document_bytes)
    value = decode(_read(path), str(path), limits)
    if not isinstance(value, list):
        raise DataError(f"{path}: a {type(value).__name__}, not a list.")
    return value


def _read(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except OSError as cause:
        raise DataError(f"{path}: cannot be read ({cause.strerror}).") from cause


def lines(path: Path, limits: Limits, notes: Notes) -> Iterator[tuple[int, dict[str, Any]]]:
    """Yield (line number from 1, object) of a file of JSON lines, one line in memory at a time.

    A last line that was cut off is left out and named in ``notes``.

    Raises:
        DataError: another line is not a JSON object, or is longer than the limits allow.
    """
    limits.check_size(path, limits.file_bytes)
    number = 0
    with opened(path) as stream:
        while line := stream.readline(limits.line_bytes + 1):
            number += 1
            where = f"{path}, line {number}"
            if len(line) > limits.line_bytes:
                raise DataError(f"{where}: longer than {limits.line_bytes:,} bytes.")
            if not line.strip():
                continue
            try:
                value = decode(line, where, limits)
            except DataError:
                if line.endswith(b"\n"):
                    raise
                notes.cut = f"{path} is cut off in line {number}: the lines before it are whole."
                return
            if not isinstance(value, dict):
                raise DataError(f"{where}: a {type(value).__name__}, not an object.")
            yield number, value


def first_line(path: Path) -> dict[str, Any] | None:
    """Return the first line of a file of JSON lines; None where it is no JSON object."""
    try:
        with path.open("rb") as stream:
            value = _decoder.decode(stream.readline(_HEAD * 8))
    except (OSError, msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        try:
            with path.open("rb") as stream:
                value = json.loads(stream.readline(_HEAD * 8))
        except (OSError, ValueError, RecursionError):
            return None
    return value if isinstance(value, dict) else None


def head(path: Path, size: int = 4096) -> bytes:
    """Return the first bytes of a file; none where it cannot be read."""
    try:
        with path.open("rb") as stream:
            return stream.read(size)
    except OSError:
        return b""


def peek(path: Path, *, most: int = 64 * MIB) -> Any:
    """Return the JSON value of a file of at most ``most`` bytes; None where it is none."""
    try:
        if not path.is_file() or path.stat().st_size > most:
            return None
        return decode(path.read_bytes(), str(path), Limits())
    except (OSError, DataError):
        return None


@contextmanager
def opened(path: Path) -> Iterator[Any]:
    """Open a file for reading bytes; what goes wrong names it."""
    try:
        with path.open("rb") as stream:
            yield stream
    except OSError as cause:
        raise DataError(f"{path}: cannot be read ({cause.strerror}).") from cause


def plain(value: Any) -> str:
    """Return a value of JSON as text: text as it is, anything else as JSON.

    Half of a surrogate pair and NUL cannot be kept in a pool; U+FFFD stands for them.
    """
    if isinstance(value, str):
        text = value
    elif value is None:
        return ""
    else:
        text = json.dumps(value, ensure_ascii=False, sort_keys=True)
    if text.isascii() and "\0" not in text:
        return text
    return _LOST.sub("\ufffd", text)


def name_of(value: Any, otherwise: str = "unknown") -> str:
    """Return ``value`` as a name: one line, not too long for a file's name, never empty."""
    text = " ".join(plain(value).split())
    text = "".join(c if c.isprintable() else "\ufffd" for c in text)
    if len(file_name(text)) <= _LONGEST_NAME:
        return text or otherwise
    kept = text[:_LONGEST_NAME]
    while len(file_name(kept)) > _LONGEST_NAME - 10:
        kept = kept[:-1]
    return f"{kept}~{digest(text.encode(), 4)}"


def number(value: Any) -> float | None:
    """Return a finite number; None where ``value`` is none: a list, a text, NaN, too large."""
    if isinstance(value, bool):
        return float(value)
    if not isinstance(value, (int, float)):
        return None
    try:
        found = float(value)
    except OverflowError:
        return None
    return found if math.isfinite(found) else None


def whole(value: Any) -> int | None:
    """Return a whole number that 64 bits hold and that is not negative; None where it is none."""
    if isinstance(value, bool) or not isinstance(value, int):
        return None
    return value if 0 <= value < 1 << 63 else None


def mapping(value: Any) -> Mapping[str, Any]:
    """Return ``value`` if it is an object, else an empty one."""
    return value if isinstance(value, dict) else {}


def short(value: Any, most: int = 200) -> str:
    """Return a setting as text: whole where it is short, else its digest."""
    text = plain(value)
    return text if len(text) <= most else f"blake2b:{digest(text.encode(), 16)}"


def as_written(value: Any) -> str:
    """Return a value of JSON as JSON, fields in the order in which they were written."""
    return _LOST.sub("\ufffd", json.dumps(value, ensure_ascii=False))


def encoded(value: Any) -> bytes:
    """Return ``value`` as JSON of our own; half of a surrogate pair and NUL become U+FFFD."""
    return plain(value).encode()
