"""One server's API: where it is, the key it takes, how long it may take, how much it may say."""

from __future__ import annotations

import asyncio
import os
import re
from collections.abc import AsyncIterator, Callable
from typing import Any
from urllib.parse import urlsplit

import httpx
import msgspec
from msgspec import Struct
from msgspec.structs import replace

from benchwright.core.errors import DescriptionError, MissingKey, ModelError
from benchwright.core.response import Failure
from benchwright.models.serving.failures import AskFailed, Refusal, Refused, refusal_of

LARGEST_ANSWER = 8 * 1024 * 1024
"""Bytes of an answer beyond which it is no answer."""

LARGEST_ERROR = 64 * 1024
"""Bytes of an error that are read."""

CONNECT_SECONDS = 10.0
"""How long a server may take to accept a connection."""

LOOK_SECONDS = 30.0
"""How long a server may take to say which models it has."""

_NAMED = re.compile(r"(.*?)@(https?://.*)", re.DOTALL)
_LOOPBACK = ("localhost", "127.0.0.1", "::1")


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
        self._headers = {"accept-encoding": "identity", "user-agent": "benchwright", **headers}
        self._secret = secret
        self._variable = variable
        self._patience = patience
        self._connections = connections
        # A proxy set for the outside world knows nothing of this machine's servers.
        self._outside = urlsplit(url).hostname not in _LOOPBACK

    def connect(self) -> httpx.AsyncClient:
        """Return a client that keeps up to ``connections`` connections alive."""
        return httpx.AsyncClient(
            headers=self._headers,
            timeout=httpx.Timeout(self._patience.idle, connect=CONNECT_SECONDS, pool=None),
            limits=httpx.Limits(
                max_connections=self._connections, max_keepalive_connections=self._connections
            ),
            trust_env=self._outside,
        )

    async def post(
        self, client: httpx.AsyncClient, path: str, body: Any, on_event: Callable[[bytes], None]
    ) -> bytes:
        """Send ``body`` and return the answer; of a stream, hand each event's data on instead.

        Raises:
            Refused: the server answered with an error.
            AskFailed: the answer is too large.
            httpx.HTTPError, TimeoutError: the exchange broke.
        """
        content = msgspec.json.encode(body)
        headers = {"content-type": "application/json"}
        async with (
            asyncio.timeout(self._patience.total),
            client.stream("POST", self.url + path, content=content, headers=headers) as reply,
        ):
            if reply.status_code != httpx.codes.OK:
                raise Refused(await self._refusal(reply))
            if not reply.headers.get("content-type", "").startswith("text/event-stream"):
                return b"".join([piece async for piece in _bounded(reply, LARGEST_ANSWER)])
            async for data in events(_bounded(reply, LARGEST_ANSWER)):
                on_event(data)
            return b""

    def look(self, path: str, *, url: str = "") -> Any:
        """Return the JSON at ``path``; None where the server has nothing there.

        Raises:
            ModelError: the server cannot be reached, is out of order, or wants another key.
        """
        address = (url or self.url) + path
        try:
            with httpx.Client(
                headers=self._headers, timeout=LOOK_SECONDS, trust_env=self._outside
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

    async def _refusal(self, reply: httpx.Response) -> Refusal:
        body = bytearray()
        async for piece in reply.aiter_bytes():
            body += piece
            if len(body) > LARGEST_ERROR:
                break
        if reply.is_redirect:
            target = reply.headers.get("location", "elsewhere")
            message = f"the server redirects to {target}: name the URL that it means"
            return Refusal(status=reply.status_code, message=message)
        return refusal_of(reply.status_code, bytes(body[:LARGEST_ERROR]), reply.headers)


async def _bounded(reply: httpx.Response, limit: int) -> AsyncIterator[bytes]:
    size = 0
    async for piece in reply.aiter_bytes():
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
