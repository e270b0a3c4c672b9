"""MGSM's number: as in GSM8K, with the digits, separators and cue of the question's language."""

from __future__ import annotations

from benchwright.core.measurement import Score
from benchwright.core.response import Response
from benchwright.core.sample import Sample
from benchwright.scorers._rule import Rule
from benchwright.scorers.gsm8k_number import judged


def _judge(sample: Sample, response: Response) -> Score:
    return judged(response.text, sample.target, sample.tags.get("language", "en"))


SCORER = Rule("mgsm_number", "1", _judge)
