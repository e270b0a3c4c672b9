"""Deciding what a response came to, in the order that the contract gives."""

from __future__ import annotations

from benchwright.core.measurement import Outcome, Score
from benchwright.core.response import Response


def decide(response: Response, score: Score) -> Outcome:
    """Return the outcome of an answered request: the first that applies holds.

    A value that only a fallback step of extraction read from a cut-off answer is void: the
    outcome is then ``truncated``.
    """
    if response.finish in ("content_filter", "refusal") or score.outcome is Outcome.REFUSED:
        return Outcome.REFUSED
    if score.outcome is Outcome.UNSUPPORTED:
        return Outcome.UNSUPPORTED
    cut = response.finish == "length"
    if score.value is not None and not (cut and score.fallback):
        return Outcome.SCORED
    if score.outcome is Outcome.UNJUDGED:
        return Outcome.UNJUDGED
    if cut:
        return Outcome.TRUNCATED
    if not (response.text.strip() or response.tool_calls or response.continuations):
        return Outcome.EMPTY
    return Outcome.UNPARSED
