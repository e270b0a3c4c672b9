"""Reading answers given as JSON with ``reasoning`` and ``answer``, as in WildEval/ZeroEval.

``paper=True`` is the released rule: the first JSON object, else a field anywhere in the text, else
a box (one model family only); of numbers the first that the value holds. ``paper=False`` corrects
it: the last JSON object that has an answer, the box rule for every model, the whole value. In both
the fraction that a model wrote is evaluated as arithmetic only; the released code runs it.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from typing import Any

from msgspec import Struct

from benchwright.scorers._arithmetic import evaluate

BOX_FAMILY = "Llama-3.1"
"""The one model family whose answers the released code also reads from a box."""

_BOXED = re.compile(r"\\boxed\{(\w+)\}")
_BOX_WITHIN = 30
_FIRST_NUMBER = re.compile(r"-?[0-9]+(?:\.[0-9]+)?")
_NUMBER = re.compile(r"[-+]?(?:[0-9]+(?:\.[0-9]*)?|\.[0-9]+)")
_LONGEST_NUMBER = 300


class Reading(Struct, frozen=True, kw_only=True):
    """What was read from one output."""

    found: bool
    """Whether there is an answer; null is one."""
    answer: Any = None
    """The answer: any JSON value."""
    reasoning: str = ""
    """The reasoning beside it."""
    rule: str = ""
    """Which step read it."""


def read(output: str, *, paper: bool, family: str = "") -> Reading:
    """Return what the rule reads from ``output``; ``family`` is the model's name as published."""
    objects = _first_object(output) if paper else reversed(list(_all_objects(output)))
    for record in objects:
        if "answer" in record:
            reasoning = _text(record.get("reasoning", ""))
            return Reading(
                found=True, answer=record["answer"], reasoning=reasoning, rule="JSON object"
            )
    answer, reasoning = _field(output, "answer"), _field(output, "reasoning") or ""
    if answer is not None:
        return Reading(found=True, answer=answer, reasoning=reasoning, rule="field search")
    boxing = not paper or BOX_FAMILY in family
    if boxing and "boxed" in output[-_BOX_WITHIN:] and (match := _BOXED.search(output)):
        return Reading(found=True, answer=match[1], reasoning=reasoning, rule="box")
    return Reading(found=False, reasoning=reasoning, rule="no answer")


def math_right(answer: Any, target: str, *, paper: bool) -> bool:
    """Return whether a number is right: its first number (paper) or the whole value equals."""
    given, wanted = _plain(_text(answer)), _plain(target.replace("#", "").strip())
    if paper:
        one, other = _FIRST_NUMBER.search(given), _FIRST_NUMBER.search(wanted)
        return bool(one and other) and float(one[0]) == float(other[0])  # type: ignore[index]
    one, other = _NUMBER.fullmatch(given), _NUMBER.fullmatch(wanted)
    if one and other and max(len(given), len(wanted)) <= _LONGEST_NUMBER:
        return float(given) == float(wanted)
    return given == wanted


def text_right(answer: Any, target: str) -> bool:
    """Return whether a Python literal is right as text, quotes at both ends dropped (CRUXEval)."""
    given = _text(answer).strip("'\"").replace("\n", "\\n")
    return given == target.strip("'\"")


def _first_object(output: str) -> Iterator[dict[str, Any]]:
    start = output.find("{")
    end = _closing(output, start) if start >= 0 else None
    if end is not None:
        yield from _parsed(output[start:end].replace("\n", ""))


def _all_objects(output: str) -> Iterator[dict[str, Any]]:
    # raw_decode knows strings, so braces inside them do not count; one pass, no backtracking
    # beyond an object that fails, and at most _OBJECTS of these.
    decoder = json.JSONDecoder(strict=False)
    at, tried = output.find("{"), 0
    while at >= 0 and tried < _OBJECTS:
        tried += 1
        try:
            value, end = decoder.raw_decode(output, at)
        except (ValueError, RecursionError):
            end = at + 1
        else:
            if isinstance(value, dict):
                yield value
        at = output.find("{", end)


_OBJECTS = 200
"""Opening braces looked at; texts full of LaTeX have many."""


def _closing(output: str, start: int) -> int | None:
    depth = 0
    for match in re.finditer(r"[{}]", output[start:]):
        depth += 1 if match[0] == "{" else -1
        if depth == 0:
            return start + match.end()
    return None


def _parsed(text: str) -> Iterator[dict[str, Any]]:
    try:
        value = json.loads(text)
    except (ValueError, RecursionError):
        return
    if isinstance(value, dict):
        yield value


def _field(output: str, key: str) -> str | None:
    patterns = (rf'"{key}"\s*:\s*"([^"]*)"', rf'"{key}"\s*:\s*([^,\s]*)', rf"{key}\s*:\s*([^,\s]*)")
    for pattern in patterns:
        if match := re.search(pattern, output):
            return match[1]
    return None


def _text(value: Any) -> str:
    return value if isinstance(value, str) else str(value)


def _plain(text: str) -> str:
    plain = text.replace("$", "").strip().replace(",", "")
    if "/" in plain:
        value = evaluate(plain)
        return plain if value is None else str(value)
    return plain
