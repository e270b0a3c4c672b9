"""The option with the greatest summed log-probability: for letters; lm-eval's ``acc``."""

from __future__ import annotations

from benchwright.core.measurement import Score
from benchwright.core.response import Response
from benchwright.core.sample import Sample
from benchwright.scorers._likelihood import SUM, likeliest
from benchwright.scorers._rule import Rule


def _judge(sample: Sample, response: Response) -> Score:
    return likeliest(sample, response, lambda choice: 1, SUM)  # noqa: ARG005 - not normalised


SCORER = Rule("likeliest", "1", _judge)
