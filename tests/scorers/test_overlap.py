"""Overlap of texts; expected values are those of nltk 3.10, rouge-score 0.1.2 and rouge 1.0.1."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from benchwright.scorers._overlap import (
    bleu,
    common_length,
    rouge_l,
    rouge_l_of_sets,
    rouge_n,
    words,
)

CANDIDATE = "The cat sat on the mat. It was 3.5 kg, l'homme said."
REFERENCE = "A cat is on the mat. The cat weighs 3.5 kg. A well-fed animal."
BLEU = (0.525103991426, 0.405126524777, 0.200363552464)
ROUGE = (0.5625, 0.333333333333, 0.5, 0.538461533462)
sentences = st.lists(st.sampled_from(["a", "b", "c", "d", "e"]), max_size=14)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("It's 1,000.5 mg.", ["It's", "1,000.5", "mg", "."]),
        ("well-known (10%)", ["well-known", "(", "10%", ")"]),
        ("头痛 since 3天", ["头", "痛", "since", "3", "天"]),
        ("", []),
    ],
)
def test_words_numbers_and_ideograms_are_told_apart(text: str, expected: list[str]) -> None:
    assert words(text) == expected


def test_values_are_those_of_the_libraries_on_the_same_words() -> None:
    own, other = words(CANDIDATE), words(REFERENCE)
    assert bleu(own, [other], order=1) == pytest.approx(BLEU[0])
    assert bleu(own, [other], order=2) == pytest.approx(BLEU[1])
    assert bleu(own, [other]) == pytest.approx(BLEU[2])
    assert rouge_n(own, other, 1) == pytest.approx(ROUGE[0])
    assert rouge_n(own, other, 2) == pytest.approx(ROUGE[1])
    assert rouge_l(own, other) == pytest.approx(ROUGE[2])
    assert rouge_l_of_sets(CANDIDATE, REFERENCE) == pytest.approx(ROUGE[3])


def test_the_closest_reference_decides_the_penalty_and_any_may_match() -> None:
    short, long_ = list("abc"), list("abcdef")
    assert bleu(short, [long_, short]) == pytest.approx(bleu(short, [short]))
    assert bleu(["a", "b"], [["a", "x"], ["y", "b"]], order=1) == 1


@given(sentences)
def test_a_text_overlaps_itself_wholly(text: list[str]) -> None:
    assert rouge_l(text, text) == (1.0 if text else 0.0)
    assert bleu(text, [text], order=1) == (1.0 if text else 0.0)


@given(sentences, sentences)
def test_overlap_is_between_nothing_and_all_and_rouge_does_not_care_who_is_first(
    one: list[str], other: list[str]
) -> None:
    values = [bleu(one, [other]), rouge_n(one, other, 1), rouge_l(one, other)]
    assert all(0 <= value <= 1 for value in values)
    assert rouge_l(one, other) == rouge_l(other, one)
    assert rouge_l(one, other) <= rouge_n(one, other, 1) + 1e-12


@given(sentences, sentences)
def test_the_common_subsequence_is_as_long_as_the_plain_recursion_says(
    one: list[str], other: list[str]
) -> None:
    table = [[0] * (len(other) + 1) for _ in range(len(one) + 1)]
    for i, a in enumerate(one):
        for j, b in enumerate(other):
            table[i + 1][j + 1] = (
                table[i][j] + 1 if a == b else max(table[i][j + 1], table[i + 1][j])
            )
    assert common_length(one, other) == table[-1][-1]
