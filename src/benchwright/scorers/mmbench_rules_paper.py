"""MMBench's rule matcher as released: "A dog" reads A; what no rule reads is no option: wrong."""

from __future__ import annotations

from benchwright.core.measurement import Score
from benchwright.core.response import Response
from benchwright.core.sample import Sample
from benchwright.scorers._mmbench import NO_OPTION, extract
from benchwright.scorers._rule import Rule, verdict


def _judge(sample: Sample, response: Response) -> Score:
    if not response.text.strip():
        return Score(explanation="no text")
    letter, rule = extract(response.text, sample, article_guard=False)
    return verdict(letter or NO_OPTION, sample.target, rule)


SCORER = Rule("mmbench_rules_paper", "1", _judge)
