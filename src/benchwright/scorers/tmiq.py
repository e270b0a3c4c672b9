"""TMIQ: a command is the one wanted after normalising, or the best option is put first."""

from __future__ import annotations

from benchwright.core.content import Text
from benchwright.core.example import Example
from benchwright.core.response import said
from benchwright.core.sample import Sample
from benchwright.scorers._instruments import judge
from benchwright.scorers._rule import Rule


def _example(kind: str, target: str, *wrong: str) -> Example:
    sample = Sample(id=f"kit/{kind}", input=(Text("?"),), target=target, metadata={"kind": kind})
    return Example(sample=sample, right=said(target), wrong=tuple(said(text) for text in wrong))


KIT = (
    _example("command", "MEAS:VOLT:DC?", "MEAS:VOLT:AC?", "MEAS:VOLT:DC", "measure the voltage"),
    _example("ranked", "C, A, D, B", "A, C, D, B", "D", "the third"),
)
SCORER = Rule("tmiq", "1", judge)
