"""Connections to one server: HTTP/1.1 with little of its own, or httpx where more is needed.

A completion of one token takes a server milliseconds; a client that takes as long halves what two
cores can do together. ``PlainWire`` speaks HTTP/1.1 through h11 on asyncio's own streams, at about
a third of httpx's cost a request. Behind a proxy, and over HTTP/2 (the package ``h2`` installed,
an ``https`` URL, and a server that offers it), ``HttpxWire`` does the same through httpx.
"""

from __future__ import annotations

import asyncio
import importlib.util
from collections.abc import AsyncIterator, Mapping
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from typing import Protocol
from urllib.parse import urlsplit
from urllib.request import getproxies, proxy_bypass

import h11
import httpx
from msgspec import Struct

CONNECT_SECONDS = 10.0
"""How long a server may take to accept a connection."""

PIECE = 64 * 1024
"""Most bytes read at once."""

_LOOPBACK = ("localhost", "127.0.0.1", "::1")


class Reply(Struct, frozen=True):
    """The head of an answer, and its body as it arrives."""

    status: int
    """HTTP status."""
    headers: Mapping[str, str]
    """Headers by lower-case name."""
    pieces: AsyncIterator[bytes]
    """The body, in the pieces in which it comes."""


class Wire(Protocol):
    """A way to send requests to one server, connections kept."""

    def post(self, path: str, content: bytes) -> AbstractAsyncContextManager[Reply]:
        """Send ``content`` to ``path`` below the server's URL; leaving the context ends reading.

        Raises:
            OSError, TimeoutError, h11.ProtocolError, httpx.HTTPError: the exchange broke.
        """
        ...

    async def close(self) -> None:
        """Close every connection."""
        ...


def outside(url: str) -> bool:
    """Return whether the environment's proxies concern ``url``: not those on this machine."""
    return urlsplit(url).hostname not in _LOOPBACK


def open_wire(url: str, headers: Mapping[str, str], *, connections: int, idle: float) -> Wire:
    """Return a wire to the API at ``url`` that keeps up to ``connections`` connections.

    ``idle`` is how many seconds may pass between two bytes.
    """
    if proxied(url) or may_speak_http2(url):
        return HttpxWire(url, headers, connections=connections, idle=idle)
    return PlainWire(url, headers, idle=idle)


def offers_http2() -> bool:
    """Return whether this installation speaks HTTP/2 where a server offers it."""
    return importlib.util.find_spec("h2") is not None


def may_speak_http2(url: str) -> bool:
    """Return whether the server at ``url`` is asked for HTTP/2; it then decides."""
    return url.startswith("https:") and offers_http2()


def spoken(url: str) -> str:
    """Return what is spoken with the server at ``url``, in words."""
    return "2 where the server offers it, else 1.1" if may_speak_http2(url) else "1.1"


def proxied(url: str) -> bool:
    """Return whether the environment names a proxy for ``url``."""
    parts = urlsplit(url)
    proxies = getproxies()
    named = proxies.get(parts.scheme) or proxies.get("all")
    return bool(outside(url) and named and not proxy_bypass(parts.hostname or ""))


class HttpxWire:
    """A server behind a proxy, or one that may speak HTTP/2."""

    def __init__(
        self, url: str, headers: Mapping[str, str], *, connections: int, idle: float
    ) -> None:
        """Keep up to ``connections`` connections to ``url``."""
        self._url = url
        self._client = httpx.AsyncClient(
            headers=dict(headers),
            timeout=httpx.Timeout(idle, connect=CONNECT_SECONDS, pool=None),
            limits=httpx.Limits(max_connections=connections, max_keepalive_connections=connections),
            trust_env=outside(url),
            http2=may_speak_http2(url),
        )

    @asynccontextmanager
    async def post(self, path: str, content: bytes) -> AsyncIterator[Reply]:
        """Send ``content``; see ``Wire``."""
        async with self._client.stream("POST", self._url + path, content=content) as reply:
            yield Reply(reply.status_code, reply.headers, reply.aiter_bytes(PIECE))

    async def close(self) -> None:
        """Close every connection."""
        await self._client.aclose()


