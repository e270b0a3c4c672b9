"""One server's API: where it is, the key it takes, how long it may take, how much it may say."""

from __future__ import annotations

import asyncio
import os
import re
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from typing import Any
from urllib.parse import urlsplit

import httpx
import msgspec
from msgspec import Struct
from msgspec.structs import replace

from benchwright.core.errors import DescriptionError, MissingKey, ModelError
from benchwright.core.response import Failure
from benchwright.models.serving.failures import AskFailed, Refusal, Refused, refusal_of
from benchwright.models.serving.wire import Reply, Wire, open_wire, outside

LARGEST_ANSWER = 8 * 1024 * 1024
"""Bytes of an answer beyond which it is no answer."""

LARGEST_ERROR = 64 * 1024
"""Bytes of an error that are read."""

LOOK_SECONDS = 30.0
"""How long a server may take to say which models it has."""

_REDIRECTS = (301, 302, 303, 307, 308)
_NAMED = re.compile(r"(.*?)@(https?://.*)", re.DOTALL)


class Patience(Struct, frozen=True, kw_only=True):
    """How long a request may take."""

    total: float = 600.0
    """Seconds from sending to the last byte."""
    idle: float = 600.0
    """Seconds between two bytes."""


def split_name(rest: str, default_url: str) -> tuple[str, str]:
    """Return the model's name and the API's URL of ``NAME`` or ``NAME@URL``.

    A URL without a path gets ``/v1``.

    Raises:
        DescriptionError: the URL carries a user, a password, a query or a fragment: a key would
            end up in logs there.
    """
    match = _NAMED.fullmatch(rest)
    name, url = (match[1], match[2]) if match else (rest, default_url)
    parts = urlsplit(url)
    if "@" in parts.netloc or parts.query or parts.fragment or not parts.hostname:
        raise DescriptionError(
            f"The URL of {name or 'the model'} must be plain, as http://HOST:PORT/v1, without "
            "user, password, query or fragment: keys are taken from the environment."
        )
    url = url.rstrip("/")
    return name, url if parts.path.strip("/") else f"{url}/v1"


def secret_from(variable: str, feature: str, *, needed: bool) -> str:
    """Return the key in the environment ``variable``; empty where there is none.

    Raises:
        MissingKey: there is none, and it is ``needed``.
        DescriptionError: it holds characters that no header can carry.
    """
    secret = os.environ.get(variable, "").strip()
    if needed and not secret:
        raise MissingKey(variable, feature)
    if not (secret.isascii() and secret.isprintable()):
        raise DescriptionError(f"The key in {variable} holds characters that no key has.")
    return secret


class Endpoint:
    """An API at one URL. Whatever it raises is free of the key."""

    def __init__(
        self,
        url: str,
        *,
        headers: dict[str, str],
        secret: str,
        variable: str,
        patience: Patience,
        connections: int,
    ) -> None:
        """Reach the API at ``url``, with ``headers`` that hold the ``secret`` of ``variable``."""
        self.url = url
        self._headers = {
            "accept-encoding": "identity",
            "content-type": "application/json",
            "user-agent": "benchwright",
            **headers,
        }
        self._secret = secret
        self._variable = variable
        self._patience = patience
        self._connections = connections

    @asynccontextmanager
    async def connect(self) -> AsyncIterator[Line]:
        """Return a line that keeps its connections alive until the context is left."""
        wire = open_wire(
            self.url, self._headers, connections=self._connections, idle=self._patience.idle
        )
        try:
            yield Line(wire, self._patience.total)
        finally:
            await wire.close()

    def look(self, path: str, *, url: str = "") -> Any:
        """Return the JSON at ``path``; None where the server has nothing there.

        Raises:
            ModelError: the server cannot be reached, is out of order, or wants another key.
        """
        address = (url or self.url) + path
        try:
            with httpx.Client(
                headers=self._headers, timeout=LOOK_SECONDS, trust_env=outside(self.url)
            ) as client:
                reply = client.get(address)
        except httpx.HTTPError as error:
            raise ModelError(
                self.redacted(f"{address} cannot be reached: {error}. Is the server running?")
            ) from None
        if reply.status_code in (404, 405, 501):
            return None
        if reply.status_code != httpx.codes.OK:
            refusal = refusal_of(reply.status_code, reply.content[:LARGEST_ERROR])
            mend = f" Is {self._variable} right?" if refusal.status in (401, 403) else ""
            raise ModelError(
                self.redacted(f"{address} answered HTTP {refusal.status}: {refusal.message}{mend}")
            )
        try:
            return msgspec.json.decode(reply.content)
        except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
            raise ModelError(f"{address} answered something that is not JSON.") from None

    def redacted(self, text: str) -> str:
        """Return ``text`` without the key."""
        return text.replace(self._secret, "[key]") if self._secret else text

    def cleaned(self, failure: Failure) -> Failure:
        """Return ``failure`` with a message that is free of the key."""
        return replace(failure, message=self.redacted(failure.message))


