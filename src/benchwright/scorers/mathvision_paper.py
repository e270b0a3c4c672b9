"""MATH-Vision's rule as released (mathllm/MATH-V, evaluation/): texts, else values to two decimals.

Its quirks are kept: the answer follows the last "is" where a number does, the last sign of
equality counts, two numbers are equal when they agree after rounding to two decimals, and an
answer may equal the right option's text as well as its letter. The released code evaluates the
model's expression as code; here it is read by ``_latex`` and evaluated as arithmetic.
"""

from __future__ import annotations

import re

from benchwright.core.measurement import Score
from benchwright.core.response import Response
from benchwright.core.sample import Sample
from benchwright.scorers._identity import symbols, value
from benchwright.scorers._latex import tree
from benchwright.scorers._rule import Rule

_CUES = ("the final answer is", "the answer is", "the correct answer is", "the answer should be")
_DROPPED = (
    "\\left", "\\right", "^{\\circ}", "^\\circ", "{m}^3", "m^3", "{units}", "units", "{km}", "km",
)  # fmt: skip
_LONGEST = 20_000
_UNREAD = re.compile(r"\\frac[^{]|(?<![\\A-Za-z])[A-Za-z]")
"""What the released reader refuses, or its evaluation: short fractions, names."""


def extract(response: str) -> str:
    """Return what the released code takes for the answer."""
    answer = response.strip()[-_LONGEST:]
    for letter in "ABCDE":
        ends = answer.endswith((f" {letter}.", f" ({letter})."))
        if ends or answer.startswith((f"{letter}\n", f"({letter})\n", f"({letter}) {letter}\n")):
            answer = letter
    after = answer.split("is ")[-1].rstrip(".")
    answer = after if _number(after) else answer
    if "oxed{" not in answer:
        for cue in _CUES:
            for said in (cue, cue.replace("the", "The")):
                if said in answer:
                    rest = answer.split(said)[-1].strip()
                    answer = rest.split("\n")[0].split(". ")[0]
    elif answer.count("oxed{") > 1:
        answer = f"\\boxed{{{answer.split('oxed{')[-1]}"
    answer = _inside(answer)
    for letter in "abcde":
        answer = answer.replace(f"({letter})", letter)
    for letter in "abcde":
        answer = answer.replace(f"{{{letter}}}", letter)
    return answer.rstrip(".").lstrip(":").strip()


def _number(text: str) -> bool:
    try:
        float(text)
    except ValueError:
        return False
    return True


def _inside(text: str) -> str:
    text = text.lower().replace("{}", "")
    start = text.find("oxed{")
    end = text.rfind("}")
    if start >= 0 and end >= start + 5:
        text = text[start + 5 : end]
    closing, opening = text.find("}"), text.find("{")
    if closing >= 0 and (opening < 0 or closing < opening):
        text = text.split("}")[0]
    text = text.split("=")[-1].split("\\approx")[-1]
    text = text.replace(" ", "").replace("\\,", "").replace("∞", "\\infty")
    text = text.replace("+\\infty", "\\infty").replace("\\\\", "\\").replace("\n", "")
    text = text.replace("\\text", "").replace("\\mbox", "").replace("bmatrix", "pmatrix")
    for unit in _DROPPED:
        text = text.replace(unit, "")
    return _stripped(text)


def _stripped(text: str) -> str:
    for old, new in (("\\!", ""), ("tfrac", "frac"), ("dfrac", "frac"), ("\\$", ""), ("$", "")):
        text = text.replace(old, new)
    text = text.replace("\\%", "").replace("{.", "{0.")
    if not text:
        return text
    text = f"0{text}" if text[0] == "." else text
    if "sqrt" in text:
        text = re.sub(r"\\sqrt([^{])", r"\\sqrt{\1}", text)
        text = re.sub(r"\\frac([^{])([^{])", r"\\frac{\1}{\2}", text)
        text = re.sub(r"\\frac([^{])\{", r"\\frac{\1}{", text)
    if text == "0.5":
        return "\\frac{1}{2}"
    match = re.fullmatch(r"(-?[1-9][0-9]*|0)/(-?[1-9][0-9]*|0)", text)
    return f"\\frac{{{match[1]}}}{{{match[2]}}}" if match else text


def equal(target: str, answer: str) -> bool:
    """Return whether the released code takes two texts for the same."""
    target, answer = target.lower(), answer.lower()
    if not target.replace(" ", "") or not answer.replace(" ", ""):
        return False
    if target.strip() == answer.strip():
        return True
    one, other = _tuple(target), _tuple(answer)
    if one == other:
        return True
    a, b = _rounded(one), _rounded(other)
    return a is not None and a == b


def _tuple(text: str) -> str:
    inner = text[1:-1].split(",")
    if text[:1] + text[-1:] not in {"()", "[]"} or len(inner) < 2:
        return text
    values = [part if "infty" in part else _rounded(part) for part in inner]
    return text if None in values else f"{text[0]}{','.join(map(str, values))}{text[-1]}"


def _balanced(text: str) -> str:
    """Return ``text`` up to a sign that ends an expression: there the released reader stops."""
    text = re.split(r"\.(?![0-9])", text, maxsplit=1)[0]
    depth = 0
    for place, sign in enumerate(text):
        depth += (sign == "{") - (sign == "}")
        if depth < 0:
            return text[:place]
    return text


def _rounded(text: str) -> float | None:
    text = _balanced(text.replace("$", "").replace("\\displaystyle", "").replace(":", "/").strip())
    if not text.isascii() or _UNREAD.search(text):
        return None
    read = tree(text)
    if read is None or symbols(read):
        return None
    found = value(read)
    if found is None or (isinstance(found, complex) and found.imag):
        return None
    try:
        return round(float(found.real), 2)
    except OverflowError:
        return None


def _judge(sample: Sample, response: Response) -> Score:
    if not response.text.strip():
        return Score(explanation="nothing to compare")
    answer = extract(response.text)
    target = sample.metadata.get("answer", sample.target)
    right = equal(target, answer)
    if not right and sample.choices:
        right = equal(sample.choices[sample.target_index], answer)
    return Score(value=float(right), answer=answer, explanation="as released")


SCORER = Rule("mathvision_paper", "1", _judge)
