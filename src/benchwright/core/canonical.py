"""Canonical bytes and digests: the same meaning gives the same key, for ever.

The form is JSON with sorted keys in UTF-8, text as it is, fields equal to their default left out,
and a form number in front. Golden tests freeze it: a key that changes by accident asks the world
again.
"""

from __future__ import annotations

import hashlib
import math
from functools import cache, lru_cache
from typing import Any

import msgspec

from benchwright.core.content import Message, Part, Text
from benchwright.core.request import Generation, Request

FORM = b"1\n"
"""The number of the canonical form; raised when the form itself changes."""

_encoder = msgspec.json.Encoder(order="sorted")


def canonical(value: Any) -> bytes:
    """Return the canonical bytes of a struct, mapping or sequence.

    Raises:
        ValueError: a number is not finite.
    """
    return FORM + _encoder.encode(_plain(value))


def canonical_request(request: Request) -> bytes:
    """Return the bytes that decide the answer: no role, no origin, text pieces joined."""
    asked: dict[str, Any] = {}
    if request.prompt:
        asked["prompt"] = "".join(request.prompt)
    if request.messages:
        asked["messages"] = [_plain_message(message) for message in request.messages]
    if request.generation is not None:
        asked["generation"] = _plain_generation(request.generation)
    if request.continuations:
        asked["continuations"] = request.continuations
    if request.tools:
        asked["tools"] = _plain(request.tools)
    if request.repeat != (0, 0):
        asked["repeat"] = request.repeat
    return FORM + _encoder.encode(asked)


def digest(data: bytes, size: int = 32) -> str:
    """Return the blake2b digest of ``data`` as ``2 * size`` hexadecimal characters."""
    return hashlib.blake2b(data, digest_size=size).hexdigest()


def cache_key(request: Request, model_key: str, *, recorded: bool = False) -> bytes:
    """Return the 32 bytes that name this request asked of this model.

    Of a ``recorded`` model the origin decides the answer: two samples may have the same question,
    and each has an output of its own.
    """
    asked = canonical_request(request) + model_key.encode()
    if recorded:
        one = request.origin
        place = (one.benchmark, one.sample, one.variant, str(one.repeat), str(one.step))
        asked += "\0".join(("", *place)).encode()
    return hashlib.blake2b(asked, digest_size=32).digest()


@lru_cache(maxsize=256)
def _plain_generation(generation: Generation) -> Any:
    return _plain(generation)


def _plain_message(message: Message) -> dict[str, Any]:
    joined: list[Part] = []
    for part in message.parts:
        last = joined[-1] if joined else None
        if isinstance(part, Text) and isinstance(last, Text):
            joined[-1] = Text(last.text + part.text)
        else:
            joined.append(part)
    return {"role": message.role, "parts": [_plain(part) for part in joined]}


def _plain(value: Any) -> Any:
    """Return ``value`` as JSON knows it, without the fields of structs that equal their default.

    msgspec's own ``omit_defaults`` compares by identity, so that 1024 written out would not be the
    default 1024; and it writes NaN and infinity as null, which would merge different values.
    """
    if isinstance(value, (list, tuple)):
        # Most of what is keyed is texts and lists of them: no call for each.
        return [item if type(item) is str else _plain(item) for item in value]
    if isinstance(value, str):
        return value
    if isinstance(value, float):
        if not math.isfinite(value):
            raise ValueError(f"a key cannot hold the number {value!r}")
        return value
    if isinstance(value, msgspec.Struct):
        if _as_it_is(type(value)):
            return value
        fields = {
            field.encode_name: _plain(given)
            for field in _fields(type(value))
            if not _is_default(field, given := getattr(value, field.name))
        }
        tag = value.__struct_config__.tag
        return fields if tag is None else {"type": tag, **fields}
    if isinstance(value, dict):
        return {key: _plain(item) for key, item in value.items()}
    return value


@cache
def _as_it_is(struct: type[msgspec.Struct]) -> bool:
    """Whether msgspec itself writes the canonical form: only texts, and none has a default."""
    return all(field.required and field.type is str for field in _fields(struct))


@cache
def _fields(struct: type[msgspec.Struct]) -> tuple[msgspec.structs.FieldInfo, ...]:
    return msgspec.structs.fields(struct)


def _is_default(field: msgspec.structs.FieldInfo, given: Any) -> bool:
    if field.default is not msgspec.NODEFAULT:
        return bool(given == field.default)
    factory = field.default_factory
    return factory is not msgspec.NODEFAULT and bool(given == factory())