class Line:
    """A way to an API over connections that are kept."""

    def __init__(self, wire: Wire, total: float, begun: Callable[[], None] | None = None) -> None:
        """Ask over ``wire``, each request within ``total`` seconds."""
        self._wire = wire
        self._total = total
        self._begun = begun

    def telling(self, begun: Callable[[], None]) -> Line:
        """Return this line for one request; ``begun`` is called when its stream begins."""
        return Line(self._wire, self._total, begun)

    async def post(self, path: str, body: Any, on_event: Callable[[bytes], None]) -> bytes:
        """Send ``body`` and return the answer; of a stream, hand each event's data on instead.

        Raises:
            Refused: the server answered with an error.
            AskFailed: the answer is too large.
            OSError, TimeoutError, h11.ProtocolError, httpx.HTTPError: the exchange broke.
        """
        content = msgspec.json.encode(body)
        async with (
            asyncio.timeout(self._total),
            self._wire.post(path, content) as reply,
        ):
            if reply.status != httpx.codes.OK:
                raise Refused(await _refusal(reply))
            if not reply.headers.get("content-type", "").startswith("text/event-stream"):
                return b"".join([piece async for piece in _bounded(reply, LARGEST_ANSWER)])
            begun = self._begun
            async for data in events(_bounded(reply, LARGEST_ANSWER)):
                if begun is not None:
                    begun()
                    begun = None
                on_event(data)
            return b""


async def _refusal(reply: Reply) -> Refusal:
    body = bytearray()
    async for piece in reply.pieces:
        body += piece
        if len(body) > LARGEST_ERROR:
            break
    if reply.status in _REDIRECTS:
        target = reply.headers.get("location", "elsewhere")
        message = f"the server redirects to {target}: name the URL that it means"
        return Refusal(status=reply.status, message=message)
    return refusal_of(reply.status, bytes(body[:LARGEST_ERROR]), reply.headers)


async def _bounded(reply: Reply, limit: int) -> AsyncIterator[bytes]:
    size = 0
    async for piece in reply.pieces:
        size += len(piece)
        if size > limit:
            raise AskFailed("garbled", f"the answer is larger than {limit} bytes")
        yield piece


async def events(pieces: AsyncIterator[bytes]) -> AsyncIterator[bytes]:
    """Yield the data of each server-sent event."""
    rest = b""
    data: list[bytes] = []
    async for piece in pieces:
        *lines, rest = (rest + piece).split(b"\n")
        for line in map(_stripped, lines):
            if line.startswith(b"data:"):
                data.append(line[5:].removeprefix(b" "))
            elif not line and data:
                yield b"\n".join(data)
                data.clear()
    if rest.startswith(b"data:"):
        data.append(_stripped(rest)[5:].removeprefix(b" "))
    if data:
        yield b"\n".join(data)


def _stripped(line: bytes) -> bytes:
    return line.removesuffix(b"\r")
