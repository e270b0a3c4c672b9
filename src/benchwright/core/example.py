"""What a scorer's own module gives its contract test: samples with answers known to be right."""

from __future__ import annotations

from msgspec import Struct

from benchwright.core.response import Response
from benchwright.core.sample import Sample


class Example(Struct, frozen=True, kw_only=True):
    """One sample, a response that must score 1, and responses that must not.

    A module of ``scorers/`` exports ``KIT: tuple[Example, ...]`` beside ``SCORER`` where the target
    alone is no right answer: code, JSON, tool calls, texts that keep instructions.
    """

    sample: Sample
    """What is asked."""
    right: Response
    """Scores 1."""
    wrong: tuple[Response, ...] = ()
    """Score less than 1, or nothing."""
