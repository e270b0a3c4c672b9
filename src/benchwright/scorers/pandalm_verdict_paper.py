"""PandaLM's verdict as released: a first line that is neither ``1``, ``2`` nor ``tie`` is a tie."""

from __future__ import annotations

from benchwright.core.measurement import Score
from benchwright.core.response import Response
from benchwright.core.sample import Sample
from benchwright.scorers._rule import Rule, verdict
from benchwright.scorers._verdicts import read_verdict


def _judge(sample: Sample, response: Response) -> Score:
    if not response.text.strip():
        return Score(explanation="no text")
    read = read_verdict(response.text)
    return verdict(read or "tie", sample.target, "first line" if read else "unreadable: a tie")


SCORER = Rule("pandalm_verdict_paper", "1", _judge)
