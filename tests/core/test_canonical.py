from __future__ import annotations

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from benchwright.core.canonical import cache_key, canonical, canonical_request
from benchwright.core.content import Image, Media, Message, Text, user
from benchwright.core.request import Generation, Origin, Request

MODEL = "0" * 32

KEY = "f069ea2898d6e9ae3f429a42560e127313677cc70a97460a27fbdcfac64483c2"

GOLDEN = {
    # These bytes may never change: a changed key asks the world again.
    "raw": (
        Request(prompt=("2+2=",), generation=Generation(max_tokens=5)),
        b'1\n{"generation":{"max_tokens":5},"prompt":"2+2="}',
    ),
    "chat": (
        Request(
            messages=(user("Which colour?", Image(Media(digest="ab", mime="image/png", size=3))),),
            generation=Generation(temperature=1, stop=("\n",)),
            repeat=(1, 0),
        ),
        (
            b'1\n{"generation":{"stop":["\\n"],"temperature":1.0},"messages":[{"parts":[{"text":'
            b'"Which colour?","type":"text"},{"media":{"digest":"ab","mime":"image/png","size":3},'
            b'"type":"image"}],"role":"user"}],"repeat":[1,0]}'
        ),
    ),
    "scored": (
        Request(prompt=("Q: é\u2028\nA:",), continuations=(" A", " B")),
        '1\n{"continuations":[" A"," B"],"prompt":"Q: é\u2028\\nA:"}'.encode(),
    ),
}


@pytest.mark.parametrize("name", GOLDEN)
def test_canonical_bytes_are_frozen(name: str) -> None:
    request, expected = GOLDEN[name]
    assert canonical_request(request) == expected


def test_the_cache_key_is_frozen() -> None:
    request, _ = GOLDEN["raw"]
    assert cache_key(request, MODEL).hex() == KEY


def test_role_and_origin_do_not_change_the_key() -> None:
    plain = Request(prompt=("x",), continuations=("y",))
    asked = Request(
        prompt=("x",),
        continuations=("y",),
        role="judge",
        origin=Origin(benchmark="b", sample="s", repeat=3),
    )
    assert cache_key(plain, MODEL) == cache_key(asked, MODEL)


def test_another_model_gives_another_key() -> None:
    request = Request(prompt=("x",), continuations=("y",))
    assert cache_key(request, MODEL) != cache_key(request, "1" * 32)


@given(st.lists(st.text(min_size=1), min_size=1, max_size=6))
def test_how_a_text_is_cut_into_pieces_does_not_change_the_key(pieces: list[str]) -> None:
    whole = "".join(pieces)
    raw = [Request(prompt=p, continuations=("a",)) for p in (tuple(pieces), (whole,))]
    chat = [
        Request(
            messages=(Message(role="user", parts=tuple(Text(piece) for piece in p)),),
            continuations=("a",),
        )
        for p in (pieces, [whole])
    ]
    assert canonical_request(raw[0]) == canonical_request(raw[1])
    assert canonical_request(chat[0]) == canonical_request(chat[1])


@given(st.text(), st.text())
def test_texts_are_never_normalised(one: str, other: str) -> None:
    first = Request(prompt=("x" + one,), continuations=("a",))
    second = Request(prompt=("x" + other,), continuations=("a",))
    assert (canonical_request(first) == canonical_request(second)) == (one == other)


def test_two_draws_of_one_prompt_are_two_answers() -> None:
    draws = {
        cache_key(Request(prompt=("x",), generation=Generation(), repeat=(n, m)), MODEL)
        for n in range(2)
        for m in range(2)
    }
    assert len(draws) == 4


def test_a_default_written_out_is_the_default() -> None:
    tokens, temperature = int("1024"), float("0")
    written = Generation(max_tokens=tokens, temperature=temperature, stop=(), seed=None)
    assert canonical(written) == canonical(Generation()) == b"1\n{}"


def test_a_whole_number_and_a_float_setting_are_one_key() -> None:
    assert canonical(Generation(temperature=1)) == canonical(Generation(temperature=1.0))


@pytest.mark.parametrize("number", [math.nan, math.inf, -math.inf])
def test_non_finite_numbers_are_refused(number: float) -> None:
    with pytest.raises(ValueError, match="finite"):
        Generation(temperature=number)
    with pytest.raises(ValueError, match="key cannot hold"):
        canonical({"a": [number]})


@pytest.mark.parametrize(
    "wrong",
    [
        {},
        {"prompt": ("x",)},
        {"generation": Generation()},
        {"prompt": ("x",), "messages": (user("y"),), "generation": Generation()},
        {"prompt": ("x",), "continuations": ("y",), "generation": Generation()},
    ],
)
def test_a_request_asks_exactly_one_thing(wrong: dict[str, object]) -> None:
    with pytest.raises(ValueError, match="a request has either"):
        Request(**wrong)  # type: ignore[arg-type]
