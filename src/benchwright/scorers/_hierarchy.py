"""HiBench's answers: read from ``{"answer": …}``, compared by kind.

The corrected rules read the last answer given and compare what it means: truth values as truth
values, numbers as numbers, sets of nodes and edges whole and without order, traversals in order,
drawings as the trees they draw, formulas as the formulas they are. The released code
(jzzzzh/HiBench@07bacb1, evaluator/base.py) takes every text that is there for true, compares lists
sorted and only as far as the shorter one goes, and is content if the target occurs anywhere.
"""

from __future__ import annotations

import json
import re
from collections import Counter
from collections.abc import Callable

from benchwright.core.measurement import Score
from benchwright.core.response import Response
from benchwright.core.sample import Sample
from benchwright.scorers._stated import statements, without_thinking

Meaning = object
"""What an answer means: equal meanings are equal values."""

_KEY = re.compile(r"[\"']?\banswer[\"']?\s{0,9}[:=]\s{0,9}", re.IGNORECASE)
_RELEASED = re.compile(r"\{\s*[\"']?answer[\"']?\s*[:=]\s*(\"([^\"]*)\"|'([^']*)'|([^}\n]*))\s*\}?")
_TRUE, _FALSE = {"true", "yes"}, {"false", "no"}
_TRUTH = re.compile(r"(?<!\w)(true|yes|false|no)(?!\w)")
_EDGE = re.compile(r"(-?\w+)\s{0,3}-{1,2}(?:\(\s?([LRlr])\s?\)-{0,2})?>\s{0,3}(-?\w+)")
_DRAWN = re.compile(
    r"[|\s│]*(?:[`|├└+\\][-─]{1,3}(?:\((?P<side>[LRlr])\)[-─]{0,3})? ?)?(?P<name>\w+)\s*"
)
_NUMBER = re.compile(r"-?(?:[0-9]+(?:\.[0-9]*)?|\.[0-9]+)")
_TOKEN = re.compile(r"-?[0-9]+(?:\.[0-9]+)?|[-+*/^()×÷−]")
_ENDS = re.compile(r"(?:\bis|\bare|=|:)\s{0,3}[*$]{0,2}(-?[0-9][0-9.,]{0,20})[*$.]{0,4}$")
_BIG_O = re.compile(r"\bo\s?\(((?:[^()\n]|\([^()\n]{0,40}\)){1,60})\)")
_WORDY = {"text", "edges", "complexity"}
"""Kinds that stand in prose as well: of these a whole answer must be short."""
_PRIORITY = {"+": 1, "-": 1, "*": 2, "/": 2, "^": 3}
_LONGEST = 20_000
_SHORT = 80
_DRESS = " \t\n\"'`*$"


def judge(sample: Sample, response: Response) -> Score:
    """Return the score of the last answer given, by the kind that the sample names."""
    text = without_thinking(response.text)[-_LONGEST:]
    kind = sample.metadata.get("kind", "text")
    mean = MEANINGS.get(kind, _text)
    wanted = mean(sample.target)
    for said, rule in _candidates(text, kind):
        meaning = mean(said)
        if meaning is not None:
            return Score(
                value=float(meaning == wanted),
                answer=said.strip(_DRESS),
                explanation=rule,
                fallback=rule in {"alone", "last words"},
            )
    return Score(explanation=f"no answer of the kind {kind} is given")


def judge_as_released(sample: Sample, response: Response) -> Score:
    """Return the score as the released code gives it; where that fails for want of an answer, 0."""
    match = _RELEASED.search(response.text[:_LONGEST].lower())
    said = (match[1].strip() if match else "").strip("'").strip('"')
    if not said:
        return Score(explanation="no answer in braces")
    target, kind = sample.target.lower(), sample.metadata.get("kind", "text")
    if kind == "bool":
        right = bool(said) == bool(target)
    elif kind in {"multiset", "ordered", "edges"}:
        lists = (sorted(re.sub(r"\s+", "", one).split(",")) for one in (said, target))
        right = all(own == other for own, other in zip(*lists, strict=False))
    elif kind == "drawing":
        right = said.strip() == target.strip()
    else:
        right = target in said
    return Score(value=float(right), answer=said, explanation="as released")


