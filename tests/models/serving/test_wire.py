from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Awaitable, Callable

import pytest

from benchwright.models.serving import wire as wires
from benchwright.models.serving.wire import HttpxWire, PlainWire, open_wire

OK = b"HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\nhi"
Talk = Callable[[asyncio.StreamReader, asyncio.StreamWriter, int], Awaitable[None]]


async def request(reader: asyncio.StreamReader) -> bytes:
    head = await reader.readuntil(b"\r\n\r\n")
    return head + await reader.readexactly(int(head.split(b"content-length: ")[1].split(b"\r")[0]))


def asked(talk: Talk, times: int, idle: float = 5.0) -> tuple[list[bytes | str], int]:
    """Return what ``times`` posts one after the other got, and how many connections were made."""
    made = 0

    async def connected(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        nonlocal made
        made += 1
        with contextlib.suppress(asyncio.IncompleteReadError):
            try:
                await talk(reader, writer, made)
            finally:
                writer.close()

    async def asking() -> list[bytes | str]:
        server = await asyncio.start_server(connected, "127.0.0.1", 0)
        port = server.sockets[0].getsockname()[1]
        wire = PlainWire(f"http://127.0.0.1:{port}/v1", {"x-key": "k"}, idle=idle)
        got: list[bytes | str] = []
        for _ in range(times):
            try:
                async with wire.post("/completions", b"{}") as reply:
                    got.append(b"".join([piece async for piece in reply.pieces]))
            except Exception as error:  # noqa: BLE001 - which one is what the tests look at
                got.append(type(error).__name__)
        await wire.close()
        server.close()
        others = asyncio.all_tasks() - {asyncio.current_task()}
        await asyncio.wait_for(asyncio.gather(*others), 5)
        return got

    return asyncio.run(asking()), made


def test_a_connection_is_used_again_and_headers_and_path_are_those_given():
    seen: list[bytes] = []

    async def talk(reader, writer, number):
        while True:
            seen.append(await request(reader))
            writer.write(OK)

    got, made = asked(talk, 5)

    assert (got, made) == ([b"hi"] * 5, 1)
    assert seen[4].startswith(b"POST /v1/completions HTTP/1.1\r\nhost: 127.0.0.1:")
    assert b"x-key: k\r\n" in seen[4]


def test_a_kept_connection_that_was_closed_as_it_was_used_is_replaced():
    async def talk(reader, writer, number):
        await request(reader)
        writer.write(OK)
        await request(reader)  # the second request on it finds the connection gone

    got, made = asked(talk, 4)

    assert (got, made) == ([b"hi"] * 4, 4)


def test_a_request_that_the_server_began_to_answer_is_never_sent_again():
    requests = 0

    async def talk(reader, writer, number):
        nonlocal requests
        await request(reader)
        requests += 1
        writer.write(OK)
        await request(reader)
        requests += 1
        writer.write(OK[:12])

    got, made = asked(talk, 2)

    assert got == [b"hi", "RemoteProtocolError"]
    assert (requests, made) == (2, 1)


def test_a_first_connection_that_is_closed_at_once_is_a_failure_and_not_tried_again():
    async def talk(reader, writer, number):
        await request(reader)

    got, made = asked(talk, 1)

    assert (got, made) == (["RemoteProtocolError"], 1)


@pytest.mark.parametrize("begun", [b"", OK[:20]])
def test_a_server_that_falls_silent_is_a_timeout_and_asked_once(begun):
    async def talk(reader, writer, number):
        await request(reader)
        writer.write(OK)
        await request(reader)
        writer.write(begun)
        await reader.read()

    got, made = asked(talk, 2, idle=0.05)

    assert (got, made) == ([b"hi", "TimeoutError"], 1)


def test_a_server_that_does_not_speak_http_is_a_failure():
    async def talk(reader, writer, number):
        await request(reader)
        writer.write(b"SSH-2.0-OpenSSH_9.2\r\n\r\n")

    assert asked(talk, 1)[0] == ["RemoteProtocolError"]


def test_a_server_that_says_it_will_close_gets_a_new_connection_each_time():
    async def talk(reader, writer, number):
        await request(reader)
        writer.write(OK.replace(b"\r\n\r\n", b"\r\nconnection: close\r\n\r\n"))

    assert asked(talk, 3) == ([b"hi"] * 3, 3)


@pytest.mark.parametrize(
    ("url", "proxy", "http2", "kind"),
    [
        ("http://127.0.0.1:1/v1", "http://proxy:1", True, PlainWire),
        ("http://a.example/v1", "", True, PlainWire),
        ("http://a.example/v1", "http://proxy:1", False, HttpxWire),
        ("https://a.example/v1", "", False, PlainWire),
        ("https://a.example/v1", "", True, HttpxWire),
    ],
)
def test_httpx_is_used_for_proxies_and_http2_only(monkeypatch, url, proxy, http2, kind):
    for name in ("no_proxy", "NO_PROXY", "all_proxy", "ALL_PROXY", "https_proxy", "HTTPS_PROXY"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("http_proxy", proxy)
    monkeypatch.setattr(wires, "offers_http2", lambda: http2)
    # Without the package h2, httpx itself refuses to be told of HTTP/2.
    monkeypatch.setattr(wires.httpx, "AsyncClient", lambda **settings: settings)

    assert type(open_wire(url, {}, connections=1, idle=1.0)) is kind
