"""The letter that the answer begins with, and nothing else counts."""

from __future__ import annotations

from benchwright.core.measurement import Score
from benchwright.core.response import Response
from benchwright.core.sample import Sample
from benchwright.scorers._letters import letters_of, opening, whole
from benchwright.scorers._rule import Rule, verdict


def _judge(sample: Sample, response: Response) -> Score:
    text, letters = response.text, letters_of(sample)
    letter = whole(text, letters) or opening(text, letters)
    return verdict(letter, sample.target, "the answer's first letter" if letter else "no letter")


SCORER = Rule("first_letter", "1", _judge)
