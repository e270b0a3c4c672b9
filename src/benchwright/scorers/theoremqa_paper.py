"""TheoremQA's rule as released (TIGER-AI-Lab/TheoremQA, utils.py and number_utils.py).

Its quirks are kept: "no" anywhere after the last cue, as in "known", is False, and "yes" or "true"
True, whatever the type; without a cue the last number counts; π is 3.14 and a percent sign divides
by 100; a list must stand in round brackets. The released code evaluates the model's expression as
code; here it is read by ``_latex`` and evaluated as arithmetic.
"""

from __future__ import annotations

import json
import re

from benchwright.core.content import Text
from benchwright.core.example import Example
from benchwright.core.measurement import Score
from benchwright.core.response import Response, said
from benchwright.core.sample import Sample
from benchwright.scorers._identity import symbols, value
from benchwright.scorers._latex import tree
from benchwright.scorers._rule import Rule
from benchwright.scorers.theoremqa import close

_CUE = re.compile(r"The answer is:|The answer is|the answer is")
_OPTIONS = ("(a)", "(b)", "(c)", "(d)", "(e)", "(f)")
_NUMBER = re.compile(r"-?\d*\.?\d+")
_UNIT = re.compile(r"-?[\d.]+\s\D+$|-?[\d.]+\s[^\s]+$")
_SIGNS = ("$", "¥", "°C", " C", "°")
_LONGEST = 20_000


def extract(text: str) -> str:
    """Return what the released code takes for the answer."""
    text = text.strip("\n")[-_LONGEST:]
    if len(_CUE.findall(text)) > 1:
        text = text.split("\n\n")[0]
    parts = _CUE.split(text)
    text = parts[-1].strip("\n").rstrip(".").rstrip("/").strip(" ")
    said_so = text.lower()
    if "yes" in said_so or "true" in said_so:
        return "True"
    if "no" in said_so or "false" in said_so:
        return "False"
    if any(option in said_so for option in _OPTIONS):
        return text.rstrip(".").rstrip("/")
    if len(parts) == 1:
        numbers = _NUMBER.findall(text)
        return numbers[-1] if numbers else ""
    text = _units(text.split("=")[-1].strip())
    found = _number(text)
    if found is not None:
        return format(found, "g") if found % 1 else str(int(found))
    return (text.split(" ")[0] if _UNIT.match(text) else text).rstrip(".").rstrip("/")


def _units(text: str) -> str:
    text = re.sub(r"(\d)(?:\\pi|π)", r"\1*3.14", text)
    text = re.sub(r"\\pi(?![A-Za-z])|π", "3.14", text).replace("%", "/100")
    for sign in _SIGNS:
        text = text.replace(sign, "")
    return text


def _number(text: str) -> float | None:
    try:
        return float(text)
    except ValueError:
        pass
    read = tree(text) if text.isascii() else None
    if read is None or symbols(read):
        return None
    found = value(read)
    if found is None or (isinstance(found, complex) and found.imag):
        return None
    try:
        return float(found.real)
    except OverflowError:
        return None


def _right(answer: str, target: str) -> bool:
    if target in _OPTIONS:
        return target in answer.lower()
    if answer.lower() == target.lower():
        return True
    if target.startswith("["):
        return _listed(answer, json.loads(target))
    if target in {"True", "False"}:
        return False
    number = _number(_units(answer))
    if number is None or number != number or abs(number) == float("inf"):
        return False
    return close(number, float(target), "." not in target and "e" not in target)


def _listed(answer: str, wanted: list[float]) -> bool:
    if not (answer.startswith("(") and answer.endswith(")")):
        return False
    values = [_number(_units(part)) for part in answer[1:-1].split(",")]
    numbers = sorted(one for one in values if one is not None)
    pairs = zip(numbers, sorted(wanted), strict=False)
    return len(numbers) == len(values) == len(wanted) and all(
        close(one, other, isinstance(other, int)) for one, other in pairs
    )


def _judge(sample: Sample, response: Response) -> Score:
    if not response.text.strip():
        return Score(explanation="nothing to read")
    answer = extract(response.text)
    if not answer:
        return Score(explanation="no cue and no number")
    right = _right(answer, sample.target)
    return Score(value=float(right), answer=answer, explanation="as released")


KIT = tuple(
    Example(
        sample=Sample(id=f"kit/{target}", input=(Text("?"),), target=target),
        right=said(f"The answer is {right}."),
        wrong=(said(f"The answer is {wrong}."),),
    )
    for target, right, wrong in (
        ("True", "true", "false"),
        ("(c)", "(c)", "(a)"),
        ("11760", "11760", "11761"),
        ("3.5", "3.6", "3.7"),
        ("[0, 5]", "(5, 0)", "[5, 0]"),
    )
)
SCORER = Rule("theoremqa_paper", "1", _judge)
