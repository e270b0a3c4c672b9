"""LiveBench's released rules, task by task; what no rule reads is wrong.

An empty answer, or one that is all thinking, is judged like any other. See ``_livebench_paper`` for
what each task takes; expressions and tables are compared without the released code's libraries.
"""

from __future__ import annotations

import re

from benchwright.core.example import Example
from benchwright.core.measurement import Score
from benchwright.core.response import Response
from benchwright.core.sample import Sample
from benchwright.scorers import _livebench_paper as paper
from benchwright.scorers import livebench
from benchwright.scorers._rule import Rule

_THINKING = re.compile(r"<think>.*?</think>", re.DOTALL)
_RULES = {
    "AMPS_Hard": paper.amps_hard,
    "math_comp": paper.aime,
    "olympiad": paper.rearrangement,
    "spatial": paper.spatial,
    "web_of_lies_v2": paper.web_of_lies,
    "zebra_puzzle": paper.zebra,
    "zebra_puzzle/word": paper.old_zebra,
    "cta": paper.cta,
    "tablejoin": paper.tablejoin,
}


def _judge(sample: Sample, response: Response) -> Score:
    text = _THINKING.sub("", response.text)
    if not text.strip():
        return Score(explanation="no text")
    if "instructions" in sample.metadata:
        return livebench.instructions_followed(text.strip(), sample)
    kind = livebench.form(sample)
    if kind == "math_comp/letter":
        value = paper.math_contest(text, sample.target, sample.text)
    elif kind == "tablereformat":
        value = paper.tablereformat(text, sample.target, sample.metadata["format"])
    else:
        value = _RULES[kind](text, sample.target)
    return Score(value=value, answer=text.strip()[-200:], explanation=kind)


SCORER = Rule(
    "livebench_paper",
    "1",
    _judge,
    require=livebench.require,
    form_only=livebench.SCORER.form_only,
)
KIT = tuple(Example(sample=one.sample, right=one.right) for one in livebench.KIT)
