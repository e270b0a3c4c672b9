from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator
from email.utils import formatdate

import httpx
import pytest
from hypothesis import given
from hypothesis import strategies as st

from benchwright.core.errors import DescriptionError
from benchwright.models.serving.adapting import Adapting
from benchwright.models.serving.endpoint import events, secret_from, split_name
from benchwright.models.serving.failures import (
    Refusal,
    failure_of,
    failure_of_transport,
    refusal_of,
    retry_after,
)
from benchwright.models.serving.options import Options
from benchwright.models.serving.thinking import split_thinking

TOO_LONG = {
    "OpenAI": b'{"error": {"message": "Too long", "code": "context_length_exceeded"}}',
    "vLLM": b'{"message": "This model\'s maximum context length is 2048 tokens. However, ..."}',
    "vLLM, newer": b'{"error": {"message": "The decoder prompt (length 5000) is longer than the '
    b'maximum model length of 4096."}}',
    "llama-server": b'{"error": {"code": 400, "message": "request (3001 tokens) exceeds the '
    b'available context size (2048 tokens)", "type": "exceed_context_size_error"}}',
    "SGLang": b'{"message": "The input (9000 tokens) is longer than the model\'s context length"}',
    "Anthropic": b'{"error": {"message": "prompt is too long: 210000 tokens > 200000 maximum"}}',
}


@pytest.mark.parametrize("server", TOO_LONG)
def test_every_servers_way_of_saying_too_long_is_known(server):
    assert failure_of(refusal_of(400, TOO_LONG[server])).kind == "input_too_long"


@pytest.mark.parametrize(
    ("status", "body", "kind"),
    [
        (400, b"no", "invalid_request"),
        (402, b"{}", "authentication"),
        (404, b"{}", "not_found"),
        (413, b"{}", "input_too_long"),
        (418, b"\xff", "invalid_request"),
        (429, b'{"error": {"code": "insufficient_quota"}}', "authentication"),
        (429, b"[]", "rate_limit"),
        (502, b"<html>", "server_error"),
        (529, b'{"error": {"type": "overloaded_error"}}', "server_error"),
    ],
)
def test_a_status_is_a_failure_of_its_kind(status, body, kind):
    assert failure_of(refusal_of(status, body)).kind == kind


@given(st.binary(max_size=200), st.sampled_from([0, 301, 400, 422, 429, 500]))
def test_any_bytes_of_an_error_make_a_failure(body, status):
    assert failure_of(refusal_of(status, body)).message


def test_a_long_error_is_kept_short():
    assert len(failure_of(refusal_of(500, b"x" * 10_000)).message) < 600


@pytest.mark.parametrize(
    ("headers", "seconds"),
    [
        ({}, None),
        ({"retry-after": "2.5"}, 2.5),
        ({"retry-after": "-3"}, 0.0),
        ({"retry-after": "nan"}, None),
        ({"retry-after": "soon"}, None),
        ({"retry-after": "9", "retry-after-ms": "150"}, 0.15),
        ({"retry-after": formatdate(0, usegmt=True)}, 0.0),
    ],
)
def test_retry_after_is_read_as_seconds_or_not_at_all(headers, seconds):
    assert retry_after(headers) == seconds


def test_retry_after_as_a_date_counts_from_now():
    seconds = retry_after({"retry-after": formatdate(time.time() + 100, usegmt=True)})

    assert 90 < seconds <= 100


def test_timeouts_and_broken_connections_are_told_apart():
    assert failure_of_transport(httpx.ReadTimeout("")).kind == "timeout"
    assert failure_of_transport(TimeoutError()).kind == "timeout"
    assert failure_of_transport(httpx.ReadError("")).kind == "connection"
    assert failure_of_transport(httpx.DecodingError("")).kind == "garbled"


@pytest.mark.parametrize(
    ("text", "answer", "thinking"),
    [
        ("B", "B", ""),
        ("<think>\nHm\n</think>\n\nB", "B", "Hm"),
        ("  <think></think>B", "B", ""),
        ("<think>Hm, it", "", "Hm, it"),
        ("Hm</think>\nB", "B", "Hm"),
        ("B <think>or C</think>", "B <think>or C</think>", ""),
    ],
)
def test_thinking_is_told_from_the_answer(text, answer, thinking):
    assert split_thinking(text) == (answer, thinking)


