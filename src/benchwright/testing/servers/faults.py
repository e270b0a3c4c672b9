"""What a bad server does: named faults, and behaviours that mix them with good answers."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime

from msgspec.structs import replace

from benchwright.testing.servers.standin import Behaviour, Provider, Utterance
from benchwright.testing.servers.toy import share
from benchwright.testing.servers.wire import Received, Reply

OVERSIZED = 10_000_000
"""Bytes of the oversized answer."""

Fault = Callable[[Provider, Received], Reply]
"""What a provider does with a request when this goes wrong."""

_NAMED = re.compile(r"fault:([a-z0-9-]+)")


def _limited(provider: Provider, *, after: str = "") -> Reply:
    reply = provider.error(429, "Rate limit reached, please slow down.")
    return replace(reply, headers={"retry-after": after} if after else {})


def _limited_until(provider: Provider, _received: Received) -> Reply:
    moment = datetime.now(UTC) + timedelta(seconds=30)
    return _limited(provider, after=format_datetime(moment, usegmt=True))


def _halfway(provider: Provider, received: Received) -> Reply:
    good = provider.answer(received)
    sent = good.chunks[: max(1, len(good.chunks) // 2)]
    if not good.streamed:
        sent = (sent[0][: len(sent[0]) // 2],)
    return replace(good, chunks=sent, then="cut")


def _unfinished(provider: Provider, received: Received) -> Reply:
    """End a stream in good order, but before the answer is over."""
    good = provider.answer(received)
    return replace(good, chunks=good.chunks[: max(1, len(good.chunks) // 2)])


def _hang_halfway(provider: Provider, received: Received) -> Reply:
    return replace(_halfway(provider, received), then="hang")


FAULTS: Mapping[str, Fault] = {
    "429": lambda provider, _: _limited(provider),
    "429-after": lambda provider, _: _limited(provider, after="0.05"),
    "429-date": _limited_until,
    "500": lambda provider, _: provider.error(500, "The server had an error."),
    "503": lambda provider, _: provider.error(503, "Overloaded."),
    "hang": lambda *_: Reply(then="hang"),
    "hang-halfway": _hang_halfway,
    "halfway": _halfway,
    "unfinished": _unfinished,
    "garbage": lambda *_: Reply(chunks=(b"<html>\xff\xfe not json",)),
    "wrong-shape": lambda *_: Reply.json({"choices": "none"}),
    "oversized": lambda provider, received: provider.say(received, Utterance(text="x" * OVERSIZED)),
    "other-model": lambda provider, received: provider.say(
        received, Utterance(text="The answer is (A).", model="another-model")
    ),
    "content-filter": lambda provider, received: provider.say(
        received, Utterance(finish="content_filter")
    ),
    "empty": lambda provider, received: provider.say(received, Utterance()),
    "only-thinking": lambda provider, received: provider.say(
        received, Utterance(reasoning="Is it A? Perhaps B.", finish="length")
    ),
    "unclosed-thinking": lambda provider, received: provider.say(
        received, Utterance(text="<think>Is it A? Perhaps B.", finish="length")
    ),
    "length": lambda provider, received: provider.say(
        received, Utterance(text="The answer is", finish="length")
    ),
    "context-length": lambda provider, _: provider.error(
        400, "This model's maximum context length is 2048 tokens, however you requested 4096."
    ),
    "400": lambda provider, _: provider.error(400, "That makes no sense."),
    "401": lambda provider, _: provider.error(401, "Incorrect API key provided."),
    "403": lambda provider, _: provider.error(403, "Your country is not supported."),
    "404": lambda provider, _: provider.error(404, "The model does not exist."),
}
"""Every fault by name."""


def always(fault: str, provider: Provider) -> Behaviour:
    """Return a behaviour that meets every request with ``fault``."""
    return lambda received: FAULTS[fault](provider, received)


def sometimes(
    fault: str, provider: Provider, *, share_of_requests: float = 1.0, attempts: int = 1
) -> Behaviour:
    """Return a behaviour that meets a share of requests with ``fault``, then answers them.

    Which requests is decided by their digest; the first ``attempts`` attempts at each fail.
    """

    def behave(received: Received) -> Reply:
        chosen = share(received.digest, "fault") < share_of_requests
        if chosen and received.attempt < attempts:
            return FAULTS[fault](provider, received)
        return provider.answer(received)

    return behave


def as_named(provider: Provider) -> Behaviour:
    """Return a behaviour that does what the prompt says, ``fault:NAME``, and else answers."""

    def behave(received: Received) -> Reply:
        named = _NAMED.search(str(received.body))
        if named and named[1] in FAULTS:
            return FAULTS[named[1]](provider, received)
        return provider.answer(received)

    return behave
