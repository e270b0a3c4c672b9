"""PokerBench's exact match: the solver's action and, of a bet or raise, its amount."""

from __future__ import annotations

from benchwright.core.content import Text
from benchwright.core.example import Example
from benchwright.core.response import said
from benchwright.core.sample import Sample
from benchwright.scorers._poker import judge
from benchwright.scorers._rule import Rule


def example(target: str, *wrong: str) -> Example:
    """Return one sample with its target as the right answer."""
    sample = Sample(id=f"kit/{target}", input=(Text("?"),), target=target)
    return Example(sample=sample, right=said(target), wrong=tuple(said(text) for text in wrong))


KIT = (
    example("raise 11.0", "raise 12", "call", "bet 11"),
    example("check", "fold", "I would not check but bet 3."),
)
SCORER = Rule("poker_action", "1", judge)
