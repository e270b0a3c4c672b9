"""MathVista's rule as released, on an answer that has been extracted: the response is the answer.

lupantech/MathVista, evaluation/calculate_score.py: of options the one nearest in spelling, however
far; an integer is cut, not rounded; a decimal is rounded to the question's precision.
"""

from __future__ import annotations

import re

from benchwright.core.measurement import Score
from benchwright.core.response import Response
from benchwright.core.sample import LETTERS, Sample
from benchwright.scorers._rule import Rule

_LETTER = re.compile(r"\(([a-zA-Z])\)")
_LONGEST = 2_000


def normal(extraction: str, sample: Sample) -> str | None:
    """Return the answer that the released code takes an extraction for."""
    if sample.choices:
        extraction = extraction.strip()
        bracketed = _LETTER.search(extraction)
        extraction = bracketed[1].upper() if bracketed else extraction
        if len(extraction) == 1 and extraction in LETTERS[: len(sample.choices)]:
            return sample.choices[LETTERS.index(extraction)]
        return min(sample.choices, key=lambda choice: distance(extraction[:_LONGEST], choice))
    kind = sample.tags.get("answer_type", "")
    if kind == "list":
        return extraction
    try:
        number = float(extraction)
        if kind == "integer":
            return str(int(number))
        return str(round(number, int(sample.metadata["precision"])))
    except (ValueError, OverflowError, KeyError):
        return None


def distance(one: str, other: str) -> int:
    """Return the least number of signs put in, left out or exchanged (Levenshtein)."""
    above = list(range(len(other) + 1))
    for row, sign in enumerate(one, 1):
        line = [row]
        for column, wanted in enumerate(other, 1):
            step = above[column - 1] + (sign != wanted)
            line.append(min(step, above[column] + 1, line[-1] + 1))
        above = line
    return above[-1]


def _judge(sample: Sample, response: Response) -> Score:
    text = response.text
    if not text.strip():
        return Score(explanation="nothing was extracted")
    found = normal(text, sample)
    target = sample.choices[sample.target_index] if sample.choices else sample.target
    if found is None:
        return Score(value=0.0, answer=text[:_LONGEST], explanation="no number")
    return Score(value=float(found == target), answer=found, explanation="as released")


SCORER = Rule("mathvista_paper", "1", _judge)
