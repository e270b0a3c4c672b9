"""ZeroEval's rule for numbers, corrected: the last JSON object with an answer, the whole value.

The strict extractor beside it is the released rule (``zeroeval_paper``): the run's summary shows
how often the two differ.
"""

from __future__ import annotations

from benchwright.core.measurement import Score
from benchwright.core.response import Response
from benchwright.core.sample import Sample
from benchwright.scorers._rule import Rule
from benchwright.scorers._zeroeval import math_right, read


def _judge(sample: Sample, response: Response) -> Score:
    reading = read(response.text, paper=False)
    paper = read(response.text, paper=True, family=response.served_model)
    strict = str(paper.answer) if paper.found else None
    if not reading.found:
        return Score(
            explanation=reading.rule, strict_answer=strict, extractors_agree=not paper.found
        )
    answer = str(reading.answer)
    return Score(
        value=float(math_right(reading.answer, sample.target, paper=False)),
        answer=answer,
        explanation=reading.rule,
        strict_answer=strict,
        extractors_agree=answer == strict,
    )


SCORER = Rule("zeroeval", "1", _judge)
