from __future__ import annotations

import pytest

from benchwright.scorers.choice_letter import SCORER, extract, strict


@pytest.mark.parametrize(
    ("text", "letter", "rule"),
    [
        ("B", "B", "whole"),
        (" **(B)**. ", "B", "whole"),
        ("$\\boxed{B}$", "B", "whole"),
        ("so $\\boxed{B}$", "B", "stated"),
        ("I think A at first. The answer is B.", "B", "stated"),
        ("The correct answer is **B**", "B", "stated"),
        ("Answer: option D", "D", "stated"),
        ("The answer is A. No, wait: the answer is C.", "C", "stated"),
        ("B) dog", "B", "opening"),
        ("B\nbecause it barks", "B", "opening"),
        ("Dog.", "B", "option text"),
        ("It shows a red fox in the snow", "C", "named"),
        ("I would say B here", "B", "alone"),
        ("A dog", "B", "option text"),
        ("A cat and a dog", None, "no rule reads one option"),
        ("B or C", None, "no rule reads one option"),
        ("The answer is a matter of taste", None, "no rule reads one option"),
        ("The answer is E", None, "no rule reads one option"),
        ("Answer: A picture of nothing", None, "no rule reads one option"),
    ],
)
def test_the_chain_reads(animals, text: str, letter: str | None, rule: str) -> None:
    assert extract(text, animals) == (letter, rule)


@pytest.mark.parametrize(
    ("text", "letter"),
    [
        ("B", "B"),
        ("B) dog. The answer is B.", "B"),
        ("The answer is A. No: the answer is C.", None),
        ("It shows a red fox", None),
    ],
)
def test_the_strict_extractor_needs_one_letter_stated_outright(
    animals, text: str, letter: str | None
) -> None:
    assert strict(text, animals) == letter


def test_two_extractors_that_disagree_are_flagged(animals, answer) -> None:
    score = SCORER(animals, answer("The answer is A. No: the answer is B."))
    assert (score.value, score.answer, score.strict_answer) == (1.0, "B", None)
    assert score.extractors_agree is False


def test_what_only_a_fallback_reads_is_marked(animals, answer) -> None:
    assert SCORER(animals, answer("this looks like a dog to me")).fallback
    assert not SCORER(animals, answer("The answer is B")).fallback


def test_an_option_within_another_option_does_not_confuse(animals, answer) -> None:
    from msgspec.structs import replace

    sample = replace(animals, choices=("fox", "red fox", "cat", "wolf"))
    assert extract("surely the red fox there", sample) == ("B", "named")
