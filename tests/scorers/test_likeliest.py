from __future__ import annotations

import math

import pytest

from benchwright.core.content import Text
from benchwright.core.errors import ScoringError
from benchwright.core.measurement import Outcome
from benchwright.core.response import ContinuationScore, Response
from benchwright.core.sample import Sample
from benchwright.scorers.likeliest import SCORER
from benchwright.scorers.likeliest_per_byte import SCORER as PER_BYTE
from benchwright.scorers.likeliest_per_character import SCORER as PER_CHARACTER

SAMPLE = Sample(id="s", input=(Text("?"),), choices=("yes", "ééé certainly", "no"), target="B")


def scored(*logprobs: float) -> Response:
    return Response(
        finish="scored",
        continuations=tuple(
            ContinuationScore(logprob=value, tokens=1, bytes=len(option.encode()), greedy=False)
            for value, option in zip(logprobs, SAMPLE.choices, strict=False)
        ),
    )


def test_sums_are_compared_by_default_and_per_length_on_request() -> None:
    response = scored(-3.0, -5.2, -2.9)
    assert SCORER(SAMPLE, response).answer == "C"
    assert PER_CHARACTER(SAMPLE, response).answer == "B"
    assert PER_BYTE(SAMPLE, response).answer == "B"


def test_bytes_and_characters_differ_where_letters_have_several_bytes() -> None:
    response = scored(-0.96, -4.6, -9.0)
    assert PER_CHARACTER(SAMPLE, response).answer == "A"
    assert PER_BYTE(SAMPLE, response).answer == "B"


def test_the_first_of_equals_wins_and_the_explanation_says_so() -> None:
    score = SCORER(SAMPLE, scored(-2.0, -2.0, -3.0))
    assert (score.answer, score.explanation) == ("A", "a tie, the first option wins")
    assert "margin 1 nats" in SCORER(SAMPLE, scored(-3.0, -2.0, -3.0)).explanation


def test_impossible_options_are_a_tie_too() -> None:
    assert SCORER(SAMPLE, scored(-math.inf, -math.inf, -math.inf)).answer == "A"


def test_a_wrong_number_of_scores_or_no_number_is_a_broken_contract() -> None:
    with pytest.raises(ScoringError, match="2 log-likelihoods for 3 options"):
        SCORER(SAMPLE, scored(-1.0, -2.0))
    with pytest.raises(ScoringError, match="not a number"):
        SCORER(SAMPLE, scored(-1.0, math.nan, -2.0))


def test_a_generated_text_has_no_likeliest_option() -> None:
    assert SCORER(SAMPLE, Response(parts=(Text("B"),))).value is None


def test_letters_and_shared_endings_have_no_length_to_divide_by() -> None:
    letters = tuple(
        ContinuationScore(logprob=value, tokens=1, bytes=2, greedy=False)
        for value in (-3.0, -5.2, -2.9)
    )
    response = Response(continuations=letters, finish="scored")
    assert SCORER(SAMPLE, response).answer == "C"
    for scorer in (PER_CHARACTER, PER_BYTE):
        score = scorer(SAMPLE, response)
        assert (score.value, score.outcome) == (None, Outcome.UNSUPPORTED)
