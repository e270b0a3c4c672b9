"""A mathematical answer in free text: found by ``_final``, equal by ``_equivalence``.

The strict extractor beside it reads the last box only. Needs the extra ``[math]``.
"""

from __future__ import annotations

from benchwright.core.measurement import Score
from benchwright.core.response import Response
from benchwright.core.sample import Sample
from benchwright.scorers._equivalence import same
from benchwright.scorers._final import boxes, final, spoken
from benchwright.scorers._rule import Rule
from benchwright.scorers._symbolic import require


def judged(sample: Sample, response: Response) -> Score:
    """Return the score of the expression that ``response`` states."""
    found = final(response.text)
    closed = boxes(spoken(response.text)[-4_000:])
    strict = closed[-1][2].strip() if closed else None
    if found is None:
        return Score(explanation="no answer is stated", strict_answer=strict)
    return Score(
        value=float(same(found.answer, sample.target)),
        answer=found.answer,
        explanation=found.rule,
        strict_answer=strict,
        extractors_agree=strict == found.answer,
        fallback=found.fallback,
    )


SCORER = Rule("math_answer", "1", judged, require)
