"""Whether the Python literal that an answer states is the right value (CRUXEval-O).

Values are compared, not texts, so blanks and quote marks do not count; ``_literals`` says how an
answer is read. The strict extractor beside it is ZeroEval's released rule
(``zeroeval_text_paper``).
"""

from __future__ import annotations

from benchwright.core.measurement import Score
from benchwright.core.response import Response
from benchwright.core.sample import Sample
from benchwright.scorers._literals import equal, stated
from benchwright.scorers._rule import Rule
from benchwright.scorers._zeroeval import read


def _judge(sample: Sample, response: Response) -> Score:
    answer, rule = stated(response.text)
    paper = read(response.text, paper=True, family=response.served_model)
    strict = str(paper.answer) if paper.found else None
    if not rule:
        return Score(explanation="no literal", strict_answer=strict)
    shown = answer if isinstance(answer, str) else repr(answer)
    return Score(
        value=float(equal(answer, sample.target)),
        answer=shown,
        explanation=rule,
        strict_answer=strict,
        extractors_agree=shown == strict,
        fallback=rule in {"stated", "code block"},
    )


SCORER = Rule("python_literal", "1", _judge)
