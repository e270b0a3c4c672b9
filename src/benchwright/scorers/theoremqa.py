"""TheoremQA's typed answer: true or false, an option, an integer, a float, a list.

Tolerances are the authors': an integer is right when the answer rounds to it, a float within 4 %,
a list when its sorted values are. Corrected (``theoremqa_paper`` has it as released): whole words
are read, not "no" in "known"; lists in any brackets; expressions are evaluated as arithmetic, with
π as it is. Needs the extra ``[math]``.
"""

from __future__ import annotations

import json
import re

from benchwright.core.content import Text
from benchwright.core.example import Example
from benchwright.core.measurement import Score
from benchwright.core.response import Response
from benchwright.core.sample import Sample
from benchwright.scorers._final import Found, final, spoken
from benchwright.scorers._quantities import quantities, several
from benchwright.scorers._rule import Rule
from benchwright.scorers._symbolic import require

_TRUTH = re.compile(r"(?i)\b(?:(not true|not correct|incorrect|false|no)|(true|yes|correct))\b")
_OPTION = re.compile(r"[(\[]([A-Fa-f])[)\]]|(?:\b[Oo]ption |^\W*)\**([A-Fa-f])\b(?![a-z' ])")
_SHARE = 0.04


def judged(kind: str, answer: str, target: str) -> tuple[bool, str] | None:
    """Return (right, the answer as read) for an answer of a ``kind``; None where there is none."""
    if kind == "bool":
        found = [bool(match[2]) for match in _TRUTH.finditer(answer)]
        return (str(found[0]) == target, str(found[0])) if len(set(found)) == 1 else None
    if kind == "option":
        letters = {(match[1] or match[2]).lower() for match in _OPTION.finditer(answer)}
        if len(letters) != 1:
            return None
        letter = f"({letters.pop()})"
        return letter == target, letter
    if kind.startswith("list"):
        values = several(answer)
        if values is None:
            return None
        wanted = [float(part) for part in json.loads(target)]
        return _listed(values, wanted, kind == "list of integer"), str(values)
    values = quantities(answer)
    if not values:
        return None
    right = any(close(one, float(target), kind == "integer") for one in values)
    return right, format(values[0], "g")


def close(value: float, target: float, whole: bool) -> bool:
    """Return whether ``value`` is ``target`` within the authors' tolerance."""
    return round(value) == target if whole else abs(value - target) <= abs(target) * _SHARE


def _listed(values: list[float], wanted: list[float], whole: bool) -> bool:
    pairs = zip(sorted(values), sorted(wanted), strict=False)
    return len(values) == len(wanted) and all(close(a, b, whole) for a, b in pairs)


def _judge(sample: Sample, response: Response) -> Score:
    kind = sample.tags.get("answer_type", "float")
    found = final(response.text)
    read = judged(kind, found.answer, sample.target) if found else None
    if read is None:
        found = _told(kind, response.text)
        read = judged(kind, found.answer, sample.target) if found else None
    if read is None or found is None:
        return Score(explanation=f"no answer of type {kind}")
    return Score(
        value=float(read[0]), answer=read[1], explanation=found.rule, fallback=found.fallback
    )


def _told(kind: str, text: str) -> Found | None:
    """Return the last words of a kind that can be told without a cue."""
    lines = [line for line in spoken(text)[-4_000:].split("\n") if line.strip()]
    pattern = {"bool": _TRUTH, "option": _OPTION}.get(kind)
    if kind.startswith("list"):
        pattern = _BRACKETS
    if pattern is None:
        return None
    for line in reversed(lines[-_LINES:]):
        matches = list(pattern.finditer(line))
        if matches:
            return Found(matches[-1][0], "last of its kind", fallback=True)
    return None


_BRACKETS = re.compile(r"[\[(][-+0-9.,/ ]{1,400}[\])]")
_LINES = 4


def _kit(kind: str, target: str, wrong: str) -> Example:
    sample = Sample(id=f"kit/{kind}", input=(Text("?"),), target=target, tags={"answer_type": kind})
    right, other = (Response(parts=(Text(text),)) for text in (target, wrong))
    return Example(sample=sample, right=right, wrong=(other,))


KIT = (
    _kit("bool", "True", "False"),
    _kit("option", "(c)", "(a)"),
    _kit("integer", "11760", "11761"),
    _kit("float", "3.5", "3.7"),
    _kit("list of integer", "[0, 5]", "[0, 4]"),
    _kit("list of float", "[0.333, 0.25]", "[0.333]"),
)
SCORER = Rule("theoremqa", "1", _judge, require)
