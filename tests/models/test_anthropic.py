from __future__ import annotations

import hashlib
import logging
from collections.abc import Callable, Iterator

import pytest

from benchwright.core.content import Image, Media, Message, Text, ToolCall, ToolResult, user
from benchwright.core.errors import DescriptionError, MissingKey
from benchwright.core.model import ModelSettings
from benchwright.core.request import Generation, Request, Tool
from benchwright.core.response import Failure, Response
from benchwright.models.anthropic import open_model
from benchwright.models.anthropic.model import AnthropicModel
from benchwright.testing.servers import (
    AnthropicProvider,
    Behaviour,
    Received,
    Reply,
    StandIn,
    Utterance,
    always,
)

SECRET = "sk-ant-do-not-print-me"

Serve = Callable[..., StandIn]


@pytest.fixture(autouse=True)
def key(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ANTHROPIC_API_KEY", SECRET)


@pytest.fixture
def serve() -> Iterator[Serve]:
    running: list[StandIn] = []

    def start(behaviour: Behaviour | None = None) -> StandIn:
        server = StandIn(AnthropicProvider(), behaviour).__enter__()
        running.append(server)
        return server

    yield start
    for server in running:
        server.__exit__(None, None, None)


def opened(server: StandIn, name: str = "stand-in", **options: object) -> AnthropicModel:
    written = {key: str(value) for key, value in options.items()}
    return open_model(f"{name}@{server.url}", ModelSettings(options=written))


def chat(text: str = "Which letter?", **settings: object) -> Request:
    return Request(messages=(user(text),), generation=Generation(**settings))


def said(**utterance: object) -> Callable[[Received], Reply]:
    provider = AnthropicProvider()
    return lambda received: provider.say(received, Utterance(**utterance))


FAULTS = {
    "429": "rate_limit",
    "500": "server_error",
    "hang": "timeout",
    "halfway": "connection",
    "unfinished": "connection",
    "garbage": "garbled",
    "wrong-shape": "garbled",
    "oversized": "garbled",
    "other-model": "wrong_model",
    "context-length": "input_too_long",
    "400": "invalid_request",
    "401": "authentication",
}
# An answer in one piece cannot end in good order before it is over.
CASES = [(fault, "on") for fault in FAULTS]
CASES += [(fault, "off") for fault in FAULTS if fault != "unfinished"]


@pytest.mark.parametrize(("fault", "stream"), CASES)
def test_what_a_bad_server_does_is_a_failure_of_its_kind(ask, serve, fault, stream):
    server = serve(always(fault, AnthropicProvider()))
    patience = {"timeout": 0.3} if fault == "hang" else {}

    (failure,) = ask(opened(server, stream=stream, **patience), [chat()])

    assert isinstance(failure, Failure), failure
    assert failure.kind == FAULTS[fault]


@pytest.mark.parametrize(
    ("fault", "finish", "reasoning"),
    [
        ("content-filter", "refusal", ""),
        ("empty", "stop", ""),
        ("only-thinking", "length", "Is it A? Perhaps B."),
    ],
)
@pytest.mark.parametrize("stream", ["on", "off"])
def test_an_answer_that_is_none_says_why_it_ended(ask, serve, fault, finish, reasoning, stream):
    server = serve(always(fault, AnthropicProvider()))

    (response,) = ask(opened(server, stream=stream), [chat()])

    assert isinstance(response, Response), response
    assert (response.finish, response.text, response.reasoning) == (finish, "", reasoning)


def test_a_whole_conversation_has_the_form_that_the_strict_stand_in_wants(ask, serve):
    data = b"\x89PNG not really"
    digest = hashlib.blake2b(data, digest_size=32).hexdigest()
    picture = Image(Media(digest=digest, mime="image/png", size=len(data)))
    call = ToolCall(id="t0", name="look", arguments='{"x":  1}')
    server = serve()
    request = Request(
        messages=(
            Message(role="system", parts=(Text("Be brief."),)),
            user("Look", " here:", picture),
            Message(role="assistant", parts=(Text(""), call)),
            Message(role="tool", parts=(ToolResult(id="t0", text="a cat", error=True),)),
            user("Well?"),
        ),
        generation=Generation(max_tokens=50, stop=("\n\n\nQ",), seed=7, logprobs=2),
        tools=(Tool(name="look", description="Looks.", parameters='{"type": "object"}'),),
    )

    (response,) = ask(opened(server), [request], {digest: data})

    assert isinstance(response, Response), response
    assert server.requests[0].images == (digest,)
    body = server.bodies[0]
    assert body["system"] == "Be brief."
    assert [turn["role"] for turn in body["messages"]] == ["user", "assistant", "user"]
    assert body["messages"][0]["content"][0] == {"type": "text", "text": "Look here:"}
    assert body["messages"][2]["content"][0]["is_error"] is True
    assert [sentence.split("=")[0] for sentence in response.deviations] == ["seed", "logprobs"]
    headers = server.requests[0].received.headers
    assert (headers["x-api-key"], headers["anthropic-version"]) == (SECRET, "2023-06-01")


def test_streamed_and_whole_answers_are_the_same(ask, serve):
    server = serve(said(text="A, then B.", reasoning="Well.", tool="look", finish="tool_calls"))

    (streamed,) = ask(opened(server), [chat()])
    (whole,) = ask(opened(server, stream="off"), [chat()])

    assert streamed.text == "A, then B."
    assert streamed.reasoning == whole.reasoning == "Well."
    assert streamed.finish == whole.finish == "tool_calls"
    assert streamed.tool_calls[0].arguments == '{"x": 1}'
    assert whole.tool_calls[0].name == "look"
    assert (streamed.tokens_in, streamed.tokens_out) == (whole.tokens_in, whole.tokens_out)
    assert streamed.tokens_cached == 2
    assert 0 < streamed.first_token_seconds <= streamed.seconds


def test_a_temperature_that_thinking_refuses_is_dropped_and_said(ask, serve):
    server = serve()

    (response,) = ask(opened(server, thinking=2000, effort="high"), [chat()])

    assert response.reasoning == "Let me see."
    assert response.deviations == (
        "temperature=0.0 was refused: the server's default was in force",
    )
    body = server.bodies[-1]
    assert body["thinking"] == {"type": "enabled", "budget_tokens": 2000}
    assert body["output_config"] == {"effort": "high"}


def test_stop_texts_that_are_refused_still_end_the_answer(ask, serve):
    server = serve()
    model = opened(server)

    (response,) = ask(
        model,
        [
            chat(
                stop=(
                    "\n",
                    " (",
                )
            )
        ],
    )

    assert len(server.requests) == 1 + 1
    assert (response.text, response.finish) == ("The answer is", "stop")
    assert response.deviations == ("stop_sequences was refused: the answer was cut here instead",)


def test_a_schema_travels_as_an_output_format(ask, serve):
    server = serve()

    (response,) = ask(opened(server), [chat(response_format='{"type": "object"}')])

    assert isinstance(response, Response)
    wanted = {"type": "json_schema", "schema": {"type": "object"}}
    assert server.bodies[0]["output_config"] == {"format": wanted}


def test_raw_prompts_and_continuations_are_unsupported_not_guessed(ask, serve):
    server = serve()
    raw = Request(prompt=("Q:",), generation=Generation())
    scored = Request(prompt=("Q:",), continuations=(" A",))

    answers = ask(opened(server), [raw, scored])

    assert [answer.kind for answer in answers] == ["unsupported", "unsupported"]
    assert server.requests == []


def test_an_alias_is_resolved_without_generating(ask, serve):
    server = serve()
    model = opened(server, name="stand-in-latest")

    (response,) = ask(model, [chat()])

    assert isinstance(response, Response)
    assert (model.name, model.identity.fields["model"]) == ("stand-in-latest", "stand-in")
    assert model.identity.key() == opened(server).identity.key()
    assert len(server.requests) == 1


def test_thinking_and_effort_are_part_of_the_identity(serve):
    server = serve()
    key = opened(server).identity.key()

    assert opened(server, thinking="adaptive").identity.key() != key
    assert opened(server, effort="low").identity.key() != key
    assert opened(server, stream="off").identity.key() == key


def test_the_key_shows_in_no_failure_identity_or_log(ask, serve, caplog):
    caplog.set_level(logging.DEBUG)
    provider = AnthropicProvider()
    model = opened(serve(lambda _: provider.error(401, f"invalid x-api-key: {SECRET}")))

    (failure,) = ask(model, [chat()])

    assert failure.message == "HTTP 401: invalid x-api-key: [key]"
    assert SECRET not in f"{failure}{model.identity}{caplog.text}"


def test_an_overloaded_server_in_mid_stream_is_a_failure(ask, serve):
    error = {"type": "error", "error": {"type": "overloaded_error", "message": "Overloaded"}}
    server = serve(lambda _: Reply.events(error, names=True, done=False))

    (failure,) = ask(opened(server), [chat()])

    assert (failure.kind, failure.message) == ("server_error", "in the stream: Overloaded")


def test_the_key_is_needed_at_the_official_address(monkeypatch):
    monkeypatch.delenv("ANTHROPIC_API_KEY")

    with pytest.raises(MissingKey, match="ANTHROPIC_API_KEY"):
        open_model("claude-x", ModelSettings())


def test_a_model_that_is_not_there_stops_before_the_first_request(serve):
    server = serve()

    with pytest.raises(DescriptionError, match="knows no model named 'nobody'"):
        opened(server, name="nobody")
    assert server.requests == []


def test_raw_prompts_are_refused_when_opening(serve):
    server = serve()

    with pytest.raises(DescriptionError, match="takes chat turns"):
        open_model(f"stand-in@{server.url}", ModelSettings(template="none"))
