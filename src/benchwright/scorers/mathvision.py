"""MATH-Vision's answer: an option by its letter or its text, or an expression equal to the target.

The corrected rule beside ``mathvision_paper``. Needs the extra ``[math]``.
"""

from __future__ import annotations

from benchwright.core.measurement import Score
from benchwright.core.response import Response
from benchwright.core.sample import Sample
from benchwright.scorers._chosen import score
from benchwright.scorers._rule import Rule
from benchwright.scorers._symbolic import require
from benchwright.scorers.math_answer import judged


def _judge(sample: Sample, response: Response) -> Score:
    return score(sample, response) if sample.choices else judged(sample, response)


SCORER = Rule("mathvision", "1", _judge, require)
