"""Canonical bytes and digests: the same meaning gives the same key, for ever.

The form is JSON with sorted keys in UTF-8, text as it is, fields equal to their default left out,
and a form number in front. Golden tests freeze it: a key that changes by accident asks the world
again.
"""

from __future__ import annotations

import hashlib
import math
from typing import Any

import msgspec

from benchwright.core.content import Message, Part, Text
from benchwright.core.request import Generation, Request, Tool

FORM = b"1\n"
"""The number of the canonical form; raised when the form itself changes."""

_encoder = msgspec.json.Encoder(order="sorted")


class _Asked(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """The part of a request that decides the answer."""

    messages: tuple[Message, ...] = ()
    prompt: str = ""
    generation: Generation | None = None
    continuations: tuple[str, ...] = ()
    tools: tuple[Tool, ...] = ()
    repeat: tuple[int, int] = (0, 0)


def canonical(value: Any) -> bytes:
    """Return the canonical bytes of a struct, mapping or sequence.

    Raises:
        ValueError: a number in a mapping or sequence is not finite.
    """
    _refuse_non_finite(value)
    return FORM + _encoder.encode(value)


def canonical_request(request: Request) -> bytes:
    """Return the bytes that decide the answer: no role, no origin, text pieces joined."""
    return FORM + _encoder.encode(
        _Asked(
            messages=tuple(_joined(message) for message in request.messages),
            prompt="".join(request.prompt),
            generation=request.generation,
            continuations=request.continuations,
            tools=request.tools,
            repeat=request.repeat,
        )
    )


def digest(data: bytes, size: int = 32) -> str:
    """Return the blake2b digest of ``data`` as ``2 * size`` hexadecimal characters."""
    return hashlib.blake2b(data, digest_size=size).hexdigest()


def cache_key(request: Request, model_key: str) -> bytes:
    """Return the 32 bytes that name this request asked of this model."""
    return hashlib.blake2b(canonical_request(request) + model_key.encode(), digest_size=32).digest()


def _joined(message: Message) -> Message:
    parts = message.parts
    if len(parts) == 1:
        return message
    joined: list[Part] = []
    for part in parts:
        last = joined[-1] if joined else None
        if isinstance(part, Text) and isinstance(last, Text):
            joined[-1] = Text(last.text + part.text)
        else:
            joined.append(part)
    return Message(role=message.role, parts=tuple(joined))


def _refuse_non_finite(value: Any) -> None:
    # msgspec writes NaN and infinity as null, which would merge different values under one key.
    if isinstance(value, float):
        if not math.isfinite(value):
            raise ValueError(f"a key cannot hold the number {value!r}")
    elif isinstance(value, dict):
        for item in value.values():
            _refuse_non_finite(item)
    elif isinstance(value, (list, tuple)):
        for item in value:
            _refuse_non_finite(item)
    elif isinstance(value, msgspec.Struct):
        for field in value.__struct_fields__:
            _refuse_non_finite(getattr(value, field))