def _candidates(text: str, kind: str) -> list[tuple[str, str]]:
    """Return what may be the answer, the most likely first, and the rule that found it."""
    found = [(_value(text[match.end() :]), "answer field") for match in _KEY.finditer(text)][-9:]
    found.reverse()
    if found:
        return found
    whole = text.strip().strip("`").removeprefix("json").strip()
    found = [(s.rest if kind == "drawing" else s.line, "stated") for s in statements(text)]
    short = len(_EDGE.sub("", whole) if kind == "edges" else whole) <= _SHORT
    if kind not in _WORDY or (short and (kind == "edges" or "\n" not in whole)):
        found.append((whole, "whole"))
    if kind in {"integer", "number"} and (ends := _ENDS.search(whole[-_SHORT:])):
        found.append((ends[1], "last words"))
    if kind == "bool" and len(said := {*_TRUTH.findall(text.casefold())}) == 1:
        found.append((said.pop(), "alone"))
    elif kind in {"integer", "number"} and len(numbers := {*_NUMBER.findall(text)}) == 1:
        found.append((numbers.pop(), "alone"))
    elif (
        kind == "complexity" and len(named := {m[0] for m in _BIG_O.finditer(text.casefold())}) == 1
    ):
        found.append((named.pop(), "alone"))
    return found


def _value(text: str) -> str:
    """Return the value that ``text`` begins with: a JSON value, quoted text, or up to ``}``."""
    if text[:1] in {'"', "["}:
        try:
            value, _ = json.JSONDecoder(strict=False).raw_decode(text)
        except (ValueError, RecursionError):
            quoted = text[1:].partition('"')[0] if text[0] == '"' else text
            return quoted.partition("]")[0].strip("[")
        return ", ".join(map(_shown, value)) if isinstance(value, list) else str(value)
    if text[:1] == "'":
        return text[1:].partition("'")[0]
    return text.partition("}")[0]


def _shown(value: object) -> str:
    return " -> ".join(map(str, value)) if isinstance(value, list) else str(value)


def _bare(text: str) -> str:
    return text.strip(_DRESS).rstrip(".").strip(_DRESS)


def _truth(text: str) -> Meaning:
    word = _bare(text).casefold()
    return word in _TRUE if word in _TRUE | _FALSE else None


def _integer(text: str) -> Meaning:
    plain = _bare(text)
    if re.fullmatch(r"-?[0-9]{1,18}(\.0{1,9})?", plain):
        return int(float(plain))
    only = {*re.findall(r"(?<![\w.])-?[0-9]{1,18}(?![\w.])", plain)} if len(plain) < 80 else ()
    return int(next(iter(only))) if len(only) == 1 else None


def _decimal(text: str) -> Meaning:
    plain = _bare(text).replace(",", "")
    match = re.fullmatch(r"(?:[^=]{0,200}=)?\s*(-?(?:[0-9]{1,18}(?:\.[0-9]*)?|\.[0-9]+))", plain)
    return round(float(match[1]) + 0.0, 2) + 0.0 if match else None


def _text(text: str) -> Meaning:
    return " ".join(_bare(text).split()).casefold() or None


def _listed(text: str) -> list[str] | None:
    plain = _bare(text.strip().strip("[]()"))
    if not plain or len(plain.split("\n")) > 1:
        return None
    if plain.casefold() in {"none", "null", "no edges"}:
        return []
    parts = re.split(r"\s*(?:,|;|->|→)\s*|\s+", plain)
    nodes = [_bare(part).casefold() for part in parts if _bare(part)]
    return nodes if nodes and all(re.fullmatch(r"\w+", node) for node in nodes) else None


def _set(text: str) -> Meaning:
    nodes = _listed(text)
    return None if nodes is None else Counter(nodes)


def _sequence(text: str) -> Meaning:
    return _listed(text)


def _edges(text: str) -> Meaning:
    if _bare(text).casefold() in {"no edges", "none"}:
        return Counter()
    found = _EDGE.findall(text.replace("→", "->"))
    return Counter((one, side.upper(), other) for one, side, other in found) or None


