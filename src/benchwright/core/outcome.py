"""What a question can come to; apart from the rest, so that `--help` brings only this."""

from __future__ import annotations

from enum import StrEnum


class Outcome(StrEnum):
    """What a response came to; never merged with a score of 0."""

    SCORED = "scored"
    UNPARSED = "unparsed"
    REFUSED = "refused"
    TRUNCATED = "truncated"
    EMPTY = "empty"
    UNJUDGED = "unjudged"
    FAILED = "failed"
    UNSUPPORTED = "unsupported"
