"""What came back: an answer, or the reason why there is none."""

from __future__ import annotations

from typing import Literal

from msgspec import Struct

from benchwright.core.content import Part, Text, ToolCall, text_of

Finish = Literal["stop", "length", "tool_calls", "content_filter", "refusal", "scored", "other"]
"""Why an answer ended; ``scored`` is the end of a log-likelihood request."""

FailureKind = Literal[
    "timeout",
    "rate_limit",
    "server_error",
    "connection",
    "garbled",
    "wrong_model",
    "input_too_long",
    "invalid_request",
    "not_found",
    "authentication",
    "not_recorded",
    "unsupported",
    "budget",
    "not_run",
    "defect",
]
"""What went wrong with a request; ``not_run``: the sandbox could not run what a flow wanted run."""

PERMANENT: frozenset[FailureKind] = frozenset(
    {"input_too_long", "invalid_request", "not_found", "unsupported"}
)
"""Failures that would be the same again: kept, and asked again only by ``--retry-failed``."""

RETRIED: frozenset[FailureKind] = frozenset(
    {"timeout", "rate_limit", "server_error", "connection", "garbled"}
)
"""Failures worth another try within the same run."""


class ContinuationScore(Struct, frozen=True, gc=False, kw_only=True):
    """The log-likelihood of one continuation."""

    logprob: float
    """Sum of the natural log-probabilities of its tokens."""
    tokens: int
    """Number of tokens summed."""
    bytes: int
    """Length of the continuation in UTF-8 bytes, as asked."""
    greedy: bool
    """Whether every token was the most probable one."""


class TokenLogprob(Struct, frozen=True, gc=False, kw_only=True):
    """The log-probability of one generated token, with its rivals."""

    token: str
    """The token's text."""
    logprob: float
    """Its natural log-probability."""
    top: tuple[tuple[str, float], ...] = ()
    """The most probable tokens at this place and their log-probabilities."""


class Response(Struct, frozen=True, gc=False, kw_only=True, omit_defaults=True):
    """What a model answered."""

    parts: tuple[Part, ...] = ()
    """The answer: text and tool calls."""
    reasoning: str = ""
    """Thinking that the model kept apart from its answer."""
    continuations: tuple[ContinuationScore, ...] = ()
    """One score per continuation asked, in the order asked."""
    boundary_merged: bool = False
    """Whether context and continuation, tokenised together, did not split where they were cut."""
    finish: Finish = "stop"
    """Why the answer ended."""
    logprobs: tuple[TokenLogprob, ...] = ()
    """Log-probabilities of generated tokens, where asked for."""
    tokens_in: int | None = None
    """Tokens of the prompt."""
    tokens_cached: int | None = None
    """Tokens of the prompt that were not evaluated again."""
    tokens_out: int | None = None
    """Tokens generated, thinking included; of a log-likelihood request, tokens scored."""
    tokens_reasoning: int | None = None
    """Tokens spent thinking."""
    seconds: float | None = None
    """Wall time from sending to the last byte; a batch's time is shared among its requests."""
    first_token_seconds: float | None = None
    """Wall time from sending to the first token."""
    served_model: str = ""
    """What the server said that it was."""
    fingerprint: str = ""
    """The server's fingerprint of its configuration."""
    deviations: tuple[str, ...] = ()
    """Settings that the model refused or changed, one sentence each."""

    @property
    def text(self) -> str:
        """The text of the answer, without thinking."""
        return text_of(self.parts)

    @property
    def tool_calls(self) -> tuple[ToolCall, ...]:
        """The tool calls of the answer."""
        return tuple(part for part in self.parts if isinstance(part, ToolCall))


def said(text: str) -> Response:
    """Return a response of one text."""
    return Response(parts=(Text(text),))


class Failure(Struct, frozen=True, gc=False, kw_only=True, omit_defaults=True):
    """Why a request got no answer."""

    kind: FailureKind
    """What went wrong."""
    message: str
    """The cause in words; never holds a secret."""
    retry_after: float | None = None
    """Seconds that the server asked to wait."""

    @property
    def permanent(self) -> bool:
        """Whether asking again would give the same failure."""
        return self.kind in PERMANENT


class RequestFailed(Exception):
    """Thrown into a flow whose request got no answer."""

    def __init__(self, failure: Failure) -> None:
        """Carry the ``failure``."""
        self.failure = failure
        super().__init__(f"{failure.kind}: {failure.message}")