def _drawing(text: str) -> Meaning:
    """Return the edges that a drawing stands for, and its root; None where it draws no tree."""
    lines = [line for line in text.strip("\n` ").split("\n") if line.strip("` ")]
    edges: Counter[tuple[str, str, str]] = Counter()
    above: list[tuple[int, str]] = []
    for place, line in enumerate(lines):
        match = _DRAWN.fullmatch(line.rstrip())
        if match is None:
            return None
        depth = match.start("name") if place else -1
        while above and above[-1][0] >= depth:
            above.pop()
        if place and not above:
            return None
        if above:
            edges[(above[-1][1], (match["side"] or "").upper(), match["name"])] += 1
        above.append((depth, match["name"]))
    root = re.sub(r"\W", "", lines[0]) if lines else ""
    return (root, edges) if root else None


def _formula(text: str) -> Meaning:
    """Return the postfix form of a formula in any notation; None where it is none."""
    plain = text.strip(" \t\n\"'`$.")
    plain = plain.strip("*") if plain[:2] == plain[-2:] == "**" else plain
    plain = plain.replace("×", "*").replace("÷", "/").replace("−", "-").replace("**", "^")
    plain = plain.rpartition("=")[2]
    if _TOKEN.sub("", plain).strip() or len(plain) > 2_000:
        return None
    tokens = _TOKEN.findall(re.sub(r"([-+*/^()])", r" \1 ", plain))
    if not tokens:
        return None
    operator = [token in _PRIORITY for token in tokens]
    if operator[-1] and "(" not in tokens:
        return tuple(tokens) if _complete(tokens) else None
    if operator[0] and "(" not in tokens:
        return _from_prefix(tokens)
    return _from_infix(tokens)


def _complete(postfix: list[str]) -> bool:
    depth = 0
    for part in postfix:
        depth += -1 if part in _PRIORITY else 1
        if depth < 1:
            return False
    return depth == 1


def _from_prefix(tokens: list[str]) -> Meaning:
    stack: list[tuple[str, ...]] = []
    for part in reversed(tokens):
        if part in _PRIORITY:
            if len(stack) < 2:
                return None
            left, right = stack.pop(), stack.pop()
            stack.append((*left, *right, part))
        else:
            stack.append((part,))
    return stack[0] if len(stack) == 1 else None


def _from_infix(tokens: list[str]) -> Meaning:
    found: list[str] = []
    stack: list[str] = []
    for part in tokens:
        if part == "(":
            stack.append(part)
        elif part == ")":
            while stack and stack[-1] != "(":
                found.append(stack.pop())
            if not stack:
                return None
            stack.pop()
        elif part in _PRIORITY:
            while stack and stack[-1] != "(" and _PRIORITY[stack[-1]] >= _PRIORITY[part]:
                found.append(stack.pop())
            stack.append(part)
        else:
            found.append(part)
    if "(" in stack:
        return None
    found += reversed(stack)
    return tuple(found) if _complete(found) else None


def _complexity(text: str) -> Meaning:
    plain = _bare(text).casefold().replace("\\", "").replace("²", "^2").replace("³", "^3")
    plain = (
        plain.replace("ⁿ", "^n").replace("**", "^").replace("log2", "log").replace("log_2", "log")
    )
    match = _BIG_O.search(plain)
    if match is None:
        return None
    inner = re.sub(r"[\s*·×{}()]|times|cdot|left|right", "", match[1])
    return {"logn*n": "nlogn", "lognn": "nlogn", "n*n": "n^2", "nn": "n^2"}.get(inner, inner)


MEANINGS: dict[str, Callable[[str], Meaning]] = {
    "bool": _truth,
    "integer": _integer,
    "number": _decimal,
    "text": _text,
    "multiset": _set,
    "ordered": _sequence,
    "edges": _edges,
    "drawing": _drawing,
    "formula": _formula,
    "complexity": _complexity,
}
"""Kind of answer → its meaning, or None where a text has none of that kind."""
