"""The client loop: as many requests out as there is room for, answers handed in as they come."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Coroutine
from concurrent.futures import ThreadPoolExecutor
from typing import Any, TypeVar

import httpx

from benchwright.core.content import Media
from benchwright.core.errors import ModelError, boundary
from benchwright.core.model import Asked, Inbox
from benchwright.core.request import Request
from benchwright.core.response import Failure, Response
from benchwright.models.serving.endpoint import Endpoint
from benchwright.models.serving.failures import (
    AskFailed,
    Refused,
    failure_of,
    failure_of_transport,
)

T = TypeVar("T")

CONCURRENCY = 16
"""Requests out at once where the user does not say."""

CLOSED_EVERY = 0.1
"""Seconds between looks at a closed inbox while every place is taken."""

ReadMedia = Callable[[Media], bytes]
"""Where a request's pictures are read from, when it is sent."""

Answer = Callable[[httpx.AsyncClient, Request, ReadMedia], Awaitable[Response]]
"""How one request is asked; failures are raised."""


def serve(inbox: Inbox, endpoint: Endpoint, answer: Answer, *, concurrency: int) -> None:
    """Ask what comes into ``inbox`` with ``answer`` until it is closed."""
    asyncio.run(_serve(inbox, endpoint, answer, concurrency))


def ask_once(endpoint: Endpoint, answer: Answer, request: Request) -> Response | Failure:
    """Ask one request outside any run, for learning what the server is."""

    async def asking() -> Response | Failure:
        async with endpoint.connect() as client:
            return await attempt(endpoint, answer, client, request, _no_media)

    return run_apart(asking)


def run_apart(work: Callable[[], Coroutine[Any, Any, T]]) -> T:
    """Run ``work`` to its end in a thread of its own: a notebook's thread has a loop already."""
    with ThreadPoolExecutor(1) as thread:
        return thread.submit(lambda: asyncio.run(work())).result()


async def attempt(
    endpoint: Endpoint,
    answer: Answer,
    client: httpx.AsyncClient,
    request: Request,
    read_media: ReadMedia,
) -> Response | Failure:
    """Ask one request; whatever goes wrong becomes a failure without the key in it."""
    try:
        with boundary(ModelError, "defect"):
            try:
                return await answer(client, request, read_media)
            except AskFailed as error:
                failure = error.failure
            except Refused as error:
                failure = failure_of(error.refusal)
            except (httpx.HTTPError, TimeoutError) as error:
                failure = failure_of_transport(error)
    except ModelError as error:
        failure = Failure(kind="defect", message=str(error))
    return endpoint.cleaned(failure)


async def _serve(inbox: Inbox, endpoint: Endpoint, answer: Answer, concurrency: int) -> None:
    out: set[asyncio.Task[None]] = set()
    freed = asyncio.Event()

    def done(task: asyncio.Task[None]) -> None:
        out.discard(task)
        freed.set()

    async def ask(asked: Asked) -> None:
        inbox.answer(asked, await attempt(endpoint, answer, client, asked.request, inbox.media))

    async with endpoint.connect() as client:
        try:
            while not inbox.closed:
                room = concurrency - len(out)
                if room <= 0:
                    await _wait(freed)
                    continue
                for asked in await asyncio.to_thread(inbox.take, room, None):
                    task = asyncio.create_task(ask(asked))
                    out.add(task)
                    task.add_done_callback(done)
        finally:
            for task in list(out):
                task.cancel()
            await asyncio.gather(*out, return_exceptions=True)


async def _wait(freed: asyncio.Event) -> None:
    freed.clear()
    try:
        await asyncio.wait_for(freed.wait(), CLOSED_EVERY)
    except TimeoutError:
        return


def _no_media(media: Media) -> bytes:
    raise AskFailed("unsupported", f"nothing holds the picture {media.digest[:12]} here")
