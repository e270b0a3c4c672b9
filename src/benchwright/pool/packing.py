"""How a journal keeps requests and responses: readable JSON, long texts once."""

from __future__ import annotations

import hashlib
import math
from collections.abc import Callable, Iterable, Mapping
from typing import Any

import msgspec
from msgspec import Struct

from benchwright.core.content import (
    Audio,
    Image,
    Message,
    Part,
    Text,
    ToolCall,
    ToolResult,
    Video,
)
from benchwright.core.request import Generation, Origin, Request, Role, Tool
from benchwright.core.response import Failure, Response

LONG = 256
"""Texts of at least this many UTF-8 bytes are kept once per journal and referred to."""


class _Ref(Struct, frozen=True):
    """Stands for a piece of a raw prompt."""

    ref: str


class _TextRef(Struct, frozen=True, tag="text_ref"):
    """Stands for a text part of a message."""

    ref: str


class _KeptMessage(Struct, frozen=True):
    role: str
    parts: list[Text | _TextRef | Image | Audio | Video | ToolCall | ToolResult]


class _Kept(Struct, frozen=True, omit_defaults=True):
    """A request in which references may stand for texts; field for field like ``Request``."""

    messages: list[_KeptMessage] = []
    prompt: list[str | _Ref] = []
    generation: Generation | None = None
    continuations: tuple[str, ...] = ()
    tools: tuple[Tool, ...] = ()
    repeat: tuple[int, int] = (0, 0)
    role: Role = "subject"
    origin: Origin = Origin()


_encoder = msgspec.json.Encoder()
_kept = msgspec.json.Decoder(_Kept)
_response = msgspec.json.Decoder(Response)
_failure = msgspec.json.Decoder(Failure)


def text_digest(text: str) -> str:
    """Return the 24 hexadecimal characters that name a kept text: blake2b-96 of its UTF-8."""
    return hashlib.blake2b(text.encode(), digest_size=12).hexdigest()


def pack_request(request: Request, texts: dict[str, str]) -> str:
    """Return ``request`` as JSON; long texts go into ``texts`` (digest → text)."""
    if not request.messages and not any(map(_is_long, request.prompt)):
        return _encoder.encode(request).decode()

    def kept_text(text: str) -> str | None:
        if not _is_long(text):
            return None
        digest = text_digest(text)
        texts[digest] = text
        return digest

    def piece(text: str) -> str | _Ref:
        digest = kept_text(text)
        return text if digest is None else _Ref(digest)

    def part(value: Part) -> Part | _TextRef:
        digest = kept_text(value.text) if isinstance(value, Text) else None
        return value if digest is None else _TextRef(digest)

    return _encoder.encode(
        _Kept(
            messages=[_KeptMessage(m.role, [part(p) for p in m.parts]) for m in request.messages],
            prompt=[piece(text) for text in request.prompt],
            generation=request.generation,
            continuations=request.continuations,
            tools=request.tools,
            repeat=request.repeat,
            role=request.role,
            origin=request.origin,
        )
    ).decode()


def _is_long(text: str) -> bool:
    return len(text) >= LONG or (len(text) * 4 >= LONG and len(text.encode()) >= LONG)


def unpack_request(packed: str, lookup: Callable[[set[str]], Mapping[str, str]]) -> Request:
    """Return the exact request; ``lookup`` gives the texts of digests.

    Raises:
        KeyError: ``lookup`` does not know a digest.
        msgspec.DecodeError: ``packed`` is damaged.
    """
    kept = _kept.decode(packed)
    texts = lookup(set(references(kept)))
    return Request(
        messages=tuple(
            Message(
                role=message.role,  # type: ignore[arg-type]  # as it was packed
                parts=tuple(
                    Text(texts[part.ref]) if isinstance(part, _TextRef) else part
                    for part in message.parts
                ),
            )
            for message in kept.messages
        ),
        prompt=tuple(texts[p.ref] if isinstance(p, _Ref) else p for p in kept.prompt),
        generation=kept.generation,
        continuations=kept.continuations,
        tools=kept.tools,
        repeat=kept.repeat,
        role=kept.role,
        origin=kept.origin,
    )


def references(kept: _Kept) -> Iterable[str]:
    """Yield the digests that a kept request refers to."""
    for message in kept.messages:
        for part in message.parts:
            if isinstance(part, _TextRef):
                yield part.ref
    for piece in kept.prompt:
        if isinstance(piece, _Ref):
            yield piece.ref


def pack_response(response: Response) -> str:
    """Return ``response`` as JSON; numbers that JSON has not stand as texts (``"-inf"``)."""
    data = _encoder.encode(response)
    # Fields that are None are left out, so a null is either text or a number that is not finite.
    if b"null" in data:
        data = _encoder.encode(_spelled(msgspec.to_builtins(response)))
    return data.decode()


def unpack_response(packed: str) -> Response:
    """Return the exact response.

    Raises:
        msgspec.DecodeError: ``packed`` is damaged.
    """
    try:
        return _response.decode(packed)
    except msgspec.ValidationError:
        return msgspec.convert(msgspec.json.decode(packed), Response, strict=False)


def pack_failure(failure: Failure) -> str:
    """Return ``failure`` as JSON."""
    return _encoder.encode(failure).decode()


def unpack_failure(packed: str) -> Failure:
    """Return the exact failure.

    Raises:
        msgspec.DecodeError: ``packed`` is damaged.
    """
    return _failure.decode(packed)


def _spelled(value: Any) -> Any:
    if isinstance(value, float) and not math.isfinite(value):
        return str(value)
    if isinstance(value, dict):
        return {name: _spelled(item) for name, item in value.items()}
    if isinstance(value, (list, tuple)):
        return [_spelled(item) for item in value]
    return value
