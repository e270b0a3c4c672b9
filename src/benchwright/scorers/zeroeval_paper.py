"""ZeroEval's rule for numbers as released, quirks and all; the box rule reads the model's name."""

from __future__ import annotations

from benchwright.core.measurement import Score
from benchwright.core.response import Response
from benchwright.core.sample import Sample
from benchwright.scorers._rule import Rule
from benchwright.scorers._zeroeval import math_right, read


def _judge(sample: Sample, response: Response) -> Score:
    reading = read(response.text, paper=True, family=response.served_model)
    if not reading.found:
        return Score(explanation=reading.rule)
    right = math_right(reading.answer, sample.target, paper=True)
    return Score(value=float(right), answer=str(reading.answer), explanation=reading.rule)


SCORER = Rule("zeroeval_paper", "1", _judge)
