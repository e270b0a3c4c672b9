"""The client loop: what the dispatcher chooses goes out, answers are handed in as they come."""

from __future__ import annotations

import asyncio
import threading
import time
from collections.abc import Awaitable, Callable, Coroutine, Sequence
from contextlib import AsyncExitStack
from typing import Any, TypeVar

import h11
import httpx
from msgspec import Struct

from benchwright.core.content import Media
from benchwright.core.errors import ModelError, boundary
from benchwright.core.model import Asked, Inbox, ModelSettings
from benchwright.core.request import Request
from benchwright.core.response import Failure, Response
from benchwright.models.apart import apart
from benchwright.models.serving.dispatch import Dispatcher
from benchwright.models.serving.endpoint import Endpoint, Line
from benchwright.models.serving.failures import (
    AskFailed,
    Refused,
    failure_of,
    failure_of_transport,
    pushes_back,
)
from benchwright.models.serving.pace import START, Pace
from benchwright.models.serving.prefixes import Prefixes
from benchwright.models.serving.sharing import Kind

T = TypeVar("T")

CONCURRENCY = 64
"""Most requests out at once at one server, where neither user nor server says."""

WINDOW, WINDOW_PER_PLACE = 512, 16
"""Most requests looked at together for what they share, in all and for each place: what is held
when a run is stopped is still asked, so it is no more than keeps the places full."""

TICK = 0.1
"""Seconds between looks at what only time changes: a closed inbox, a pause that is over."""

ReadMedia = Callable[[Media], bytes]
"""Where a request's pictures are read from, when it is sent."""

Answer = Callable[[Line, Request, ReadMedia], Awaitable[Response]]
"""How one request is asked; failures are raised."""


class Places(Struct, frozen=True, kw_only=True):
    """How many requests servers are given, and how they keep prefixes."""

    most: int = CONCURRENCY
    """Most requests out at once at one server."""
    start: int = START
    """Requests out at first; more as long as that is worth it."""
    window: int = WINDOW
    """Requests held, sent or not."""
    kind: Kind = "unknown"
    """How the servers keep prefixes, where that is known."""


ALONE = Places(most=1, start=1, window=1)
"""One request after the other, in the order in which they come."""


def places_of(settings: ModelSettings, *, slots: int = 0, servers: int = 1) -> Places:
    """Return the places that ``settings`` allow at each of ``servers`` with ``slots`` slots.

    0 slots: the server does not tell. More requests than slots would break the order, since what
    waits at the server takes whichever slot comes free.
    """
    if settings.plain:
        return ALONE
    most = settings.concurrency or slots or CONCURRENCY
    if slots:
        most = min(most, slots)
    return Places(
        most=most,
        start=most if slots else START,
        window=max(most, min(WINDOW, WINDOW_PER_PLACE * most) * servers),
        kind="slots" if slots else "unknown",
    )


class Attempt(Struct, frozen=True):
    """What came of asking once."""

    result: Response | Failure
    """The answer, or why there is none."""
    busy: bool = False
    """Whether the server was asked too much at once, or was not there."""


def serve(inbox: Inbox, endpoints: Sequence[Endpoint], answer: Answer, places: Places) -> None:
    """Ask what comes into ``inbox`` with ``answer`` until it is closed."""
    asyncio.run(_Serving(inbox, endpoints, answer, places).run())


def ask_once(endpoint: Endpoint, answer: Answer, request: Request) -> Response | Failure:
    """Ask one request outside any run, for learning what the server is."""

    async def asking() -> Response | Failure:
        async with endpoint.connect() as line:
            return (await attempt(endpoint, answer, line, request, _no_media)).result

    return run_apart(asking)


def run_apart(work: Callable[[], Coroutine[Any, Any, T]]) -> T:
    """Run ``work`` to its end in a thread of its own: a notebook's thread has a loop already."""
    return apart(lambda: asyncio.run(work()))


async def attempt(
    endpoint: Endpoint, answer: Answer, line: Line, request: Request, read_media: ReadMedia
) -> Attempt:
    """Ask one request; whatever goes wrong becomes a failure without the key in it."""
    busy = False
    try:
        with boundary(ModelError, "defect"):
            try:
                return Attempt(await answer(line, request, read_media))
            except AskFailed as error:
                failure = error.failure
            except Refused as error:
                failure = failure_of(error.refusal)
                busy = pushes_back(error.refusal)
            except (httpx.HTTPError, h11.ProtocolError, OSError) as error:
                failure = failure_of_transport(error)
                busy = True
    except ModelError as error:
        failure = Failure(kind="defect", message=str(error))
    return Attempt(endpoint.cleaned(failure), busy)


