"""MMBench's rule matcher with the article guard on; a stated refusal is ``refused``."""

from __future__ import annotations

from benchwright.core.measurement import Outcome, Score
from benchwright.core.response import Response
from benchwright.core.sample import Sample
from benchwright.scorers._mmbench import NO_OPTION, extract
from benchwright.scorers._rule import Rule, verdict


def _judge(sample: Sample, response: Response) -> Score:
    letter, rule = extract(response.text, sample, article_guard=True)
    if letter == NO_OPTION:
        refused = Outcome.REFUSED if rule == "refusal" else None
        return Score(explanation=f"{rule}: no option", outcome=refused)
    return verdict(letter, sample.target, rule)


SCORER = Rule("mmbench_rules", "1", _judge)
