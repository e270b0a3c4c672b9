"""Whether a call is right: its function, its arguments, their types and values."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Any, Literal

from msgspec import Struct

from benchwright.scorers._calls.literals import JAVA, JAVASCRIPT, java_value, javascript_value
from benchwright.scorers._calls.python_calls import Call

Language = Literal["python", "java", "javascript"]

_PYTHON: Mapping[str, type] = {
    "string": str,
    "integer": int,
    "float": float,
    "boolean": bool,
    "array": list,
    "tuple": list,
    "dict": dict,
    "any": str,
}
_TYPES: Mapping[Language, Mapping[str, type]] = {
    "python": _PYTHON,
    "java": JAVA,
    "javascript": JAVASCRIPT,
}
_NESTING = frozenset({"array", "tuple", "Array", "ArrayList"})
_IGNORED = re.compile(r"[ ,./\-_*^]")
_DEEPEST = 40

Answer = tuple[str, Mapping[str, Sequence[Any]]]
"""A right call: the function's name, and for each argument the values that are right; an empty
text among them says that it may be left out."""


class Rules(Struct, frozen=True, kw_only=True):
    """How calls are compared."""

    language: Language
    """Whose types the functions declare."""
    native: bool = False
    """Whether the model called tools, whose names have ``_`` for every dot."""
    paper: bool = False
    """Whether the released code's slips are kept."""


def wrong(calls: Sequence[Call], answers: Sequence[Answer], functions: Any, rules: Rules) -> str:
    """Return why ``calls`` are not the right ones in any order; empty where they are.

    Args:
        calls: What the model called.
        answers: What is right, one entry per call.
        functions: The functions' documents as the benchmark has them.
        rules: How to compare.
    """
    if len(calls) != len(answers):
        return f"{len(calls)} calls, {len(answers)} wanted"
    documents = {document["name"]: document for document in functions}
    reasons = [
        [why_not(call, answer, documents[answer[0]], rules) for call in calls] for answer in answers
    ]
    if rules.paper:
        return _in_turn(reasons)
    taken: dict[int, int] = {}
    for index in range(len(answers)):
        if not _assign(index, reasons, taken, set()):
            return reasons[index][index] or "no call is left for it"
    return ""


def _in_turn(reasons: list[list[str]]) -> str:
    taken: set[int] = set()
    for row in reasons:
        free = [index for index in range(len(row)) if index not in taken]
        fitting = [index for index in free if not row[index]]
        if not fitting:
            return row[free[0]]
        taken.add(fitting[0])
    return ""


def _assign(index: int, reasons: list[list[str]], taken: dict[int, int], seen: set[int]) -> bool:
    """Give right call ``index`` a call that fits, moving others where needed (Kuhn 1955)."""
    for call, reason in enumerate(reasons[index]):
        if reason or call in seen:
            continue
        seen.add(call)
        if call not in taken or _assign(taken[call], reasons, taken, seen):
            taken[call] = index
            return True
    return False


def why_not(call: Call, answer: Answer, function: Any, rules: Rules) -> str:
    """Return why ``call`` is not ``answer``; empty where it is."""
    name, possible = answer
    names = {name.replace(".", "_")} if rules.native else {name}
    if not rules.paper:
        names.add(name)
    if call.name not in names:
        return f"{call.name} is not {name}"
    declared = function["parameters"]["properties"]
    for needed in function["parameters"].get("required", ()):
        if needed not in call.arguments:
            return f"{needed} is missing"
    for parameter, value in call.arguments.items():
        if parameter is None or parameter not in declared or parameter not in possible:
            return f"{parameter} is not wanted"
        if reason := _value_wrong(value, declared[parameter], list(possible[parameter]), rules):
            return f"{parameter}: {reason}"
    for parameter, values in possible.items():
        if parameter not in call.arguments and "" not in values:
            return f"{parameter} is left out"
    return ""


