"""ZeroEval's rule for Python literals (CRUXEval-O) as released."""

from __future__ import annotations

from benchwright.core.measurement import Score
from benchwright.core.response import Response
from benchwright.core.sample import Sample
from benchwright.scorers._rule import Rule
from benchwright.scorers._zeroeval import read, text_right


def _judge(sample: Sample, response: Response) -> Score:
    reading = read(response.text, paper=True, family=response.served_model)
    if not reading.found:
        return Score(explanation=reading.rule)
    right = text_right(reading.answer, sample.target)
    return Score(value=float(right), answer=str(reading.answer), explanation=reading.rule)


SCORER = Rule("zeroeval_text_paper", "1", _judge)
