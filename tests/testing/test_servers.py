from __future__ import annotations

import json
import signal
import socket
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import httpx
import pytest

from benchwright.testing.servers import (
    AnthropicProvider,
    OpenAIProvider,
    Received,
    Reply,
    StandIn,
    Utterance,
    as_named,
    sometimes,
)

Chat = Callable[..., httpx.Response]


@pytest.fixture(scope="module")
def client() -> Iterator[httpx.Client]:
    with httpx.Client(trust_env=False) as client:
        yield client


@pytest.fixture
def chat(client: httpx.Client) -> Chat:
    def post(url: str, prompt: str, **more: Any) -> httpx.Response:
        body = {"model": "stand-in", "messages": [{"role": "user", "content": prompt}], **more}
        return client.post(f"{url}/chat/completions", json=body)

    return post


def text_of(reply: httpx.Response) -> str:
    return reply.json()["choices"][0]["message"]["content"]


@contextmanager
def process(*arguments: str) -> Iterator[str]:
    command = [sys.executable, "-m", "benchwright.testing.servers", *arguments]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as server:
        try:
            yield server.stdout.readline().strip()
        finally:
            server.send_signal(signal.SIGTERM)


def test_answers_are_the_same_in_two_servers_and_differ_between_questions(chat):
    questions = [f"question {number}" for number in range(20)]
    with StandIn(OpenAIProvider()) as one, StandIn(OpenAIProvider()) as other:
        first = [text_of(chat(one.url, question)) for question in questions]
        second = [text_of(chat(other.url, question)) for question in questions]

    assert first == second
    assert len(set(first)) == 4


def test_a_server_in_a_process_of_its_own_tells_what_it_sent_and_when(chat, client):
    with process("--answer", "number") as url:
        answer = text_of(chat(url, "how many?"))
        root = url.removesuffix("/v1")
        (exchange,) = client.get(f"{root}/log").json()

    assert answer.startswith("The answer is ")
    assert exchange["status"] == 200
    assert exchange["received_at"] <= exchange["sent_at"]
    assert "body" not in json.dumps(exchange)


def test_an_answer_whose_client_went_away_was_never_sent_whole():
    arrived = threading.Event()

    def hang(_: Received) -> Reply:
        arrived.set()
        return Reply(then="hang")

    with StandIn(OpenAIProvider(), hang) as server:
        host, port = server.url.removeprefix("http://").removesuffix("/v1").split(":")
        with socket.create_connection((host, int(port))) as connection:
            connection.sendall(b"POST /v1/x HTTP/1.1\r\ncontent-length: 2\r\n\r\n{}")
            assert arrived.wait(30)

    assert [exchange.sent_at for exchange in server.requests] == [None]


def test_a_fault_that_passes_strikes_the_first_attempts_at_each_request_only(chat):
    provider = OpenAIProvider()
    with StandIn(provider, sometimes("500", provider, attempts=2)) as server:
        statuses = [chat(server.url, prompt).status_code for prompt in "aaabbb"]
        attempts = [exchange.attempt for exchange in server.requests]

    assert statuses == [500, 500, 200] * 2
    assert attempts == [0, 1, 2] * 2


def test_a_share_of_requests_meets_the_fault_and_always_the_same_ones(chat):
    provider = OpenAIProvider()
    runs = []
    for _ in range(2):
        with StandIn(provider, sometimes("500", provider, share_of_requests=0.3)) as server:
            runs.append([chat(server.url, str(n)).status_code for n in range(60)])

    assert runs[0] == runs[1]
    assert 5 < runs[0].count(500) < 35


def test_a_prompt_can_name_the_fault_that_it_wants_to_meet(chat):
    provider = OpenAIProvider()
    with StandIn(provider, as_named(provider)) as server:
        limited = chat(server.url, "fault:429-after please")
        filtered = chat(server.url, "fault:content-filter please")
        good = chat(server.url, "no fault at all")

    assert (limited.status_code, limited.headers["retry-after"]) == (429, "0.05")
    assert filtered.json()["choices"][0]["finish_reason"] == "content_filter"
    assert good.status_code == 200


@pytest.mark.parametrize(
    ("body", "status"),
    [
        ({"messages": []}, 400),
        ({"model": "other", "messages": []}, 404),
        ({"model": "stand-in", "messages": [], "surprise": 1}, 400),
        ({"model": "stand-in", "messages": "hello"}, 400),
        ([], 400),
    ],
)
def test_a_question_of_the_wrong_form_is_refused(client, body, status):
    with StandIn(OpenAIProvider()) as server:
        reply = client.post(f"{server.url}/chat/completions", json=body)

    assert reply.status_code == status
    assert "message" in reply.json()["error"]


GOOD = {"model": "stand-in", "max_tokens": 5, "messages": [{"role": "user", "content": "Q"}]}
HEADERS = {"x-api-key": "k", "anthropic-version": "2023-06-01"}


@pytest.mark.parametrize(
    ("change", "headers", "status"),
    [
        ({}, HEADERS, 200),
        ({}, HEADERS | {"x-api-key": ""}, 401),
        ({}, {"x-api-key": "k"}, 400),
        ({"max_tokens": 0}, HEADERS, 400),
        ({"seed": 1}, HEADERS, 400),
        ({"temperature": 2}, HEADERS, 400),
        ({"messages": [{"role": "assistant", "content": "A"}]}, HEADERS, 400),
        ({"messages": GOOD["messages"] * 2}, HEADERS, 400),
        ({"messages": [{"role": "system", "content": "S"}]}, HEADERS, 400),
        ({"model": "other"}, HEADERS, 404),
    ],
)
def test_the_messages_stand_in_is_strict_about_the_form(client, change, headers, status):
    with StandIn(AnthropicProvider()) as server:
        body = GOOD | change
        reply = client.post(f"{server.url}/messages", json=body, headers=headers)

    assert reply.status_code == status


def test_a_stream_and_a_whole_answer_say_the_same(chat):
    provider = OpenAIProvider()
    with StandIn(
        provider, lambda received: provider.say(received, Utterance(text="one two"))
    ) as server:
        whole = text_of(chat(server.url, "Q"))
        lines = chat(server.url, "Q", stream=True).text.split("\n\n")

    events = [json.loads(line.removeprefix("data: ")) for line in lines if "{" in line]
    deltas = [choice["delta"] for event in events for choice in event["choices"]]
    assert "".join(delta.get("content", "") for delta in deltas) == whole == "one two"
    assert "data: [DONE]" in lines
