"""BBH's released rule: what follows the last "the answer is ", less a full stop, equals the target.

An answer without the words is compared as a whole (so are those to direct prompts). Both are
exact: case, bold print and brackets round a letter count. The accuracies in the authors'
repository (``code-davinci-002-outputs/*_eval_metrics.jsonl``) come out of it, for all 27 tasks
and both prompts.
"""

from __future__ import annotations

from benchwright.core.measurement import Score
from benchwright.core.response import Response
from benchwright.core.sample import Sample
from benchwright.scorers._rule import Rule

_MARK = "the answer is "


def after_mark(text: str) -> tuple[str, bool]:
    """Return what the released rule compares, and whether the text has its words."""
    _, mark, after = text.rpartition(_MARK)
    return after.strip().removesuffix("."), bool(mark)


def _judge(sample: Sample, response: Response) -> Score:
    answer, stated = after_mark(response.text)
    if not answer:
        return Score(explanation="no text")
    told = "after 'the answer is'" if stated else "the whole answer"
    return Score(value=float(answer == sample.target), answer=answer, explanation=told)


SCORER = Rule("bbh_answer_paper", "1", _judge)
