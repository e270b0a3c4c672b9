"""HiBench as released: every truth value is right, lists are cut, targets may be contained."""

from __future__ import annotations

from benchwright.scorers._hierarchy import judge_as_released
from benchwright.scorers._rule import Rule
from benchwright.scorers.hibench import example

KIT = (
    example("integer", "17", '{"answer": "16"}', "17"),
    example("multiset", "1, 2, 3", '{"answer": "1, 2, 4"}'),
)
SCORER = Rule("hibench_paper", "1", judge_as_released)
