"""A server on the loopback interface that stands in for a model provider and counts."""

from __future__ import annotations

import asyncio
import contextlib
import hashlib
import threading
import time
from collections import Counter
from collections.abc import Callable
from types import TracebackType
from typing import Any, Protocol

import msgspec

from benchwright.testing.servers.wire import (
    LARGEST_HEAD,
    Exchange,
    Received,
    Reply,
    image_digests,
    parsed,
    read_request,
    send_reply,
)


class Utterance(msgspec.Struct, frozen=True, kw_only=True):
    """What a stand-in model says, before a provider's protocol gives it a form."""

    text: str = ""
    """The answer."""
    reasoning: str = ""
    """Thinking, kept apart from the answer."""
    finish: str = "stop"
    """``stop``, ``length``, ``content_filter`` or ``tool_calls``."""
    model: str = ""
    """The model that the server says it is; empty for the one it lists."""
    tool: str = ""
    """Name of a tool that is called, with the arguments ``{"x": 1}``."""


class Provider(Protocol):
    """A provider's protocol: the form that questions, answers and errors have."""

    def look(self, path: str) -> Reply:
        """Answer a GET, such as the list of models."""
        ...

    def answer(self, received: Received) -> Reply:
        """Answer a well-formed question as a good server does; refuse any other."""
        ...

    def say(self, received: Received, said: Utterance) -> Reply:
        """Answer with ``said``, streamed where the client wants that."""
        ...

    def error(self, status: int, message: str) -> Reply:
        """Return the provider's form of an error."""
        ...


Behaviour = Callable[[Received], Reply]
"""What is done with a request for an answer."""


class StandIn:
    """A stand-in server, running while the ``with`` block does.

    Every POST is an exchange in ``requests``; looking at the list of models is not.
    ``GET /log`` returns the exchanges as JSON, for readers in another process.
    """

    def __init__(
        self,
        provider: Provider,
        behaviour: Behaviour | None = None,
        *,
        port: int = 0,
        keep_bodies: bool = True,
    ) -> None:
        """Speak as ``provider`` does; ``behaviour`` replaces its good answers."""
        self.provider = provider
        self._behaviour = behaviour or provider.answer
        self._port = port
        self._keep_bodies = keep_bodies
        self._exchanges: list[Exchange] = []
        self._seen: Counter[str] = Counter()
        self._ready = threading.Event()
        self._failed: BaseException | None = None
        self._thread = threading.Thread(target=self._run, name="stand-in", daemon=True)

    def __enter__(self) -> StandIn:
        """Start serving and return once connections are accepted."""
        self._thread.start()
        self._ready.wait()
        if self._failed:
            raise self._failed
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """Stop serving and drop every connection."""
        self._loop.call_soon_threadsafe(self._stop.set)
        self._thread.join()

    @property
    def url(self) -> str:
        """Where the API begins."""
        return f"http://127.0.0.1:{self._port}/v1"

    @property
    def requests(self) -> list[Exchange]:
        """The exchanges so far, in the order in which they arrived."""
        return list(self._exchanges)

    @property
    def bodies(self) -> list[Any]:
        """The JSON bodies received so far."""
        return [exchange.received.body for exchange in self.requests if exchange.received]

    def log(self) -> list[dict[str, Any]]:
        """Return the exchanges as plain values, without bodies."""
        rows: list[dict[str, Any]] = msgspec.to_builtins(self.requests)
        for row in rows:
            del row["received"]
        return rows

    def _run(self) -> None:
        try:
            asyncio.run(self._main())
        except OSError as error:
            self._failed = error
            self._ready.set()

    async def _main(self) -> None:
        self._loop = asyncio.get_running_loop()
        self._stop = asyncio.Event()
        server = await asyncio.start_server(
            self._connected, "127.0.0.1", self._port, limit=LARGEST_HEAD
        )
        self._port = server.sockets[0].getsockname()[1]
        self._ready.set()
        await self._stop.wait()
        server.close()

    async def _connected(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        # A client that is killed, or has heard enough, is an ordinary end of a connection.
        with contextlib.suppress(ConnectionError, asyncio.CancelledError):
            while await self._exchange(reader, writer):
                pass
        writer.close()

    async def _exchange(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> bool:
        method, path, headers, data = await read_request(reader)
        if method != "POST":
            reply = Reply.json(self.log()) if path == "/log" else self.provider.look(path)
            return await send_reply(reply, reader, writer)
        received = self._received(path, headers, data)
        exchange = Exchange(
            received=received if self._keep_bodies else None,
            digest=received.digest,
            path=path,
            attempt=received.attempt,
            images=received.images,
            received_at=time.time(),
            status=0,
        )
        self._exchanges.append(exchange)
        reply = self._behaviour(received)
        exchange.status = reply.status
        whole = await send_reply(reply, reader, writer)
        if whole:
            exchange.sent_at = time.time()
        return whole

    def _received(self, path: str, headers: dict[str, str], data: bytes) -> Received:
        digest = hashlib.blake2b(path.encode() + b"\n" + data, digest_size=16).hexdigest()
        attempt = self._seen[digest]
        self._seen[digest] += 1
        body = parsed(data)
        return Received(
            number=len(self._exchanges),
            attempt=attempt,
            path=path,
            headers=headers,
            body=body,
            digest=digest,
            images=image_digests(body),
        )
