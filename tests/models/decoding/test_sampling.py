from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from benchwright.core.request import Generation
from benchwright.models.decoding.sampling import Logits, Sampler
from benchwright.models.decoding.writing import Writing

from .exact import Letters

finite = st.floats(-50, 50, width=32)
rows = st.lists(finite, min_size=2, max_size=30).map(lambda row: np.array(row, np.float32))


@given(rows)
def test_probabilities_sum_to_one(row: np.ndarray) -> None:
    logits = Logits(row)
    total = sum(math.exp(logits.logprob(token)) for token in range(len(row)))
    assert math.isclose(total, 1.0, rel_tol=1e-5)


@given(rows, st.integers(1, 40))
def test_the_best_are_sorted_and_complete(row: np.ndarray, count: int) -> None:
    logits = Logits(row)
    top = logits.top(count)
    assert len(top) == min(count, len(row))
    values = [value for _, value in top]
    assert values == sorted(values, reverse=True)
    rest = set(range(len(row))) - {token for token, _ in top}
    assert all(row[token] <= row[top[-1][0]] for token in rest)
    assert top[0][0] == logits.best


@pytest.mark.parametrize("value", [math.nan, math.inf])
def test_what_is_no_number_is_refused(value: float) -> None:
    with pytest.raises(ValueError, match="not numbers"):
        Logits(np.array([0.0, value], np.float32)).logprob(0)


def draws(generation: Generation, row: np.ndarray, count: int = 4000) -> np.ndarray:
    sampler = Sampler(generation, 5)
    logits = Logits(row)
    return np.bincount([sampler.draw(logits) for _ in range(count)], minlength=len(row)) / count


ROW = np.log(np.array([0.05, 0.5, 0.3, 0.15], np.float32))


def test_temperature_zero_takes_the_best_and_the_lowest_of_equals() -> None:
    assert Sampler(Generation(), 1).draw(Logits(np.array([1, 3, 3], np.float32))) == 1


def test_draws_follow_the_model() -> None:
    shares = draws(Generation(temperature=1.0), ROW)
    np.testing.assert_allclose(shares, [0.05, 0.5, 0.3, 0.15], atol=0.03)


def test_temperature_sharpens() -> None:
    shares = draws(Generation(temperature=0.5), ROW)
    weights = np.array([0.05, 0.5, 0.3, 0.15]) ** 2
    np.testing.assert_allclose(shares, weights / weights.sum(), atol=0.03)


def test_top_k_keeps_the_most_probable() -> None:
    shares = draws(Generation(temperature=1.0, top_k=2), ROW)
    np.testing.assert_allclose(shares, [0, 0.625, 0.375, 0], atol=0.03)


def test_top_p_keeps_the_fewest_that_reach_it() -> None:
    shares = draws(Generation(temperature=1.0, top_p=0.7), ROW)
    np.testing.assert_allclose(shares, [0, 0.625, 0.375, 0], atol=0.03)
    assert draws(Generation(temperature=1.0, top_p=0.01), ROW)[1] == 1.0


def test_a_seed_gives_the_same_draws() -> None:
    one, other = Sampler(Generation(temperature=1.0), 3), Sampler(Generation(temperature=1.0), 3)
    assert [one.draw(Logits(ROW)) for _ in range(20)] == [
        other.draw(Logits(ROW)) for _ in range(20)
    ]


class Bytes(Letters):
    """A vocabulary whose tokens are the bytes."""

    def piece(self, token: int) -> bytes:
        return bytes([token])


def written(text: bytes, generation: Generation, room: int = 1000) -> Writing:
    """Let a model write ``text`` byte by byte, then its end token, 0."""
    writing = Writing(generation, 0, Bytes(), room)
    for token in [*text, 0]:
        row = np.zeros(256, np.float32)
        row[token] = 9.0
        writing.accept(Logits(row))
        if writing.finish is not None:
            break
    return writing


def test_a_character_may_span_several_tokens() -> None:
    assert written("naïve 🌍!".encode(), Generation()).text() == "naïve 🌍!"


def test_bytes_that_are_no_text_are_shown_as_such() -> None:
    assert written(b"a\xf0\x9f", Generation()).text() == "a\ufffd"


@given(
    st.text("abé\n", max_size=20), st.lists(st.text("abé\n", min_size=1, max_size=3), max_size=3)
)
def test_the_answer_ends_before_the_first_stop_text(text: str, stops: list[str]) -> None:
    writing = written(text.encode(), Generation(stop=tuple(stops)))
    places = [(text.index(stop) + len(stop), text.index(stop)) for stop in stops if stop in text]
    if not places:
        assert (writing.text(), writing.finish) == (text, "stop")
    else:
        # The stop text that is complete first ends the answer; of several, the earliest begun.
        end = min(places)[0]
        assert writing.text() == text[: min(begun for done, begun in places if done == end)]
        assert len(writing.tokens) == len(text[:end].encode())


def test_max_tokens_ends_the_answer() -> None:
    writing = written(b"abcdef", Generation(max_tokens=4))
    assert (writing.text(), writing.finish, len(writing.tokens)) == ("abcd", "length", 4)
    assert not writing.cut_by_context


def test_the_context_ends_the_answer() -> None:
    writing = written(b"abcdef", Generation(max_tokens=100), room=3)
    assert (writing.text(), writing.finish) == ("abc", "length")
    assert writing.cut_by_context


def test_log_probabilities_are_the_models_whatever_the_temperature() -> None:
    generation = Generation(temperature=0.01, logprobs=2)
    (first, *_) = written(b"ab", generation).logprobs
    assert first.token == "a"
    assert math.isclose(first.logprob, 9 - math.log(math.exp(9) + 255), rel_tol=1e-4)
    assert first.top[0] == ("a", first.logprob)
    assert len(first.top) == 2
