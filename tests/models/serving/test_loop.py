from __future__ import annotations

import threading
from collections.abc import Callable, Iterator

import pytest

from benchwright.core.content import user
from benchwright.core.errors import DescriptionError
from benchwright.core.model import ModelSettings
from benchwright.core.request import Generation, Request
from benchwright.core.response import Failure, Response
from benchwright.models.openai import open_model
from benchwright.models.openai.model import OpenAIModel
from benchwright.models.serving.dispatch import Dispatcher
from benchwright.models.serving.loop import ALONE, CONCURRENCY, places_of
from benchwright.testing.servers import Behaviour, OpenAIProvider, StandIn

Serve = Callable[..., StandIn]


@pytest.fixture
def serve() -> Iterator[Serve]:
    running: list[StandIn] = []

    def start(provider: OpenAIProvider | None = None, behaviour: Behaviour | None = None):
        server = StandIn(provider or OpenAIProvider(), behaviour).__enter__()
        running.append(server)
        return server

    yield start
    for server in running:
        server.__exit__(None, None, None)


def opened(server: StandIn, **settings: object) -> OpenAIModel:
    options = settings.pop("options", {})
    return open_model(f"stand-in@{server.url}", ModelSettings(options=options, **settings))


def chat(text: str) -> Request:
    return Request(messages=(user(text),), generation=Generation())


def test_the_slots_of_a_server_bound_what_is_out_and_plain_asks_one_by_one():
    assert places_of(ModelSettings()).most == CONCURRENCY
    assert places_of(ModelSettings(), slots=8).most == 8
    assert places_of(ModelSettings(concurrency=4), slots=8).most == 4
    assert places_of(ModelSettings(concurrency=900), slots=8).most == 8
    assert places_of(ModelSettings(concurrency=900)).window >= 900
    assert places_of(ModelSettings(plain=True, concurrency=9)) == ALONE


def test_a_defect_of_the_dispatcher_is_raised_and_not_waited_for(monkeypatch, serve, queue_inbox):
    def broken(*_: object) -> None:
        raise ZeroDivisionError("made up")

    monkeypatch.setattr(Dispatcher, "add", broken)
    model = opened(serve())
    raised: list[BaseException] = []

    inbox = queue_inbox([chat("Q")], {})

    def serving() -> None:
        try:
            model.serve(inbox)
        except ZeroDivisionError as error:
            raised.append(error)

    thread = threading.Thread(target=serving, daemon=True)
    thread.start()
    thread.join(20)
    inbox.close()

    assert [str(error) for error in raised] == ["made up"]


SHOTS = "A worked example. " * 40
"""A prefix that is long enough to wait for."""


def asked_with(shots: str, number: int) -> Request:
    return Request(prompt=(shots, f"Question {number}?"), generation=Generation(max_tokens=8))


def test_followers_are_sent_when_their_prefixs_first_answer_has_begun(ask, serve):
    server = serve(OpenAIProvider(latency=0.05))
    model = opened(server, template="none", options={"stream": "off"})
    before = len(server.requests)

    ask(model, [asked_with(f"{number % 2} {SHOTS}", number) for number in range(12)])

    rows = server.requests[before:]
    by_prefix = [[row for row in rows if row.received.body["prompt"][0] == p] for p in "01"]
    for leader, *followers in by_prefix:
        assert len(followers) == 5
        assert all(follower.received_at >= leader.sent_at for follower in followers)
    assert by_prefix[1][0].received_at < by_prefix[0][0].sent_at


def test_one_prefix_goes_to_one_replica_and_others_to_the_other(ask, serve):
    first, second = serve(), serve()
    model = opened(first, template="none", options={"replicas": second.url})
    before = [len(server.requests) for server in (first, second)]

    answers = ask(model, [asked_with(f"{number // 10} {SHOTS}", number) for number in range(40)])

    assert all(isinstance(answer, Response) for answer in answers)
    sent = [
        {row.received.body["prompt"][0] for row in server.requests[skipped:]}
        for server, skipped in zip((first, second), before, strict=True)
    ]
    assert sorted(sent[0] | sent[1]) == ["0", "1", "2", "3"]
    assert not sent[0] & sent[1]
    assert sent[0] and sent[1]


def test_a_replica_that_serves_another_model_is_refused(serve):
    other = serve(OpenAIProvider(root="somebody/else"))

    with pytest.raises(DescriptionError, match="serves another model: evidence"):
        opened(serve(), options={"replicas": other.url})
    with pytest.raises(DescriptionError, match="is not a URL"):
        opened(serve(), options={"replicas": "localhost:8000"})


def test_a_server_that_is_overloaded_for_a_while_is_asked_less_and_then_again(ask, serve):
    provider = OpenAIProvider()
    server = serve(
        provider,
        lambda received: (
            provider.error(429, "slow down") if received.number < 3 else provider.answer(received)
        ),
    )

    answers = ask(opened(server), [chat(f"Q{number}") for number in range(40)])

    kinds = [answer.kind for answer in answers if isinstance(answer, Failure)]
    assert kinds == ["rate_limit"] * 3


def test_a_stopping_run_gets_back_what_was_not_sent_and_the_answers_to_what_was(serve, queue_inbox):
    server = serve(OpenAIProvider(latency=0.05))
    model = opened(server, template="none", concurrency=2, options={"stream": "off"})
    before = len(server.requests)
    inbox = queue_inbox([asked_with(f"{number} {SHOTS}", number) for number in range(20)], {})
    inbox.stop_after = 3

    thread = threading.Thread(target=model.serve, args=(inbox,), daemon=True)
    thread.start()
    settled = inbox.wait_for_answers(20)
    inbox.close()
    thread.join(20)

    assert settled
    assert sorted([*inbox.results, *inbox.given_back]) == list(range(20))
    assert 3 <= len(inbox.results) <= 5
    assert len(server.requests) - before == len(inbox.results)
