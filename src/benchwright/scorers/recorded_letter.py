"""A letter that somebody else extracted: the whole recorded output is the verdict."""

from __future__ import annotations

from benchwright.core.measurement import Score
from benchwright.core.response import Response
from benchwright.core.sample import LETTERS, Sample
from benchwright.scorers._rule import Rule, verdict


def _judge(sample: Sample, response: Response) -> Score:
    text = response.text.strip()
    letter = text if len(text) == 1 and text in LETTERS else None
    return verdict(letter, sample.target, "as recorded" if letter else "not a letter")


SCORER = Rule("recorded_letter", "1", _judge)