class PlainWire:
    """A server spoken to in HTTP/1.1 over connections of our own."""

    def __init__(self, url: str, headers: Mapping[str, str], *, idle: float) -> None:
        """Send requests to the API at ``url``, each with ``headers``."""
        parts = urlsplit(url)
        self._host = parts.hostname or ""
        self._secure = httpx.create_ssl_context() if parts.scheme == "https" else None
        self._port = parts.port or (80 if self._secure is None else 443)
        self._path = parts.path
        self._headers = [("host", parts.netloc), *headers.items()]
        self._idle = idle
        self._free: list[_Connection] = []

    @asynccontextmanager
    async def post(self, path: str, content: bytes) -> AsyncIterator[Reply]:
        """Send ``content``; see ``Wire``."""
        connection, reply = await self._begin(self._path + path, content)
        try:
            yield reply
        finally:
            # A connection whose answer was not read to its end holds somebody else's next.
            if connection.reusable():
                self._free.append(connection)
            else:
                connection.close()

    async def close(self) -> None:
        """Close every connection."""
        for connection in self._free:
            connection.close()
        self._free.clear()
        await asyncio.sleep(0)  # the loop lets go of what was closed in its next turn

    async def _begin(self, target: str, content: bytes) -> tuple[_Connection, Reply]:
        """Send a request and return the connection that carries it, and the answer's head."""
        kept = self._kept()
        if kept is not None:
            try:
                return kept, await kept.ask(target, self._headers, content)
            except (ConnectionError, h11.RemoteProtocolError):
                # Servers close kept connections at the very moment in which they are used again.
                if kept.heard:
                    raise
        fresh = await self._connect()
        return fresh, await fresh.ask(target, self._headers, content)

    def _kept(self) -> _Connection | None:
        while self._free:
            connection = self._free.pop()
            if connection.open:
                return connection
            connection.close()
        return None

    async def _connect(self) -> _Connection:
        async with asyncio.timeout(CONNECT_SECONDS):
            reader, writer = await asyncio.open_connection(self._host, self._port, ssl=self._secure)
        return _Connection(reader, writer, self._idle)


class _Connection:
    """One HTTP/1.1 connection, which carries one exchange at a time."""

    def __init__(
        self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter, idle: float
    ) -> None:
        self._reader = reader
        self._writer = writer
        self._idle = idle
        self._http = h11.Connection(h11.CLIENT)
        self.heard = False  # anything of an answer to the request that is out

    @property
    def open(self) -> bool:
        """Whether the server has not closed it, as far as is known."""
        return not self._reader.at_eof() and not self._writer.is_closing()

    def reusable(self) -> bool:
        """Return whether the exchange is over and another may follow; prepares for it."""
        if self._http.our_state is not h11.DONE or self._http.their_state is not h11.DONE:
            return False
        self._http.start_next_cycle()
        return self.open

    async def ask(self, path: str, headers: list[tuple[str, str]], content: bytes) -> Reply:
        """Send a request and return the head of its answer."""
        self.heard = False
        length = ("content-length", str(len(content)))
        request = h11.Request(method="POST", target=path, headers=[*headers, length])
        head = self._http.send(request) or b""
        body = self._http.send(h11.Data(data=content)) or b""
        self._http.send(h11.EndOfMessage())
        try:
            self._writer.write(head + body)
            await self._writer.drain()
            while True:
                event = await self._event()
                if isinstance(event, h11.Response):
                    pairs = (
                        (name.decode(), value.decode("latin-1")) for name, value in event.headers
                    )
                    known = dict(pairs)
                    return Reply(event.status_code, known, self._body())
        except BaseException:
            self.close()
            raise

    async def _body(self) -> AsyncIterator[bytes]:
        while True:
            event = await self._event()
            if isinstance(event, h11.Data):
                yield bytes(event.data)
            elif isinstance(event, h11.EndOfMessage):
                return

    async def _event(self) -> h11.Event:
        while True:
            event = self._http.next_event()
            if event is h11.NEED_DATA:
                async with asyncio.timeout(self._idle):
                    data = await self._reader.read(PIECE)
                self.heard |= bool(data)
                self._http.receive_data(data)
            elif isinstance(event, h11.ConnectionClosed) or not isinstance(event, h11.Event):
                raise ConnectionError("the server closed the connection")
            else:
                return event

    def close(self) -> None:
        self._writer.close()