@given(st.text().filter(lambda text: "think>" not in text and not text.startswith("\n")))
def test_an_answer_after_thinking_is_left_as_it_is(answer):
    assert split_thinking(f"<think>Hm.</think>{answer}") == (answer, "Hm.")


@given(
    st.lists(st.text(st.characters(codec="utf-8", exclude_characters="\r\n"), min_size=1)),
    st.sampled_from(["\n", "\r\n"]),
    st.lists(st.integers(1, 9), min_size=1),
)
def test_events_are_the_same_however_the_stream_is_cut(values, newline, sizes):
    lines = [f": ping{newline}event: e{newline}data: {value}{newline}{newline}" for value in values]
    stream = "".join(lines).encode()

    async def pieces() -> AsyncIterator[bytes]:
        begin, turn = 0, 0
        while begin < len(stream):
            size = sizes[turn % len(sizes)]
            yield stream[begin : begin + size]
            begin, turn = begin + size, turn + 1

    async def read() -> list[str]:
        return [data.decode() async for data in events(pieces())]

    assert asyncio.run(read()) == values


def test_a_refused_setting_is_found_by_parameter_or_by_quoted_name():
    sent = {"temperature": 0.0, "top_p": 0.5}
    adapting = Adapting(("top_p", "temperature"), renamed={})

    both = Refusal(status=400, message="`temperature` and `top_p` cannot both be specified.")
    named = Refusal(status=400, message="Unsupported value", parameter="temperature")

    assert adapting.learn(both, sent)
    assert adapting.adapt(sent).settings == {"temperature": 0.0}
    assert adapting.learn(named, adapting.adapt(sent).settings)
    assert adapting.adapt(sent).settings == {}
    assert len(adapting.adapt(sent).deviations) == 2


@pytest.mark.parametrize(
    "refusal",
    [
        Refusal(status=500, message="'temperature' is not supported"),
        Refusal(status=400, message="temperature: must be at most 2", parameter="temperature"),
        Refusal(status=400, message="the temperature of this room is unsupported"),
        Refusal(status=400, message="'tools' is not supported"),
    ],
)
def test_nothing_is_learnt_from_any_other_refusal(refusal):
    adapting = Adapting(("temperature",), renamed={})

    assert not adapting.learn(refusal, {"temperature": 0.0, "tools": []})


@pytest.mark.parametrize(
    ("rest", "name", "url"),
    [
        ("gpt", "gpt", "https://default/v1"),
        ("org/m@rev", "org/m@rev", "https://default/v1"),
        ("m@http://h:8080", "m", "http://h:8080/v1"),
        ("m@http://h:8080/v1/", "m", "http://h:8080/v1"),
        ("org/m@rev@https://h/api", "org/m@rev", "https://h/api"),
    ],
)
def test_a_name_and_a_url_are_told_apart(rest, name, url):
    assert split_name(rest, "https://default/v1") == (name, url)


@pytest.mark.parametrize("rest", ["m@http://u:p@h/v1", "m@https://h/v1?key=1", "m@http://"])
def test_a_url_that_could_carry_a_key_is_refused(rest):
    with pytest.raises(DescriptionError, match="must be plain"):
        split_name(rest, "https://default/v1")


def test_a_key_that_no_header_can_carry_is_refused_without_being_shown(monkeypatch):
    monkeypatch.setenv("SOME_KEY", "sk-ключ")

    with pytest.raises(DescriptionError, match="SOME_KEY") as caught:
        secret_from("SOME_KEY", "it", needed=True)
    assert "ключ" not in str(caught.value)


def test_options_report_all_that_is_wrong_and_the_nearest_known_name():
    options = Options({"timeuot": "3", "share": "2.5", "mode": "x"}, "made-up")

    assert options.whole("share", 1) == 1
    assert options.choice("mode", "a", ("a", "b")) == "a"
    assert options.number("timeout", 5.0) == 5.0
    assert len(options.problems()) == 3
    assert "Did you mean timeout?" in options.problems()[-1]
