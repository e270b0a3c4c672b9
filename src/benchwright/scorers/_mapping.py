"""Reading a flat dictionary that a model wrote as Python or JSON, without running anything."""

from __future__ import annotations

import re

_STRING = r"'(?:[^'\\]|\\.)*'|\"(?:[^\"\\]|\\.)*\""
_PAIR = re.compile(
    rf"\s*(?P<key>{_STRING}|[-+.\w]+)\s*:\s*(?P<value>{_STRING}|[-+.\w]+)\s*(?P<end>[,}}])",
    re.DOTALL,
)
_ESCAPE = re.compile(r"\\(u[0-9a-fA-F]{4}|.)", re.DOTALL)
_ESCAPED = {"n": "\n", "t": "\t", "r": "\r", "b": "\b", "f": "\f"}
_MISSING = {"None", "null"}


def mapping_of(text: str) -> dict[str, str | None] | None:
    """Return the dictionary that ``text`` is as a whole; None where it is none.

    Keys and values are texts, bare words or numbers (kept as written), or nothing (None).
    """
    return _mapping(text.strip(), whole=True)


def last_mapping(text: str) -> dict[str, str | None] | None:
    """Return the last dictionary that stands anywhere in ``text``; None where there is none."""
    starts = [match.start() for match in re.finditer(r"\{", text)][-50:]
    for start in reversed(starts):
        if found := _mapping(text[start:], whole=False):
            return found
    return None


def _mapping(text: str, *, whole: bool) -> dict[str, str | None] | None:
    if not text.startswith("{"):
        return None
    found: dict[str, str | None] = {}
    empty = re.match(r"\{\s*\}", text)
    at, ended = (empty.end(), True) if empty else (1, False)
    while not ended:
        match = _PAIR.match(text, at)
        if match is None:
            close = re.compile(r"\s*\}").match(text, at)
            if not found or not close:
                return None
            at, ended = close.end(), True
            break
        found[_text(match["key"]) or ""] = _text(match["value"])
        at, ended = match.end(), match["end"] == "}"
    return found if not whole or at == len(text) else None


def _text(token: str) -> str | None:
    if token in _MISSING:
        return None
    if token[0] not in "'\"":
        return token
    return _ESCAPE.sub(_unescaped, token[1:-1])


def _unescaped(match: re.Match[str]) -> str:
    code = match[1]
    return chr(int(code[1:], 16)) if len(code) == 5 else _ESCAPED.get(code, code)
