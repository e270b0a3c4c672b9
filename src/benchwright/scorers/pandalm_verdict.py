"""PandaLM's verdict on the first line: ``1``, ``2``, ``tie``, or a sentence that says just that."""

from __future__ import annotations

from benchwright.core.measurement import Score
from benchwright.core.response import Response
from benchwright.core.sample import Sample
from benchwright.scorers._rule import Rule, verdict
from benchwright.scorers._verdicts import read_verdict, stated_verdict


def _judge(sample: Sample, response: Response) -> Score:
    read, bare = stated_verdict(response.text), read_verdict(response.text)
    how = "first line" if bare else "a sentence on the first line"
    how = how if read else "the first line is no verdict"
    return verdict(read, sample.target, how, strict=bare)


SCORER = Rule("pandalm_verdict", "2", _judge)
