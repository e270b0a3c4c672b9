"""The option with the greatest log-probability per UTF-8 byte of its text."""

from __future__ import annotations

from benchwright.core.measurement import Score
from benchwright.core.response import Response
from benchwright.core.sample import Sample
from benchwright.scorers._likelihood import likeliest
from benchwright.scorers._rule import Rule


def _judge(sample: Sample, response: Response) -> Score:
    return likeliest(sample, response, lambda choice: len(choice.encode()), "nats per byte")


SCORER = Rule("likeliest_per_byte", "2", _judge)
