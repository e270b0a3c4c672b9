"""The answer as a whole equals the target, but for case, outer white space and a final period."""

from __future__ import annotations

from benchwright.core.measurement import Score
from benchwright.core.response import Response
from benchwright.core.sample import Sample
from benchwright.scorers._rule import Rule


def normal(text: str) -> str:
    """Return ``text`` case-folded, white space collapsed, one final period dropped."""
    return " ".join(text.split()).removesuffix(".").rstrip().casefold()


def _judge(sample: Sample, response: Response) -> Score:
    text = response.text.strip()
    if not text:
        return Score(explanation="nothing to compare")
    same = normal(text) == normal(sample.target)
    return Score(value=float(same), answer=text, explanation="the whole answer")


SCORER = Rule("exact_match", "1", _judge)
