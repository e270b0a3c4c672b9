"""Functions that a model may call: their documents, their tools, and right calls written out.

The documents are the Berkeley Function-Calling Leaderboard's. As its authors do, each says whose
syntax it has, and the parameters of Java and JavaScript functions are declared as texts.
"""

from __future__ import annotations

import copy
import json
from collections.abc import Mapping, Sequence
from typing import Any

from benchwright.core.content import ToolCall
from benchwright.core.request import Tool
from benchwright.scorers._calls.checking import Answer, Language

_SYNTAX: Mapping[Language, str] = {
    "python": "Python 3",
    "java": "Java 8 SDK",
    "javascript": "JavaScript",
}
_SPOKEN: Mapping[Language, str] = {"java": "Java", "javascript": "JavaScript"}
_LISTS = frozenset({"Array", "ArrayList", "array"})
_SCHEMA: Mapping[str, str] = {
    "integer": "integer",
    "number": "number",
    "float": "number",
    "string": "string",
    "boolean": "boolean",
    "bool": "boolean",
    "array": "array",
    "list": "array",
    "tuple": "array",
    "dict": "object",
    "object": "object",
    "any": "string",
}
Document = dict[str, Any]
"""A function's name, description and parameters, as the benchmark has them."""


def documents(functions: Sequence[Document], language: Language) -> list[Document]:
    """Return the documents as the model is shown them."""
    shown = copy.deepcopy(list(functions))
    for function in shown:
        note = f" Note that the provided function is in {_SYNTAX[language]} syntax."
        function["description"] += note
        if language != "python":
            for declared in function["parameters"]["properties"].values():
                _as_text(declared, _SPOKEN[language])
    return shown


def _as_text(declared: Document, language: str) -> None:
    kind = declared["type"]
    if kind == "any":
        note = f" This parameter can be of any type of {language} object in string representation."
    else:
        note = f" This is {language} {kind} type parameter in string representation."
    declared["description"] += note
    if kind in _LISTS:
        elements = declared.pop("items")["type"]
        declared["description"] += (
            f" The list elements are of type {elements}; they are not in string representation."
        )
    if kind == "dict" and "properties" in declared:
        entries = json.dumps(declared.pop("properties"))
        declared["description"] += (
            " The dictionary entries have the following schema; they are not in string "
            f"representation. {entries}"
        )
    declared["type"] = "string"


def tools(functions: Sequence[Document], language: Language) -> tuple[Tool, ...]:
    """Return the functions as tools; a dot in a name becomes ``_``."""
    offered = []
    for function in documents(functions, language):
        parameters = function["parameters"]
        parameters["type"] = "object"
        for declared in parameters["properties"].values():
            _as_schema(declared)
        offered.append(
            Tool(
                name=function["name"].replace(".", "_"),
                description=function["description"],
                parameters=json.dumps(parameters, ensure_ascii=False),
            )
        )
    return tuple(offered)


def _as_schema(declared: Document) -> None:
    kind = declared.get("type", "string")
    if kind == "float":
        declared["format"] = "float"
        declared["description"] = f"{declared.get('description', '')} This is a float type value."
    declared["type"] = _SCHEMA.get(kind, "string")
    for inner in declared.get("properties", {}).values():
        _as_schema(inner)
    if isinstance(declared.get("items"), dict):
        _as_schema(declared["items"])


def right_calls(
    answers: Sequence[Answer], functions: Sequence[Document], language: Language
) -> tuple[str, tuple[ToolCall, ...]]:
    """Return one right answer in text, and as calls of tools."""
    by_name = {function["name"]: function for function in functions}
    texts, calls = [], []
    for number, (name, possible) in enumerate(answers, start=1):
        declared = by_name[name]["parameters"]["properties"]
        required = by_name[name]["parameters"].get("required", ())
        chosen = {
            word: _first(values)
            for word, values in possible.items()
            if word in declared and (word in required or _needed(values))
        }
        written, given = [], {}
        for word, value in chosen.items():
            kind = declared[word]
            nested = kind.get("items", {}).get("type", "")
            if language == "python":
                given[word], source = value, repr(value)
            else:
                source = _source(value, kind["type"], nested, language)
                quotes = kind["type"] == "String" and source[:1] == '"'
                given[word] = source[1:-1] if quotes else source
            written.append(f"{word}={source}")
        texts.append(f"{name}({', '.join(written)})")
        arguments = json.dumps(given, ensure_ascii=False)
        calls.append(ToolCall(id=str(number), name=name.replace(".", "_"), arguments=arguments))
    return f"[{', '.join(texts)}]", tuple(calls)


def attainable(answers: Sequence[Answer], functions: Sequence[Document]) -> bool:
    """Return whether a call can be right at all: two keys name what the function does not take."""
    by_name = {function["name"]: function["parameters"] for function in functions}
    for name, possible in answers:
        declared, required = by_name[name]["properties"], by_name[name].get("required", ())
        untaken = any("" not in possible[word] for word in possible if word not in declared)
        if untaken or not {*required} <= possible.keys():
            return False
    return True


def _needed(values: Sequence[Any]) -> bool:
    return "" not in values or any(value != "" for value in values)


def _first(values: Any) -> Any:
    """Return the first right value, the entries of an object being lists of right values."""
    value = next((value for value in values if value != ""), "" if values else [])
    return _chosen(value)


def _chosen(value: Any) -> Any:
    if isinstance(value, dict):
        return {
            key: _first(listed) if isinstance(listed, list) else listed
            for key, listed in value.items()
            if not isinstance(listed, list) or _needed(listed)
        }
    if isinstance(value, list):
        return [_chosen(one) if isinstance(one, dict) else one for one in value]
    return value


def _source(value: Any, kind: str, nested: str, language: Language) -> str:
    """Return ``value`` as Java or JavaScript source of type ``kind``; a bare text is a name."""
    if isinstance(value, dict):
        entries = [(key, _literal(one, "", language)) for key, one in value.items()]
        if language == "java":
            puts = " ".join([f'put("{key}", {one});' for key, one in entries])
            return f"new HashMap<String, Object>() {{{{ {puts} }}}}"
        return "{" + ", ".join([f'"{key}": {one}' for key, one in entries]) + "}"
    if isinstance(value, list):
        elements = ", ".join([_literal(one, nested, language) for one in value])
        if language == "javascript":
            return f"[{elements}]"
        if kind == "ArrayList":
            return f"new ArrayList<>(Arrays.asList({elements}))"
        return f"new {nested if nested != 'integer' else 'int'}[]{{{elements}}}"
    if isinstance(value, str) and kind != "String":
        return value
    return _literal(value, kind, language)


def _literal(value: Any, kind: str, language: Language) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, list):
        return "[" + ", ".join([_literal(one, "", language) for one in value]) + "]"
    if isinstance(value, str):
        return "'" + value + "'" if '"' in value else f'"{value}"'
    suffix = {"long": "L", "Bigint": "n"}.get(kind, "")
    if language == "java" and kind == "float":
        suffix = "f"
    return f"{value}{suffix}"
