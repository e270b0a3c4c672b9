"""Function calls that an answer writes: right by name, types and values, in any order (BFCL).

Calls may stand in brackets, in one fenced block, or on a line of their own; types and values are
compared as the leaderboard does, without its slips (``_calls``).
"""

from __future__ import annotations

from benchwright.core.example import Example
from benchwright.core.measurement import Score
from benchwright.core.response import Response, said
from benchwright.core.sample import Sample
from benchwright.scorers._calls.example import SAMPLE
from benchwright.scorers._calls.judging import FORM_ONLY, judge_written
from benchwright.scorers._rule import Rule


def _judge(sample: Sample, response: Response) -> Score:
    return judge_written(sample, response, paper=False)


SCORER = Rule("written_calls", "1", _judge, form_only=FORM_ONLY)

KIT = (
    Example(
        sample=SAMPLE,
        right=said("[shape.area(base=3)]"),
        wrong=(
            said("[shape.area(base=4)]"),
            said("[shape.area(base='3')]"),
            said("[area(base=3)]"),
        ),
    ),
)
"""Examples for the scorer's contract."""
