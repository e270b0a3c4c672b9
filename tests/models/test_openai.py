from __future__ import annotations

import asyncio
import hashlib
import logging
import threading
from collections.abc import Callable, Iterator

import pytest

from benchwright.core.content import Image, Media, Message, ToolCall, ToolResult, user
from benchwright.core.errors import DescriptionError, MissingKey, ModelError, UnknownName
from benchwright.core.model import ModelSettings
from benchwright.core.request import Generation, Request, Tool
from benchwright.core.response import Failure, Response
from benchwright.models.openai import open_model
from benchwright.models.openai.model import OpenAIModel
from benchwright.testing.servers import (
    Behaviour,
    OpenAIProvider,
    Received,
    Reply,
    StandIn,
    Utterance,
    always,
)

SECRET = "sk-proj-do-not-print-me"

Serve = Callable[..., StandIn]


@pytest.fixture(autouse=True)
def key(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OPENAI_API_KEY", SECRET)


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


def opened(server: StandIn, name: str = "stand-in", **settings: object) -> OpenAIModel:
    options = {key: str(value) for key, value in settings.pop("options", {}).items()}
    return open_model(f"{name}@{server.url}", ModelSettings(options=options, **settings))


def chat(text: str = "Which letter?", **settings: object) -> Request:
    return Request(messages=(user(text),), generation=Generation(**settings))


def said(**utterance: object) -> Callable[[Received], Reply]:
    provider = OpenAIProvider()
    return lambda received: provider.say(received, Utterance(**utterance))


FAULTS = {
    "429": ("rate_limit", None),
    "429-after": ("rate_limit", 0.05),
    "500": ("server_error", None),
    "503": ("server_error", None),
    "hang": ("timeout", None),
    "hang-halfway": ("timeout", None),
    "halfway": ("connection", None),
    "unfinished": ("connection", None),
    "garbage": ("garbled", None),
    "wrong-shape": ("garbled", None),
    "oversized": ("garbled", None),
    "other-model": ("wrong_model", None),
    "context-length": ("input_too_long", None),
    "400": ("invalid_request", None),
    "401": ("authentication", None),
    "403": ("authentication", None),
    "404": ("not_found", None),
}


# An answer in one piece cannot end in good order before it is over.
CASES = [(fault, "on") for fault in FAULTS]
CASES += [(fault, "off") for fault in FAULTS if fault != "unfinished"]


@pytest.mark.parametrize(("fault", "stream"), CASES)
def test_what_a_bad_server_does_is_a_failure_of_its_kind(ask, serve, fault, stream):
    server = serve(behaviour=always(fault, OpenAIProvider()))
    patience = {"timeout": 0.3} if "hang" in fault else {}

    (failure,) = ask(opened(server, options={"stream": stream, **patience}), [chat()])

    assert isinstance(failure, Failure), failure
    assert (failure.kind, failure.retry_after) == FAULTS[fault]
    assert len(server.requests) == 1


@pytest.mark.parametrize(
    ("fault", "finish", "text", "reasoning"),
    [
        ("content-filter", "content_filter", "", ""),
        ("empty", "stop", "", ""),
        ("only-thinking", "length", "", "Is it A? Perhaps B."),
        ("unclosed-thinking", "length", "", "Is it A? Perhaps B."),
        ("length", "length", "The answer is", ""),
    ],
)
@pytest.mark.parametrize("stream", ["on", "off"])
def test_an_answer_that_is_none_says_why_it_ended(
    ask, serve, fault, finish, text, reasoning, stream
):
    server = serve(behaviour=always(fault, OpenAIProvider()))

    (response,) = ask(opened(server, options={"stream": stream}), [chat()])

    assert isinstance(response, Response), response
    assert (response.finish, response.text, response.reasoning) == (finish, text, reasoning)


def test_a_date_in_retry_after_becomes_seconds_from_now(ask, serve):
    server = serve(behaviour=always("429-date", OpenAIProvider()))

    (failure,) = ask(opened(server), [chat()])

    assert failure.kind == "rate_limit"
    assert 0 <= failure.retry_after <= 30


def test_a_server_that_is_gone_is_a_connection_failure(ask, serve):
    with StandIn(OpenAIProvider()) as server:
        model = opened(server)

    (failure,) = ask(model, [chat()])

    assert failure.kind == "connection"


def test_an_answer_carries_text_tokens_times_and_what_the_server_said_it_was(ask, serve):
    (response,) = ask(opened(serve()), [chat()])

    assert response.text.startswith("The answer is (")
    assert (response.finish, response.served_model) == ("stop", "stand-in")
    assert response.tokens_in == 2
    assert response.tokens_out > 0
    assert 0 < response.first_token_seconds <= response.seconds
    assert response.fingerprint == "stand-in-1"


def test_streamed_and_whole_answers_are_the_same(ask, serve):
    server = serve(behaviour=said(text="A, then B.", reasoning="Well.", tool="look"))

    (streamed,) = ask(opened(server), [chat()])
    (whole,) = ask(opened(server, options={"stream": "off"}), [chat()])

    assert (streamed.parts, streamed.reasoning) == (whole.parts, whole.reasoning)
    assert whole.first_token_seconds is None


def test_many_questions_are_out_at_once_but_never_more_than_the_concurrency(ask, serve):
    server = serve(OpenAIProvider(latency=0.02))

    answers = ask(opened(server, concurrency=4), [chat(f"Q{n}") for n in range(40)])

    assert all(isinstance(answer, Response) for answer in answers)
    events = [(row.received_at, 1) for row in server.requests]
    events += [(row.sent_at, -1) for row in server.requests]
    out, most = 0, 0
    for _, change in sorted(events):
        out += change
        most = max(most, out)
    assert 2 <= most <= 4


def test_thinking_in_tags_is_kept_apart_unless_it_is_to_be_kept_in(ask, serve):
    server = serve(behaviour=said(text="<think>\nHm.\n</think>\n\nIt is B."))

    (split,) = ask(opened(server), [chat()])
    (kept,) = ask(opened(server, options={"thinking": "keep"}), [chat()])

    assert (split.text, split.reasoning) == ("It is B.", "Hm.")
    assert (kept.text, kept.reasoning) == ("<think>\nHm.\n</think>\n\nIt is B.", "")


def test_a_raw_prompt_is_sent_as_it_is_and_its_answer_is_left_as_it_is(ask, serve):
    server = serve(behaviour=None)
    model = opened(server, template="none")
    raw = Request(prompt=("Q: 2+2?\n", "A:"), generation=Generation(max_tokens=7))

    (response,) = ask(model, [raw])

    assert server.requests[-1].path == "/v1/completions"
    assert server.bodies[-1]["prompt"] == "Q: 2+2?\nA:"
    assert response.text.startswith("The answer is")
    assert model.abilities >= {"raw", "generate"}
    assert "chat" not in model.abilities
    assert model.template == "none"


def test_a_server_without_completions_cannot_be_opened_for_raw_prompts(serve):
    server = serve(OpenAIProvider(completions=False))

    with pytest.raises(ModelError, match="no /completions"):
        opened(server, template="none")


def test_pictures_arrive_with_the_very_bytes_that_were_named(ask, serve):
    data = b"\x89PNG not really"
    digest = hashlib.blake2b(data, digest_size=32).hexdigest()
    media = Media(digest=digest, mime="image/png", size=len(data))
    server = serve()
    request = Request(messages=(user("What is it?", Image(media)),), generation=Generation())

    (response,) = ask(opened(server), [request], {digest: data})

    assert isinstance(response, Response)
    assert server.requests[0].images == (digest,)


def test_tools_calls_and_results_keep_their_arguments_as_text(ask, serve):
    server = serve(behaviour=said(tool="look", finish="tool_calls"))
    call = ToolCall(id="c0", name="look", arguments='{"x":  1}')
    request = Request(
        messages=(
            user("Look."),
            Message(role="assistant", parts=(call,)),
            Message(role="tool", parts=(ToolResult(id="c0", text="a cat"),)),
        ),
        generation=Generation(),
        tools=(Tool(name="look", parameters='{"type": "object"}'),),
    )

    (response,) = ask(opened(server), [request])

    sent = server.bodies[0]["messages"]
    assert sent[1]["tool_calls"][0]["function"]["arguments"] == '{"x":  1}'
    assert sent[2] == {"role": "tool", "tool_call_id": "c0", "content": "a cat"}
    assert server.bodies[0]["tools"][0]["function"]["parameters"] == {"type": "object"}
    assert response.finish == "tool_calls"
    assert response.tool_calls[0].arguments == '{"x": 1}'


def test_a_schema_travels_as_a_response_format_and_a_broken_one_is_refused_here(ask, serve):
    server = serve()
    schema = '{"type": "object"}'

    good, bad = ask(opened(server), [chat(response_format=schema), chat(response_format="{type")])

    assert isinstance(good, Response)
    assert server.bodies[0]["response_format"]["json_schema"]["schema"] == {"type": "object"}
    assert bad.kind == "invalid_request"
    assert len(server.requests) == 1


def test_refused_settings_are_dropped_at_once_and_said_in_every_answer(ask, serve):
    server = serve(OpenAIProvider(refuses=("max_tokens", "temperature", "stop")))
    model = opened(server, concurrency=1)

    first, second = ask(model, [chat("1", stop=(" (",)), chat("2", stop=(" (",))])

    assert len(server.requests) == 3 + 2
    assert first.deviations == second.deviations
    assert [sentence.split()[0] for sentence in first.deviations] == [
        "max_tokens",
        "temperature=0.0",
        "stop",
    ]
    assert server.bodies[-1]["max_completion_tokens"] == 1024
    assert (first.text, first.finish) == ("The answer is", "stop")


def test_a_setting_out_of_range_is_the_users_mistake_and_not_dropped(ask, serve):
    refusal = {"error": {"message": "temperature must be at most 2", "param": "temperature"}}
    server = serve(behaviour=lambda _: Reply.json(refusal, status=400))

    (failure,) = ask(opened(server), [chat(temperature=3.0)])

    assert failure.kind == "invalid_request"
    assert len(server.requests) == 1


def test_an_error_inside_a_stream_is_a_failure(ask, serve):
    event = {"error": {"message": "the engine died", "type": "internal"}}
    server = serve(behaviour=lambda _: Reply.events(event))

    (failure,) = ask(opened(server), [chat()])

    assert failure.kind == "server_error"
    assert "the engine died" in failure.message


def test_log_probabilities_of_generated_tokens_come_with_their_rivals(ask, serve):
    (response,) = ask(opened(serve(), options={"stream": "off"}), [chat(logprobs=2)])

    assert "".join(entry.token for entry in response.logprobs) == response.text
    assert response.logprobs[0].top == (("The", -0.5),)


def test_the_key_is_sent_but_shows_in_no_failure_identity_or_log(ask, serve, caplog):
    caplog.set_level(logging.DEBUG)
    telling = {"error": {"message": f"Incorrect API key provided: {SECRET}"}}
    server = serve(behaviour=lambda _: Reply.json(telling, status=401))
    model = opened(server)

    (failure,) = ask(model, [chat()])

    assert server.requests[0].received.headers["authorization"] == f"Bearer {SECRET}"
    assert failure.message == "HTTP 401: Incorrect API key provided: [key]"
    assert SECRET not in f"{failure}{model.identity}{caplog.text}"


def test_the_key_is_needed_at_the_official_address(monkeypatch):
    monkeypatch.delenv("OPENAI_API_KEY")

    with pytest.raises(MissingKey, match="OPENAI_API_KEY"):
        open_model("gpt-x", ModelSettings())


def test_a_url_that_carries_a_secret_is_refused_without_repeating_it():
    with pytest.raises(DescriptionError) as caught:
        open_model(f"m@http://me:{SECRET}@localhost:1/v1", ModelSettings())

    assert SECRET not in str(caught.value)


def test_a_name_that_the_server_does_not_list_is_named_beside_the_nearest(serve):
    with pytest.raises(UnknownName, match="Did you mean stand-in"):
        opened(serve(), name="stand-on")


def test_a_server_that_is_not_there_says_so_when_opening():
    with pytest.raises(ModelError, match="Is the server running"):
        open_model("m@http://127.0.0.1:9/v1", ModelSettings())


def test_evidence_of_the_weights_makes_the_key_independent_of_the_url(serve):
    one, other = opened(serve()), opened(serve())

    assert one.identity.notes["url"] != other.identity.notes["url"]
    assert one.identity.key() == other.identity.key()
    assert one.identity.verified


def test_without_evidence_the_url_or_the_users_word_is_the_identity(serve):
    server = serve(OpenAIProvider(root=""))

    by_url, by_word = opened(server), opened(server, identity="our finetune")

    assert not by_url.identity.verified
    assert by_url.identity.fields == {"model": "stand-in", "url": server.url}
    assert by_word.identity.fields == {"model": "stand-in", "stated": "our finetune"}


def test_effort_and_template_are_part_of_the_identity_but_streaming_is_not(serve):
    server = serve()
    key = opened(server).identity.key()

    assert opened(server, options={"stream": "off"}).identity.key() == key
    assert opened(server, options={"effort": "high"}).identity.key() != key
    assert opened(server, template="none").identity.key() != key


def test_an_alias_is_resolved_by_asking_and_answers_of_another_model_are_refused(ask, serve):
    provider = OpenAIProvider()
    names = iter(["stand-in-2026", "stand-in-2026", "stand-in-2027"])

    def behave(received: Received) -> Reply:
        return provider.say(received, Utterance(text="B", model=next(names)))

    model = opened(serve(provider, behave), options={"resolve": "ask"}, concurrency=1)
    good, other = ask(model, [chat("1"), chat("2")])

    assert model.identity.notes["asked_for"] == "stand-in"
    assert model.identity.fields["model"] == "stand-in-2026"
    assert good.served_model == "stand-in-2026"
    assert other.kind == "wrong_model"


def test_every_wrong_option_is_named_before_anything_is_asked(serve):
    server = serve()

    with pytest.raises(DescriptionError) as caught:
        opened(server, options={"steam": "off", "timeout": "soon"}, format="f16")

    assert len(caught.value.problems) == 3
    assert server.requests == []


def test_a_model_opens_where_an_event_loop_already_runs_as_in_a_notebook(serve):
    server = serve()

    async def cell() -> OpenAIModel:
        return opened(server, template="none", wants_loglikelihood=True)

    assert "loglikelihood" in asyncio.run(cell()).abilities


@pytest.mark.parametrize(
    "body",
    [
        b'{"choices": ' + b"[" * 100_000,
        b'{"choices": [{"message": {"content": 7}}]}',
        b'{"choices": [], "usage": {"prompt_tokens": 99999999999999999999999}}',
        b'{"choices": [{"message": {"content": "\\ud800"}, "finish_reason": "stop"}]}',
        b'{"choices": [{"message": {"content": "A"}, "logprobs": {"tokens": 3}}]}',
        b"[]",
    ],
)
def test_whatever_a_server_writes_is_read_or_garbled_but_never_a_defect(ask, serve, body):
    server = serve(behaviour=lambda _: Reply(chunks=(body,)))

    (failure,) = ask(opened(server), [chat()])

    assert failure.kind == "garbled"


def test_an_error_in_a_reply_that_began_well_keeps_its_own_status(ask, serve):
    error = {"error": {"code": 429, "message": "Slow down."}}
    server = serve(behaviour=lambda _: Reply.json(error))

    (failure,) = ask(opened(server), [chat()])

    assert (failure.kind, failure.message) == ("rate_limit", "HTTP 429: Slow down.")


def test_closing_the_inbox_ends_serving_although_requests_hang(serve, queue_inbox):
    server = serve(behaviour=always("hang", OpenAIProvider()))
    model = opened(server, concurrency=2)
    inbox = queue_inbox([chat(str(n)) for n in range(4)], {})
    thread = threading.Thread(target=model.serve, args=(inbox,))
    thread.start()
    inbox.close()
    thread.join(20)

    assert not thread.is_alive()
    assert inbox.results == {}
