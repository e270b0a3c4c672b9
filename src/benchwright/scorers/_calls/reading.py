"""The calls that an answer makes, and what a benchmark's sample says is right."""

from __future__ import annotations

import json
import re
from collections.abc import Sequence
from typing import Any, Literal, cast

from msgspec import Struct

from benchwright.core.content import ToolCall
from benchwright.core.sample import Sample
from benchwright.scorers._calls.checking import Answer, Language
from benchwright.scorers._calls.python_calls import Call, Unreadable, read_python
from benchwright.scorers._calls.source_calls import read_source

_FENCED = re.compile(r"```[ \t]*\w*[ \t]*\n(.*?)```", re.DOTALL)
_SHOWN = 400

Wanted = Literal["calls", "some", "none"]
"""Certain calls, any call at all, or none because no function fits."""


class Key(Struct, frozen=True, kw_only=True):
    """What is right for one sample."""

    wanted: Wanted
    """What kind of answer is right."""
    language: Language
    """Whose syntax and types."""
    functions: list[dict[str, Any]]
    """The functions' documents as the benchmark has them."""
    answers: list[Answer]
    """The right calls; empty unless certain calls are wanted."""


def key_of(sample: Sample) -> Key | None:
    """Return what is right for ``sample``; None where it is no sample of calls."""
    if "functions" not in sample.metadata:
        return None
    answers = [next(iter(one.items())) for one in json.loads(sample.metadata.get("answers", "[]"))]
    return Key(
        wanted=cast("Wanted", sample.metadata["wanted"]),
        language=cast("Language", sample.metadata["language"]),
        functions=json.loads(sample.metadata["functions"]),
        answers=answers,
    )


def written(text: str, language: Language, *, paper: bool) -> tuple[list[Call], str]:
    """Return the calls that an answer writes, and the rule that read them.

    ``whole``: the answer is a list of calls, or calls that lack its brackets, round which
    backticks may stand. If it is not, and unless ``paper``: ``fenced``, the one fenced block is;
    ``line``, one line alone is such a list in brackets.

    Raises:
        Unreadable: no rule reads any.
    """
    try:
        return _bracketed(text, language, paper), "whole"
    except Unreadable:
        if paper:
            raise
    fenced = _FENCED.findall(text) if text.count("```") == 2 else []
    lines = [line for line in text.split("\n") if _listed(line.strip())]
    for rule, found in (("fenced", fenced), ("line", lines)):
        if len(found) != 1:
            continue
        try:
            return _bracketed(found[0], language, paper), rule
        except Unreadable:
            continue
    raise Unreadable("no calls are written")


def _listed(line: str) -> bool:
    return line.startswith("[") and line.endswith("]") and "(" in line


def _bracketed(text: str, language: Language, paper: bool) -> list[Call]:
    inner = text.strip("`\n ")
    inner = inner if inner.startswith("[") else f"[{inner}"
    inner = inner if inner.endswith("]") else f"{inner}]"
    return read_python(inner, paper=paper) if language == "python" else read_source(inner)


def called(calls: Sequence[ToolCall]) -> list[Call]:
    """Return the calls of offered tools.

    Raises:
        Unreadable: the arguments of one are no JSON object.
    """
    found: list[Call] = []
    for call in calls:
        try:
            arguments = json.loads(call.arguments or "{}")
        except (ValueError, RecursionError) as cause:
            raise Unreadable(f"{call.name}: the arguments are no JSON") from cause
        if not isinstance(arguments, dict):
            raise Unreadable(f"{call.name}: the arguments are no object")
        found.append(Call(call.name, arguments))
    return found


def shown(calls: Sequence[Call]) -> str:
    """Return calls as a person reads them, shortened."""
    texts = [
        f"{call.name}({', '.join(f'{name}={value!r}' for name, value in call.arguments.items())})"
        for call in calls
    ]
    text = "; ".join(texts) or "no call"
    return text if len(text) <= _SHOWN else text[: _SHOWN - 1] + "…"
