"""What a text of Java or JavaScript source is worth as a value of the type that is declared.

A text that is no literal of its type stays a text: it may name a variable.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

from benchwright.scorers._calls.python_calls import Unreadable
from benchwright.scorers._calls.source_calls import pieces, unquoted

JAVA: dict[str, type] = {
    "byte": int,
    "short": int,
    "integer": int,
    "long": int,
    "float": float,
    "double": float,
    "boolean": bool,
    "char": str,
    "String": str,
    "any": str,
    "Array": list,
    "ArrayList": list,
    "Queue": list,
    "Stack": list,
    "Set": set,
    "HashMap": dict,
    "Hashtable": dict,
}
"""Java's type as declared → the type that a value of it has here."""
JAVASCRIPT: dict[str, type] = {
    "String": str,
    "integer": int,
    "float": float,
    "Bigint": int,
    "Boolean": bool,
    "dict": dict,
    "array": list,
    "any": str,
}
"""JavaScript's type as declared → the type that a value of it has here."""

_WHOLE = re.compile(r"-?\d+")
_DECIMAL = re.compile(r"-?\d+(\.\d+)?([eE][+-]?\d+)?")
_PLAIN_DECIMAL = re.compile(r"-?\d+(\.\d+)?")
_ARRAY = re.compile(r"new\s+\w+\[\]\s*\{")
_AS_LIST = re.compile(r"new\s+ArrayList<\w*>\(Arrays\.asList\(")
_NEW_LIST = re.compile(r"new\s+ArrayList<\w*>\(\)")
_NEW_MAP = re.compile(r"new\s+HashMap<[^>]*>\s*\(\)")
_ADD = re.compile(r"\badd\(")
_PUT = re.compile(r"\bput\(")
_DIGITS = 300


def java_value(text: str, kind: str, nested: str | None, *, paper: bool = False) -> Any:
    """Return the value of Java source ``text`` declared as ``kind``, its elements as ``nested``."""
    if kind in {"byte", "short", "integer"}:
        return _number(text, _WHOLE, "", int)
    if kind == "long":
        return _number(text, _WHOLE, "lL", int)
    if kind == "float":
        return _number(text, _DECIMAL, "fF", float)
    if kind == "double":
        return _number(text, _DECIMAL, "", float)
    if kind == "boolean":
        return text == "true" if text in {"true", "false"} else text
    if kind == "Array" and (start := _ARRAY.search(text)):
        strip = not paper or nested not in {"String", "char"}
        return [_java_element(part, nested, strip=strip) for part in _inside(text, start.end())]
    if kind == "ArrayList":
        return _java_list(text, nested)
    if kind == "HashMap":
        return _java_map(text)
    return text


def javascript_value(text: str, kind: str, nested: str | None) -> Any:
    """Return the value of JavaScript source ``text`` declared as ``kind``."""
    if kind == "String":
        return text[1:-1] if len(text) > 1 and text[0] == text[-1] and text[0] in "\"'" else text
    if kind == "integer":
        return _number(text, _WHOLE, "", int)
    if kind == "Bigint":
        return _number(text, _WHOLE, "n", int)
    if kind == "float":
        return _number(text, _PLAIN_DECIMAL, "", float)
    if kind == "Boolean":
        return text == "true" if text in {"true", "false"} else text
    if kind == "array":
        return _javascript_array(text.strip(), nested)
    if kind == "dict":
        return _javascript_object(text.strip())
    return text


def _number(
    text: str, form: re.Pattern[str], suffix: str, number: Callable[[str], int | float]
) -> Any:
    digits = text[:-1] if suffix and text[-1:] in suffix else text
    if (suffix and digits == text) or len(digits) > _DIGITS or not form.fullmatch(digits):
        return text
    return number(digits)


def _inside(text: str, start: int) -> list[str]:
    """Return the pieces between the bracket that opened before ``start`` and its end."""
    depth, at = 1, start
    while at < len(text) and depth:
        depth += (text[at] in "([{") - (text[at] in ")]}")
        at += 1
    try:
        return [piece.strip() for piece in pieces(text[start : at - 1])]
    except Unreadable:
        return [piece.strip() for piece in text[start : at - 1].split(",")]


def _java_list(text: str, nested: str | None) -> Any:
    if start := _AS_LIST.search(text):
        return [_java_element(part, nested) for part in _inside(text, start.end())]
    if start := _NEW_LIST.search(text):
        added = [_inside(text, match.end()) for match in _ADD.finditer(text, start.end())]
        return [_java_element(part, nested) for parts in added for part in parts[:1]]
    return text


def _java_map(text: str) -> Any:
    start = _NEW_MAP.search(text)
    if start is None:
        return text
    found: dict[str, Any] = {}
    for match in _PUT.finditer(text, start.end()):
        entry = _inside(text, match.end())
        if len(entry) == 2:
            found[unquoted(entry[0])] = _java_plain(entry[1])
    return found


def _java_element(text: str, nested: str | None, *, strip: bool = True) -> Any:
    if nested in {"String", "char"}:
        return unquoted(text) if strip else text
    if nested in {None, "any"}:
        # An element declared `any` is a text in the released code, quotation marks and all.
        return _java_plain(text) if strip else text
    return java_value(text, nested, None)


def _java_plain(text: str) -> Any:
    if text in {"true", "false"}:
        return text == "true"
    if text[-1:] in "lLfF" and _PLAIN_DECIMAL.fullmatch(text[:-1]):
        text = text[:-1]
    return _plain(text)


def _javascript_array(text: str, nested: str | None) -> Any:
    start = re.match(r"\[|new\s+Array\(", text)
    if start is None:
        return text
    parts = _inside(text, start.end())
    if any(part.startswith("[") for part in parts):
        inner = [_javascript_array(part, None) for part in parts]
        return [part if isinstance(part, list) else [part] for part in inner]
    if nested in {None, "array", "dict"}:
        return [_javascript_plain(part) for part in parts]
    return [
        javascript_value(part, "String" if part[:1] in "\"'" else nested, None) for part in parts
    ]


def _javascript_object(text: str) -> Any:
    if not text.startswith("{"):
        return text
    found: dict[str, Any] = {}
    for entry in _inside(text, 1):
        key, colon, value = entry.partition(":")
        if not colon:
            key = value = entry  # {name} is short for {name: name}
        found[unquoted(key)] = _javascript_plain(value.strip())
    return found


def _javascript_plain(text: str) -> Any:
    if text in {"true", "false"}:
        return text == "true"
    if text.startswith("["):
        return _javascript_array(text, None)
    if text.startswith("{"):
        return _javascript_object(text)
    return _plain(text)


def _plain(text: str) -> Any:
    if len(text) <= _DIGITS and _WHOLE.fullmatch(text):
        return int(text)
    if len(text) <= _DIGITS and _DECIMAL.fullmatch(text):
        return float(text)
    return unquoted(text)
