"""MATH-Vision's answer: an option by its letter or its text, or an expression equal to the target.

The corrected rule beside ``mathvision_paper``. Needs the extra ``[math]``.
"""

from __future__ import annotations

import re

from benchwright.core.measurement import Score
from benchwright.core.response import Response
from benchwright.core.sample import LETTERS, Sample
from benchwright.scorers._equivalence import same
from benchwright.scorers._final import Found, boxes, final, spoken
from benchwright.scorers._rule import Rule
from benchwright.scorers._symbolic import require

_LETTER = re.compile(
    r"(?:\\(?:text|textbf|mathrm|mathbf) *\{ *)?[(\[]?(?P<letter>[A-Za-z])(?:[)\].:}]|$)(?!\w).*",
    re.DOTALL,
)

_SEVERAL = re.compile(r"[(\[]?[A-Z][)\]]? *(?:,|;|&|and\b|or\b) *[(\[]?[A-Z][)\]]?(?!\w)")
_ALONE = re.compile(r"\s*\**[(\[]?([A-Z])[)\]]?[.:]?\**[ \t]*(?:\n|$)")


def option(answer: str, choices: tuple[str, ...]) -> str | None:
    """Return the letter of the option that ``answer`` names by letter or by text, or None."""
    said = answer.strip().strip("*$` ").strip()
    letters = LETTERS[: len(choices)]
    texts = [letter for letter, choice in zip(letters, choices, strict=True) if said == choice]
    if len(texts) == 1:
        return texts[0]
    match = None if _SEVERAL.match(said) else _LETTER.match(said)
    if match and match["letter"].upper() in letters:
        return match["letter"].upper()
    equal = [letter for letter, choice in zip(letters, choices, strict=True) if same(said, choice)]
    return equal[0] if len(equal) == 1 else None


def _judge(sample: Sample, response: Response) -> Score:
    found = _opening(response.text) if sample.choices else None
    found = found or final(response.text)
    closed = boxes(spoken(response.text)[-4_000:])
    strict = closed[-1][2].strip() if closed else None
    if found is None:
        return Score(explanation="no answer is stated", strict_answer=strict)
    answer = found.answer
    if sample.choices:
        letter = option(answer, sample.choices)
        right, answer = letter == sample.target, letter or answer
        strict = option(strict, sample.choices) if strict else None
    else:
        right = same(answer, sample.target)
    return Score(
        value=float(right),
        answer=answer,
        explanation=found.rule,
        strict_answer=strict,
        extractors_agree=strict == answer,
        fallback=found.fallback,
    )


def _opening(text: str) -> Found | None:
    """Return the letter that stands alone in the first line, unless a box comes later."""
    match = None if "boxed" in text else _ALONE.match(spoken(text))
    return Found(match[1], "first line") if match else None


SCORER = Rule("mathvision", "1", _judge, require)
