"""Calls in Java's and JavaScript's syntax, as written: every argument's value stays a text.

The released code parses with tree-sitter and loses the body of ``new HashMap<>() {{ … }}``; here
a value is the source between ``=`` and the next comma that no bracket or quotation mark holds.
"""

from __future__ import annotations

import re

from benchwright.scorers._calls.python_calls import Call, Unreadable

_NAME = re.compile(r"\s*([A-Za-z_$][\w$.]*)\s*\(")
_WORD = re.compile(r"\s*([A-Za-z_$][\w$]*)\s*=(?!=)")
_GENERIC = re.compile(r"new\s+[\w.]+\s*\Z")
_LONGEST = 50_000
_CLOSES = {"(": ")", "[": "]", "{": "}", "<": ">"}


def read_source(text: str) -> list[Call]:
    """Return the calls that ``text`` is, with or without square brackets round them.

    Raises:
        Unreadable: it is something else.
    """
    if len(text) > _LONGEST:
        raise Unreadable("too long")
    inner = text.strip()
    if inner.startswith("[") and inner.endswith("]"):
        inner = inner[1:-1]
    return [_call(part) for part in pieces(inner.strip().removesuffix(";"))]


def _call(text: str) -> Call:
    name = _NAME.match(text)
    if name is None or not text.rstrip().endswith(")"):
        raise Unreadable("no call")
    arguments: dict[str | None, str] = {}
    for piece in pieces(text[name.end() : text.rstrip().rindex(")")]):
        word = _WORD.match(piece)
        key = word[1] if word else None
        if key in arguments:
            raise Unreadable("an argument comes twice")
        arguments[key] = unquoted(piece[word.end() :] if word else piece)
    return Call(name[1], arguments)


def unquoted(text: str) -> str:
    """Return ``text`` without the quotation marks that wholly enclose it."""
    plain = text.strip()
    whole = len(plain) > 1 and plain[0] in "\"'" and _literal(plain, 0) == len(plain)
    return plain[1:-1] if whole else plain


def pieces(text: str) -> list[str]:
    """Return what stands between the commas that no bracket or quotation mark holds.

    Raises:
        Unreadable: a bracket or quotation mark does not close.
    """
    found: list[str] = []
    open_brackets: list[str] = []
    start = at = 0
    while at < len(text):
        character = text[at]
        if character in "\"'`":
            at = _literal(text, at)
            continue
        if open_brackets and character == open_brackets[-1]:
            open_brackets.pop()
        elif character in "([{" or (
            character == "<" and _GENERIC.search(text, max(0, at - 80), at)
        ):
            open_brackets.append(_CLOSES[character])
        elif character in ")]}":
            raise Unreadable("a bracket closes that did not open")
        elif character == "," and not open_brackets:
            found.append(text[start:at])
            start = at + 1
        at += 1
    if open_brackets:
        raise Unreadable("a bracket does not close")
    return [piece for piece in (*found, text[start:]) if piece.strip()]


def _literal(text: str, start: int) -> int:
    at = start + 1
    while at < len(text):
        if text[at] == "\\":
            at += 2
            continue
        if text[at] == text[start]:
            return at + 1
        at += 1
    raise Unreadable("a quotation mark does not close")
