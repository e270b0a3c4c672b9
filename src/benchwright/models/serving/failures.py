"""From what a server or the network did to the kind of failure that it was."""

from __future__ import annotations

import math
import re
import time
from collections.abc import Mapping
from email.utils import parsedate_to_datetime
from typing import Any

import h11
import httpx
import msgspec

from benchwright.core.response import Failure, FailureKind

LONGEST_MESSAGE = 500
"""Characters of a server's own words that a failure keeps."""

_KINDS: Mapping[int, FailureKind] = {
    401: "authentication",
    402: "authentication",
    403: "authentication",
    404: "not_found",
    405: "not_found",
    408: "timeout",
    410: "not_found",
    413: "input_too_long",
    429: "rate_limit",
}

# How OpenAI, vLLM, SGLang, llama-server, TGI and Anthropic say that an input is too long.
_TOO_LONG = re.compile(
    r"context_length_exceeded|exceed_context_size|maximum context length|maximum model length"
    r"|exceeds? the (available )?context|longer than the (maximum )?model|model'?s context length"
    r"|exceed(s|ed)? (the )?(model'?s )?(max_model_len|context (window|limit|size|length))"
    r"|prompt is too long|input is too long|inputs` tokens \+ `max_new_tokens` must be"
    r"|request_too_large",
    re.IGNORECASE,
)
_NO_MONEY = re.compile(r"insufficient_quota|billing_hard_limit|credit balance is too low")


class AskFailed(Exception):
    """One attempt at a request failed; carries the failure."""

    def __init__(self, kind: FailureKind, message: str, retry_after: float | None = None) -> None:
        """Say what went wrong."""
        self.failure = Failure(kind=kind, message=message, retry_after=retry_after)
        super().__init__(message)


class Refusal(msgspec.Struct, frozen=True, kw_only=True):
    """An error as a server put it."""

    status: int
    """HTTP status; 0 where it came inside a stream."""
    message: str = ""
    """The server's own words."""
    code: str = ""
    """The server's names for it: its code and type, joined by a space."""
    parameter: str = ""
    """The setting that the server named."""
    retry_after: float | None = None
    """Seconds that the server asked to wait."""


class Refused(Exception):
    """A server answered a request with an error; carries the refusal."""

    def __init__(self, refusal: Refusal) -> None:
        """Carry the ``refusal``."""
        self.refusal = refusal
        super().__init__(refusal.message)


def refusal_of(status: int, body: bytes, headers: Mapping[str, str] | None = None) -> Refusal:
    """Return the error that ``body`` describes, in whichever of the usual forms."""
    try:
        value = msgspec.json.decode(body)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        value = body.decode(errors="replace")
    return refusal_from(status, value, headers or {})


def refusal_from(status: int, value: Any, headers: Mapping[str, str]) -> Refusal:
    """Return the error that a parsed body describes."""
    error = value.get("error", value) if isinstance(value, dict) else value
    fields = error if isinstance(error, dict) else {"message": error}
    message = fields.get("message") or fields.get("detail") or error
    names = (fields.get("code"), fields.get("type"))
    if not status and isinstance(names[0], int) and 400 <= names[0] < 600:
        status = names[0]  # an error in a reply that began well, as gateways send it
    return Refusal(
        status=status,
        message=str(message)[:LONGEST_MESSAGE],
        code=" ".join(name for name in names if isinstance(name, str)),
        parameter=str(fields.get("param") or ""),
        retry_after=retry_after(headers),
    )


def failure_of(refusal: Refusal) -> Failure:
    """Return the failure that a refusal amounts to."""
    return Failure(
        kind=_kind(refusal),
        message=f"HTTP {refusal.status}: {refusal.message}"
        if refusal.status
        else f"in the stream: {refusal.message}",
        retry_after=refusal.retry_after,
    )


def _kind(refusal: Refusal) -> FailureKind:
    words = f"{refusal.code} {refusal.message}"
    status = refusal.status
    if status in (0, 400, 413, 422, 500) and _TOO_LONG.search(words):
        return "input_too_long"
    if status in (400, 429) and _NO_MONEY.search(words):
        return "authentication"
    if status == 0:
        return "rate_limit" if "rate_limit" in refusal.code else "server_error"
    if status >= 500:
        return "server_error"
    return _KINDS.get(status, "invalid_request")


def pushes_back(refusal: Refusal) -> bool:
    """Return whether a server says that it is asked too much at once, or asks for a pause."""
    return _kind(refusal) == "rate_limit" or refusal.status in (503, 529)


def failure_of_transport(error: httpx.HTTPError | h11.ProtocolError | OSError) -> Failure:
    """Return the failure that a broken exchange amounts to."""
    words = f"{type(error).__name__}: {error}" if str(error) else type(error).__name__
    if isinstance(error, (httpx.TimeoutException, TimeoutError)):
        return Failure(kind="timeout", message=words)
    if isinstance(error, httpx.DecodingError):
        return Failure(kind="garbled", message=words)
    return Failure(kind="connection", message=words)


def retry_after(headers: Mapping[str, str]) -> float | None:
    """Return the seconds that a server asks to wait; None where it says nothing readable."""
    if (milliseconds := headers.get("retry-after-ms")) is not None:
        seconds = _number(milliseconds) / 1000
        if math.isfinite(seconds):
            return max(0.0, seconds)
    written = headers.get("retry-after")
    if written is None:
        return None
    seconds = _number(written)
    if math.isfinite(seconds):
        return max(0.0, seconds)
    try:
        return max(0.0, parsedate_to_datetime(written).timestamp() - time.time())
    except (ValueError, OverflowError):
        return None


def _number(text: str) -> float:
    try:
        return float(text)
    except ValueError:
        return math.nan
