"""The same on energies rounded to three decimals first, as Matbench Discovery's figures are."""

from __future__ import annotations

from functools import partial

from benchwright.scorers._hull import judge
from benchwright.scorers._rule import Rule
from benchwright.scorers.hull_distance import KIT

__all__ = ["KIT", "SCORER"]

SCORER = Rule("hull_distance_paper", "1", partial(judge, decimals=3))