def _value_wrong(value: Any, declared: Any, options: list[Any], rules: Rules) -> str:
    kind = declared["type"]
    nested = declared.get("items", {}).get("type") if kind in _NESTING else None
    if rules.language != "python":
        if type(value) is not str:
            return f"a {type(value).__name__}, not source text"
        if rules.language == "java":
            value = java_value(value, kind, nested, paper=rules.paper)
        else:
            value = javascript_value(value, kind, nested)
    elif kind == "tuple" and type(value) is tuple:
        value = list(value)
    elif kind == "float" and type(value) is int:
        value = _as_float(value)
    types = _TYPES[rules.language]
    expected, inner = types.get(kind, str), types.get(nested) if nested else None
    if not rules.paper:
        inner = None if nested == "any" else inner  # elements of any type
        options = options or ([[]] if expected is list else [])
    variable = _typed(value, options, expected, inner)
    if variable is None:
        return f"a {type(value).__name__}, not {kind}" + (f" of {nested}" if nested else "")
    if variable:
        return "" if value in options else "no right value"
    return "" if _among(value, options, expected, inner, rules.paper) else "no right value"


def _as_float(value: int) -> float | int:
    return float(value) if abs(value) < 1 << 1000 else value


def _typed(value: Any, options: list[Any], expected: type, inner: type | None) -> bool | None:
    """Return whether ``value`` stands for a variable; None where its type is wrong.

    A variable is a text where another type is declared and the right values are texts too.
    """
    option = next((type(option) for option in options if option != ""), None)
    if type(value) is expected:
        variable = option is not None and option is not expected
        if inner is None:
            return variable
        return variable if any(_elements(value, one, inner) for one in options) else None
    return True if option is not None and type(value) is option else None


def _elements(value: Any, option: Any, inner: type) -> bool:
    if not isinstance(option, list):
        return True
    return all(_typed(element, option, inner, None) is not None for element in value)


def _among(value: Any, options: list[Any], expected: type, inner: type | None, paper: bool) -> bool:
    if expected is dict:
        return any(_entries(value, one, paper) for one in options if isinstance(one, dict))
    if expected is list and inner is dict:
        return any(_objects(value, one, paper) for one in options)
    if expected is str:
        return normal(value) in [normal(one) for one in options if isinstance(one, str)]
    if expected is list:
        given, right = list(value), [list(one) for one in options if _many(one)]
        if paper:
            return [_text_normal(one) for one in given] in [
                [_text_normal(one) for one in option] for option in right
            ]
        return _leveled(given) in [_leveled(option) for option in right]
    return value in options


def _many(option: Any) -> bool:
    return isinstance(option, (list, tuple, str))


def _objects(value: Any, option: Any, paper: bool) -> bool:
    if not _many(option) or len(value) != len(option):
        return False
    pairs = zip(value, option, strict=True)
    return all(
        isinstance(one, dict) and isinstance(two, dict) and _entries(one, two, paper)
        for one, two in pairs
    )


def _entries(value: Any, option: dict[str, Any], paper: bool) -> bool:
    """Return whether an object is right: every entry's value is one of those listed for its key."""
    for key, given in value.items():
        if key not in option:
            return False
        listed = option[key] if isinstance(option[key], list) or paper else [option[key]]
        form = _text_normal if paper else _leveled
        if form(given) in [form(one) for one in listed]:
            continue
        nested = [one for one in listed if isinstance(one, dict)]
        if paper or not isinstance(given, dict):
            return False
        if not any(_entries(given, one, paper) for one in nested):
            return False
    return all(key in value or "" in values for key, values in option.items())


def normal(text: str) -> str:
    """Return a text without case, spaces and ``,./-_*^``, and with one kind of quotation mark."""
    return _IGNORED.sub("", text).lower().replace("'", '"')


def _text_normal(value: Any) -> Any:
    return normal(value) if isinstance(value, str) else value


def _leveled(value: Any, depth: int = 0) -> Any:
    """Return ``value`` with all texts in it normalised."""
    if isinstance(value, (list, tuple)) and depth < _DEEPEST:
        return [_leveled(one, depth + 1) for one in value]
    if isinstance(value, dict) and depth < _DEEPEST:
        return {key: _leveled(one, depth + 1) for key, one in value.items()}
    return _text_normal(value)
