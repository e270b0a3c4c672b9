"""GSM8K's number: after ``####``, in a box, after "the answer is", else the last of the answer.

``####`` is the mark of the authors' solutions. The last number is the usual rule where a model
does not follow it, and a fallback: from an answer that was cut off it reads nothing. The strict
extractor beside it reads ``####`` only. Numbers are equal as decimals: ``1,000``, ``$1000`` and
``1000.0`` are the same.
"""

from __future__ import annotations

from benchwright.core.measurement import Score
from benchwright.core.response import Response
from benchwright.core.sample import Sample
from benchwright.scorers._numerals import plain as plain
from benchwright.scorers._numerals import stated
from benchwright.scorers._rule import Rule

MARKED = "after ####"


def _judge(sample: Sample, response: Response) -> Score:
    return judged(response.text, sample.target, "en")


def judged(text: str, target: str, language: str) -> Score:
    """Return the score of the number that ``text`` states in ``language``."""
    found = stated(text, language)
    strict = found.number if found and found.rule == MARKED else None
    if found is None:
        return Score(explanation="no number", extractors_agree=True)
    return Score(
        value=float(found.number == plain(target.replace("$", "").strip())),
        answer=found.number,
        explanation=found.rule,
        strict_answer=strict,
        extractors_agree=found.number == strict,
        fallback=found.fallback,
    )


SCORER = Rule("gsm8k_number", "2", _judge)
