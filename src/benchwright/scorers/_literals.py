"""Python literals in answers: found in brackets, JSON, assertions or prose, and compared.

Nothing is run: ``ast.literal_eval`` reads constants, containers and signs only.
"""

from __future__ import annotations

import ast
import re
from itertools import islice
from typing import Any

from benchwright.scorers._blocks import spoken, stretches
from benchwright.scorers._python_statements import quiet
from benchwright.scorers._zeroeval import read

UNKNOWN = object()
"""What is no literal."""

_LONGEST = 20_000
_LONGEST_CALL = 4_000
_MOST_CALLS = 50
_FORM = re.compile(r'\{[^{}]*"answer"\s*:\s*"_+"\s*\}')
"""The empty form of ZeroEval's prompt, said back."""
_TAGGED = re.compile(r"\[ANSWER\](.*?)(?:\[/ANSWER\]|\Z)", re.DOTALL)
_SAID = re.compile(
    r"(?:answer|output|result|returns?|return value)\b[^\S\n]{0,3}"
    r"(?:of `?f\([^\n]{0,200}\)`?[^\S\n]{0,3})?"
    r"(?:(?:is|will be|would be)\b:?|:|(?=[`'\"\[({]))[^\S\n]{0,3}(\S[^\n]*)",
    re.IGNORECASE,
)
_QUOTED = re.compile(r"\s*(['\"])(.*)\1\s*\Z", re.DOTALL)
_WRAPPED = re.compile(r"\A(?:\*\*|__|`{1,3}|\$)(.*?)(?:\*\*|__|`{1,3}|\$)\.?\Z", re.DOTALL)


def literal(text: str) -> Any:
    """Return the value of a Python literal, or ``UNKNOWN``."""
    if len(text) > _LONGEST:
        return UNKNOWN
    try:
        with quiet():
            return ast.literal_eval(text.strip())
    except (ValueError, SyntaxError, TypeError, RecursionError, MemoryError):
        return UNKNOWN


def stated(answer: str) -> tuple[Any, str]:
    """Return (what the answer states as the result, the rule that read it); no rule, no answer.

    In order: the last ``[ANSWER]`` … ``[/ANSWER]``; ZeroEval's corrected reading (the last JSON
    object that has an answer, a field, a box); the last line with an assertion; "the answer is …";
    the last fenced block; an answer that is nothing but a literal.
    """
    text = spoken(answer)
    tagged = _TAGGED.findall(text)
    for inside in reversed(tagged):
        if inside.strip():
            return _asserted(bare(inside)), "answer tags"
    reading = read(_FORM.sub("", text), paper=False)
    if reading.found and (reading.rule == "JSON object" or '"answer"' in text):
        return _asserted(reading.answer), reading.rule
    before = text.partition("[/ANSWER]")[0]
    for line in reversed(before.split("\n")):
        if "==" in line and (side := compared(bare(line))) is not None:
            return side, "assertion"
    if reading.found and reading.rule == "box":
        return reading.answer, reading.rule
    if said := _SAID.findall(before):
        return _first_literal(said[-1]), "stated"
    for part in reversed(stretches(before)):
        if part.fenced and part.text.strip() and literal(part.text) is not UNKNOWN:
            return part.text.strip(), "code block"
    if literal(bare(before)) is not UNKNOWN:
        return bare(before), "whole"
    return None, ""


def compared(text: str) -> str | None:
    """Return the right side of ``assert f(…) == …``; None where ``text`` is none."""
    match = re.search(r"\bf\s{0,3}\(", text)
    if match is None or len(text) > _LONGEST:
        return None
    call = text[match.start() :].strip().rstrip("`. ")
    tree = _expression(call)
    if isinstance(tree, ast.Compare) and len(tree.ops) == 1 and isinstance(tree.ops[0], ast.Eq):
        return ast.get_source_segment(call, tree.comparators[0])
    side = re.split(r"\)\s{0,3}==", call, maxsplit=1)[1:]
    return None if not side or side[0].strip()[:2] in {"", "??"} else side[0].strip()


def arguments(text: str) -> str | None:
    """Return the arguments of the first ``f(…)`` in ``text`` as Python, or ``text`` if literals.

    None where neither is an expression, or the question marks of the question came back.
    """
    given = bare(text)
    for match in islice(re.finditer(r"\bf\s{0,3}\(", given), _MOST_CALLS):
        rest = given[match.start() : match.start() + _LONGEST_CALL]
        tree = _expression(rest) or _shortest_call(rest)
        call = tree.left if isinstance(tree, ast.Compare) else tree
        if isinstance(call, ast.Call) and getattr(call.func, "id", "") == "f":
            return _unparsed(call)
    alone = "f(" not in given and literal(f"({given},)") is not UNKNOWN
    tree = _expression(f"f({given})") if alone else None
    return _unparsed(tree) if isinstance(tree, ast.Call) else None


def equal(answer: Any, target: str) -> bool:
    """Return whether ``answer`` is the value that the literal ``target`` stands for.

    As Python compares: ``1 == 1.0``, a list is no tuple. A text that JSON or a model left without
    its quotes is right where it is the text meant, or the text as it is written.
    """
    value = literal(target)
    if not isinstance(answer, str):
        return value is not UNKNOWN and bool(answer == value)
    if value is UNKNOWN:
        return answer.strip() == target.strip()
    given = literal(answer)
    if given is not UNKNOWN and given == value:
        return True
    # Quote marks within quote marks, or a line feed within them: what is within is meant.
    if given is UNKNOWN and (within := _QUOTED.match(answer)):
        inner = literal(within[2])
        if within[2] == value or (inner is not UNKNOWN and inner == value):
            return True
    return isinstance(value, str) and answer in {value, target.strip("'\"")}


def bare(text: str) -> str:
    """Return ``text`` without the marks of Markdown round it."""
    text = text.strip()
    parts = stretches(text)
    if len(parts) == 1 and parts[0].fenced:
        text = parts[0].text.strip()
    for _ in range(3):
        if (match := _WRAPPED.match(text)) and match[1].strip():
            text = match[1].strip()
    return text


def _asserted(answer: Any) -> Any:
    """Return the right side where an answer is a whole assertion, else the answer."""
    if isinstance(answer, str) and re.match(r"\s*(?:assert\s+)?f\s*\(", answer):
        return compared(answer) or answer
    return answer


def _first_literal(text: str) -> str:
    """Return the longest beginning of ``text`` that is a literal, else ``text`` without marks."""
    given = bare(text)
    if code := re.match(r"[^`\n]*?`+([^`\n]+)`+", text):
        given = code[1].strip()
    side = compared(given) or given
    for end in (len(side), *(m.start() for m in re.finditer(r"[.,;]?\s|[.,;]\Z", side[:500]))):
        if literal(side[:end]) is not UNKNOWN:
            return side[:end].strip()
    return side


def _shortest_call(text: str) -> ast.expr | None:
    for match in islice(re.finditer(r"\)", text), _MOST_CALLS):
        if tree := _expression(text[: match.end()]):
            return tree
    return None


def _expression(text: str) -> ast.expr | None:
    if len(text) > _LONGEST:
        return None
    try:
        with quiet():
            return ast.parse(text, mode="eval").body
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return None


def _unparsed(call: ast.Call) -> str | None:
    try:
        return ast.unparse(call)[2:-1]
    except (RecursionError, MemoryError):
        return None
