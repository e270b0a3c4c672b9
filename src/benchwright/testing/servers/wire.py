"""The HTTP side of a stand-in server: what came in, what goes out, and what was really sent."""

from __future__ import annotations

import asyncio
import base64
import binascii
import hashlib
import re
from http import HTTPStatus
from typing import Any

import msgspec
from msgspec import Struct, field

LARGEST_HEAD = 64 * 1024
"""Bytes of request line and headers that are read before a client is cut off."""

_DATA_URL = re.compile(r"data:[^;,]+;base64,(.+)", re.DOTALL)


class Received(Struct, frozen=True, kw_only=True):
    """One request for an answer, as it arrived."""

    number: int
    """How many requests came before it, of whatever content."""
    attempt: int
    """How many requests of the same path and body came before it."""
    path: str
    """Path without query."""
    headers: dict[str, str]
    """Headers by lower-case name."""
    body: Any
    """The parsed JSON body; None where it is not JSON."""
    digest: str
    """blake2b of path and body: equal for equal requests."""
    images: tuple[str, ...] = ()
    """blake2b-256 of each picture's bytes, in order, in hexadecimal."""


class Reply(Struct, frozen=True, kw_only=True):
    """What a stand-in sends back, faults of transport included."""

    status: int = 200
    """HTTP status."""
    headers: dict[str, str] = field(default_factory=dict)
    """Further headers."""
    chunks: tuple[bytes, ...] = ()
    """The body, in the pieces in which it is sent."""
    streamed: bool = False
    """Whether the body goes out as server-sent events in chunked encoding."""
    delay: float = 0.0
    """Seconds before the first byte."""
    pause: float = 0.0
    """Seconds between two pieces."""
    then: str = "end"
    """After the pieces: ``end`` the answer, ``cut`` the connection, or ``hang`` for ever."""

    @classmethod
    def json(cls, value: Any, *, status: int = 200, headers: dict[str, str] | None = None) -> Reply:
        """Return ``value`` as a JSON reply."""
        return cls(status=status, headers=headers or {}, chunks=(msgspec.json.encode(value),))

    @classmethod
    def events(cls, *values: Any, names: bool = False, done: bool = True) -> Reply:
        """Return ``values`` as server-sent events, named by their ``type`` where ``names``."""
        chunks = []
        for value in values:
            name = f"event: {value['type']}\n".encode() if names else b""
            chunks.append(name + b"data: " + msgspec.json.encode(value) + b"\n\n")
        if done:
            chunks.append(b"data: [DONE]\n\n")
        return cls(chunks=tuple(chunks), streamed=True)


class Exchange(Struct, kw_only=True):
    """A request for an answer and what became of it; times are seconds since the epoch."""

    received: Received | None
    """The request; None where bodies are not kept."""
    digest: str
    """The request's digest."""
    path: str
    """The request's path."""
    attempt: int
    """How many equal requests came before."""
    images: tuple[str, ...]
    """Digests of the pictures that it carried."""
    received_at: float
    """When the last byte of the request had arrived."""
    status: int
    """The status sent, or about to be sent."""
    sent_at: float | None = None
    """When the last byte of the full reply was with the system; None if that never happened."""


async def read_request(reader: asyncio.StreamReader) -> tuple[str, str, dict[str, str], bytes]:
    """Return method, path, headers and body of the next request.

    Raises:
        ConnectionError: the client closed, or does not speak HTTP.
    """
    try:
        head = await reader.readuntil(b"\r\n\r\n")
        request_line, *lines = head.decode("latin-1").split("\r\n")
        method, target, _ = request_line.split(" ", 2)
        headers = {}
        for line in filter(None, lines):
            name, _, value = line.partition(":")
            headers[name.strip().lower()] = value.strip()
        body = await reader.readexactly(int(headers.get("content-length", 0)))
    except (asyncio.IncompleteReadError, asyncio.LimitOverrunError, ValueError) as error:
        raise ConnectionError("the client closed, or does not speak HTTP") from error
    return method, target.partition("?")[0], headers, body


async def send_reply(
    reply: Reply, reader: asyncio.StreamReader, writer: asyncio.StreamWriter
) -> bool:
    """Send ``reply`` as it says; return whether it was sent whole."""
    # Without a buffer of our own, drain returns when everything is with the system.
    writer.transport.set_write_buffer_limits(high=0)
    if reply.delay:
        await asyncio.sleep(reply.delay)
    if reply.then == "hang" and not reply.chunks:
        await reader.read()
        return False
    writer.write(_head(reply))
    for place, chunk in enumerate(reply.chunks):
        if place and reply.pause:
            await asyncio.sleep(reply.pause)
        writer.write(b"%x\r\n%s\r\n" % (len(chunk), chunk) if reply.streamed else chunk)
        await writer.drain()
    if reply.then == "hang":
        await reader.read()
    if reply.then != "end":
        return False
    if reply.streamed:
        writer.write(b"0\r\n\r\n")
    await writer.drain()
    return True


def _head(reply: Reply) -> bytes:
    length = sum(map(len, reply.chunks)) + (1 if reply.then != "end" else 0)
    kind = "text/event-stream" if reply.streamed else "application/json"
    size = ("transfer-encoding", "chunked") if reply.streamed else ("content-length", str(length))
    headers = {"content-type": kind, **dict([size]), **reply.headers}
    status = f"HTTP/1.1 {reply.status} {HTTPStatus(reply.status).phrase}"
    return "\r\n".join([status, *(f"{n}: {v}" for n, v in headers.items()), "", ""]).encode()


def parsed(body: bytes) -> Any:
    """Return the JSON value of ``body``; None where it is none."""
    try:
        return msgspec.json.decode(body)
    except msgspec.DecodeError:
        return None


def image_digests(value: Any) -> tuple[str, ...]:
    """Return the blake2b-256 of every picture in a request body, in order, in hexadecimal."""
    return tuple(hashlib.blake2b(data, digest_size=32).hexdigest() for data in _images(value))


def _images(value: Any) -> list[bytes]:
    if isinstance(value, dict):
        if value.get("type") == "base64" and isinstance(value.get("data"), str):
            return [_decoded(value["data"])]
        return [data for item in value.values() for data in _images(item)]
    if isinstance(value, list):
        return [data for item in value for data in _images(item)]
    if isinstance(value, str) and value.startswith("data:"):
        match = _DATA_URL.match(value)
        return [_decoded(match[1])] if match else []
    return []


def _decoded(text: str) -> bytes:
    try:
        return base64.b64decode(text, validate=True)
    except binascii.Error:
        return b""
