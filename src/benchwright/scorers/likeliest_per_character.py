"""The option with the greatest log-probability per character of its text (``acc_norm``)."""

from __future__ import annotations

from benchwright.core.measurement import Score
from benchwright.core.response import Response
from benchwright.core.sample import Sample
from benchwright.scorers._likelihood import likeliest
from benchwright.scorers._rule import Rule


def _judge(sample: Sample, response: Response) -> Score:
    return likeliest(sample, response, len, "nats per character")


SCORER = Rule("likeliest_per_character", "2", _judge)
