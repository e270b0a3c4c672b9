"""Requests and responses come back as they were."""

from __future__ import annotations

import json

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from benchwright.core.content import (
    Audio,
    Image,
    Media,
    Message,
    Text,
    ToolCall,
    ToolResult,
    Video,
)
from benchwright.core.request import Generation, Origin, Request, Tool
from benchwright.core.response import ContinuationScore, Failure, Response, TokenLogprob
from benchwright.pool.packing import (
    LONG,
    pack_failure,
    pack_request,
    pack_response,
    unpack_failure,
    unpack_request,
    unpack_response,
)

short = st.text(st.characters(exclude_categories=["Cs"]), max_size=12)
texts = short | short.map(lambda text: (text + "é\0\u2028") * LONG)
media = st.builds(Media, digest=short, mime=short, size=st.integers(0, 2**62))
parts = st.one_of(
    st.builds(Text, texts),
    st.builds(Image, media),
    st.builds(Audio, media),
    st.builds(Video, media),
    st.builds(ToolCall, id=short, name=short, arguments=texts),
    st.builds(ToolResult, id=short, text=texts, error=st.booleans()),
)
roles = st.sampled_from(["system", "user", "assistant", "tool"])
messages = st.builds(Message, role=roles, parts=st.lists(parts, max_size=4).map(tuple))
numbers = st.integers(-(2**62), 2**62)
finite = st.floats(allow_nan=False, allow_infinity=False)
generations = st.builds(
    Generation,
    max_tokens=numbers,
    temperature=finite,
    top_p=finite,
    top_k=numbers,
    stop=st.lists(short, max_size=2).map(tuple),
    seed=st.none() | numbers,
    response_format=short,
    logprobs=numbers,
)
tools = st.lists(st.builds(Tool, name=short, description=short, parameters=short), max_size=2)


@st.composite
def requests(draw: st.DrawFn) -> Request:
    """Any request that is one."""
    chat, generate = draw(st.booleans()), draw(st.booleans())
    listed = st.lists(messages, min_size=1, max_size=3).map(tuple)
    pieces = st.lists(texts, min_size=1, max_size=4).map(tuple)
    return Request(
        messages=draw(listed) if chat else (),
        prompt=() if chat else draw(pieces),
        generation=draw(generations) if generate else None,
        continuations=() if generate else draw(st.lists(texts, min_size=1, max_size=3).map(tuple)),
        tools=tuple(draw(tools)),
        repeat=(draw(numbers), draw(numbers)),
        role=draw(st.sampled_from(["subject", "judge", "helper"])),
        origin=draw(
            st.builds(
                Origin, benchmark=short, sample=short, variant=short, repeat=numbers, step=numbers
            )
        ),
    )


def responses(floats: st.SearchStrategy[float]) -> st.SearchStrategy[Response]:
    """Any response whose numbers come from ``floats``."""
    scores = st.builds(
        ContinuationScore, logprob=floats, tokens=numbers, bytes=numbers, greedy=st.booleans()
    )
    logprobs = st.builds(
        TokenLogprob,
        token=short,
        logprob=floats,
        top=st.lists(st.tuples(short, floats), max_size=2).map(tuple),
    )
    return st.builds(
        Response,
        parts=st.lists(parts, max_size=3).map(tuple),
        reasoning=texts,
        continuations=st.lists(scores, max_size=3).map(tuple),
        boundary_merged=st.booleans(),
        finish=st.sampled_from(["stop", "length", "scored", "other"]),
        logprobs=st.lists(logprobs, max_size=2).map(tuple),
        tokens_in=st.none() | numbers,
        tokens_out=st.none() | numbers,
        seconds=st.none() | floats,
        first_token_seconds=st.none() | floats,
        served_model=short,
        deviations=st.lists(short, max_size=2).map(tuple),
    )


@settings(deadline=None)
@given(requests())
def test_every_request_comes_back_as_it_was(request: Request) -> None:
    kept: dict[str, str] = {}
    packed = pack_request(request, kept)

    assert unpack_request(packed, lambda digests: {d: kept[d] for d in digests}) == request
    assert all(len(text.encode()) >= LONG for text in kept.values())


@settings(deadline=None)
@given(responses(finite))
def test_every_response_comes_back_as_it_was(response: Response) -> None:
    packed = pack_response(response)

    assert unpack_response(packed) == response
    json.loads(packed, parse_constant=pytest.fail)


@settings(deadline=None)
@given(responses(st.sampled_from([float("-inf"), float("inf"), 0.5])))
def test_infinite_numbers_come_back_from_plain_json(response: Response) -> None:
    packed = pack_response(response)

    assert unpack_response(packed) == response
    json.loads(packed, parse_constant=pytest.fail)


@settings(deadline=None)
@given(st.builds(Failure, kind=st.just("not_found"), message=texts, retry_after=st.none() | finite))
def test_every_failure_comes_back_as_it_was(failure: Failure) -> None:
    assert unpack_failure(pack_failure(failure)) == failure


def test_a_text_that_requests_share_is_kept_once() -> None:
    kept: dict[str, str] = {}
    shots = "shot " * LONG
    for number in range(3):
        pack_request(
            Request(prompt=(shots, f"Q{number}"), generation=Generation()),
            kept,
        )
        pack_request(
            Request(
                messages=(Message(role="user", parts=(Text(shots), Text("?"))),),
                generation=Generation(seed=number),
            ),
            kept,
        )

    assert list(kept.values()) == [shots]


def test_short_and_long_are_told_apart_by_bytes() -> None:
    for text, long in [
        ("a" * 255, False),
        ("a" * 256, True),
        ("é" * 127, False),
        ("é" * 128, True),
    ]:
        kept: dict[str, str] = {}
        pack_request(Request(prompt=(text,), generation=Generation()), kept)

        assert bool(kept) is long
