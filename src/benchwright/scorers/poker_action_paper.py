"""PokerBench's exact match as released: the target may occur anywhere in the answer."""

from __future__ import annotations

from benchwright.scorers._poker import judge_as_released
from benchwright.scorers._rule import Rule
from benchwright.scorers.poker_action import example

KIT = (example("raise 11.0", "raise 12", "call"), example("check", "fold", "bet 3"))
SCORER = Rule("poker_action_paper", "1", judge_as_released)
