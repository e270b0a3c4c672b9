"""PandaLM's verdict on the first line: ``1``, ``2`` or ``tie``; anything else reads nothing."""

from __future__ import annotations

from benchwright.core.measurement import Score
from benchwright.core.response import Response
from benchwright.core.sample import Sample
from benchwright.scorers._rule import Rule, verdict
from benchwright.scorers._verdicts import read_verdict


def _judge(sample: Sample, response: Response) -> Score:
    read = read_verdict(response.text)
    return verdict(read, sample.target, "first line" if read else "the first line is no verdict")


SCORER = Rule("pandalm_verdict", "1", _judge)
