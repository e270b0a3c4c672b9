"""A pairwise verdict that somebody else extracted: ``0``, ``1``, ``2`` or ``tie``, as recorded."""

from __future__ import annotations

from benchwright.core.measurement import Score
from benchwright.core.response import Response
from benchwright.core.sample import Sample
from benchwright.scorers._rule import Rule, verdict
from benchwright.scorers._verdicts import VERDICTS


def _judge(sample: Sample, response: Response) -> Score:
    text = response.text.strip().lower()
    text = "tie" if text == "0" else text
    read = text if text in VERDICTS else None
    return verdict(read, sample.target, "as recorded" if read else "not a verdict")


SCORER = Rule("recorded_verdict", "1", _judge)