class _Serving:
    """One ``serve``: an inbox, servers, and what is on its way between them."""

    def __init__(
        self, inbox: Inbox, endpoints: Sequence[Endpoint], answer: Answer, places: Places
    ) -> None:
        self._inbox = inbox
        self._endpoints = endpoints
        self._answer = answer
        self._prefixes = Prefixes()
        self._dispatcher = Dispatcher(len(endpoints), kind=places.kind)
        self._paces = [Pace(places.most, start=places.start) for _ in endpoints]
        self._lines: list[Line] = []
        self._held: dict[int, Asked] = {}
        self._unsent: set[int] = set()
        self._tasks: set[asyncio.Task[None]] = set()
        self._room = threading.Semaphore(places.window)
        self._broken: BaseException | None = None

    async def run(self) -> None:
        loop = asyncio.get_running_loop()
        loop.set_exception_handler(self._defective)
        taking = threading.Thread(target=self._take, args=(loop,), name="inbox", daemon=True)
        async with AsyncExitStack() as stack:
            for endpoint in self._endpoints:
                self._lines.append(await stack.enter_async_context(endpoint.connect()))
            taking.start()
            try:
                while not self._inbox.closed:
                    await asyncio.sleep(TICK)
                    self._send()
                    if self._broken is not None:
                        raise self._broken
            finally:
                for task in list(self._tasks):
                    task.cancel()
                await asyncio.gather(*self._tasks, return_exceptions=True)
        taking.join()

    def _take(self, loop: asyncio.AbstractEventLoop) -> None:
        """Move requests from the inbox to the loop, while there is room; a thread of its own."""
        while not self._inbox.closed:
            if not self._room.acquire(timeout=TICK):
                continue
            room = 1
            while self._room.acquire(blocking=False):
                room += 1
            taken = self._inbox.take(room)
            for _ in range(room - len(taken)):
                self._room.release()
            if taken:
                try:
                    loop.call_soon_threadsafe(self._receive, taken)
                except RuntimeError:  # the loop has ended: the inbox was closed meanwhile
                    return

    def _receive(self, taken: list[Asked]) -> None:
        for asked in taken:
            member = self._prefixes.member(asked.request)
            self._held[asked.ticket] = asked
            self._unsent.add(asked.ticket)
            self._dispatcher.add(asked.ticket, member.group, member.share)
        self._send()

    def _defective(self, _: asyncio.AbstractEventLoop, context: dict[str, Any]) -> None:
        """Note what went wrong where nobody waits for it: ``run`` raises it."""
        self._broken = context.get("exception") or RuntimeError(context["message"])

    def _send(self) -> None:
        if self._inbox.stopping:
            self._give_back()
            return
        now = time.monotonic()
        limits = [pace.limit(now) for pace in self._paces]
        for sent in self._dispatcher.send(now, limits):
            self._unsent.discard(sent.ticket)
            task = asyncio.create_task(self._ask(self._held[sent.ticket], sent.replica))
            self._tasks.add(task)
            task.add_done_callback(self._tasks.discard)

    def _give_back(self) -> None:
        unsent, self._unsent = self._unsent, set()
        self._inbox.give_back([self._held.pop(ticket) for ticket in unsent])
        for _ in unsent:
            self._room.release()

    async def _ask(self, asked: Asked, replica: int) -> None:
        ticket, pace = asked.ticket, self._paces[replica]
        sent_at, out = time.monotonic(), self._dispatcher.busy(replica)

        def begun() -> None:
            self._dispatcher.begun(ticket)
            self._send()

        line = self._lines[replica].telling(begun)
        came = await attempt(
            self._endpoints[replica], self._answer, line, asked.request, self._inbox.media
        )
        now, result = time.monotonic(), came.result
        if isinstance(result, Response):
            pace.answered(sent_at, now, out)
            self._dispatcher.done(ticket, now, tokens=result.tokens_in, cached=result.tokens_cached)
        else:
            if came.busy:
                pace.refused(sent_at, now, result.retry_after)
            self._dispatcher.failed(ticket, elsewhere=came.busy)
        # What follows is sent before the answer is looked at: its place at the server is free.
        self._send()
        del self._held[ticket]
        self._inbox.answer(asked, result)
        self._room.release()


def _no_media(media: Media) -> bytes:
    raise AskFailed("unsupported", f"nothing holds the picture {media.digest[:12]} here")
