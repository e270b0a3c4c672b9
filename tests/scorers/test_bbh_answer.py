from __future__ import annotations

import pytest

from benchwright.core.response import said
from benchwright.core.sample import Sample
from benchwright.scorers._kit import question
from benchwright.scorers.bbh_answer import SCORER
from benchwright.scorers.bbh_answer_paper import SCORER as PAPER

BIRDS = question(
    "The quail is left of the owl.\nOptions:\n(A) The quail is the leftmost\n"
    "(B) The owl is the leftmost\n(C) The raven is the leftmost",
    "(B)",
)
SORT = question("Sort: List: whig elm dulse it&t", "dulse elm it&t whig")
CLOSE = question("Close the brackets. Input: { { } ( (", ") ) }")


@pytest.mark.parametrize(
    "text",
    [
        "(B)",
        "B",
        "b) is not it... The answer is (B).",
        "So the answer is (B).",
        "**Answer:** (B)",
        "**Answer: (B) The owl is the leftmost**",
        "The correct answer is **B**.",
        "Final answer: $\\boxed{B}$",
        "$$\\boxed{\\text{(B)}}$$",
        "Therefore the final answer is:\n\n(B) The owl is the leftmost",
        "## Answer\n\n**(B)**",
        "I first thought the answer is (A), but no: the answer is (B).",
        "<think>the answer is (A)</think>\nThe answer is (B)",
        "The owl is the leftmost.",
        "<answer>B</answer>",
    ],
)
def test_a_letter_is_read_however_it_is_given(text: str) -> None:
    assert SCORER(BIRDS, said(text)).value == 1.0


@pytest.mark.parametrize("text", ["The answer is (A) or (B).", "Both A and B fit.", "None."])
def test_an_answer_of_several_options_or_of_none_is_no_verdict(text: str) -> None:
    assert SCORER(BIRDS, said(text)).value is None


@pytest.mark.parametrize(
    ("target", "text", "value"),
    [
        ("Yes", "We return to the start. So the answer is Yes.", 1.0),
        ("Yes", "**Yes**, you return.", 1.0),
        ("Yes", "Yes. You do not move.", 1.0),
        ("No", "No, because 3 is not 0.\n\nAnswer: No", 1.0),
        ("No", "The answer is yes", 0.0),
        ("False", "not ( True ) and ( True ) is **False**.", 1.0),
        ("False", "The result is\n\n$\\boxed{\\text{False}}$", 1.0),
        ("False", "The answer is not True.", 1.0),
        ("invalid", "The argument is deductively **invalid**.", 1.0),
        ("invalid", "the answer is: not valid", 1.0),
        ("valid", "The answer is invalid.", 0.0),
        ("-35", "= -35. So the answer is -35.", 1.0),
        ("-35", "The answer is \u221235", 1.0),
        ("1000", "**Answer:** 1,000", 1.0),
        ("12", "The answer is 12 (5 apples and 7 pears).", 1.0),
        ("12", "The final answer is 5 + 7 = 12.", 1.0),
        ("12", "Answer: twelve", 1.0),
        ("12", "\\[ \\boxed{12} \\]", 1.0),
        ("12", "The total is **12**.", 1.0),
        ("12", "I cannot tell.", None),
        ("dearth, wind, & fire", 'The answer is "dearth, wind, & fire".', 1.0),
    ],
)
def test_words_and_numbers_are_read_by_their_kind(
    target: str, text: str, value: float | None
) -> None:
    assert SCORER(question("?", target), said(text)).value == value


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("dulse elm it&t whig", 1.0),
        ("So the answer is dulse elm it&t whig.", 1.0),
        ("The sorted list is:\n\n1. dulse\n2. elm\n3. it&t\n4. whig", 1.0),
        ("**Answer:** dulse, elm, it&t, and whig.\n\nI hope that helps!", 1.0),
        ("Answer:\n- dulse\n- elm\n- it&t\n- whig\n", 1.0),
        ("the answer is `dulse` → `elm` → `it&t` → `whig`", 1.0),
        ("The answer is dulse elm whig it&t.", 0.0),
        ("The answer is dulse elm newt it&t whig.", 0.0),
        ("The answer is dulse elm.", 0.0),
        ("We look at elm and whig first.", None),
    ],
)
def test_sorted_words_are_read_from_any_list(text: str, value: float | None) -> None:
    assert SCORER(SORT, said(text)).value == value


@pytest.mark.parametrize(
    ("text", "value"),
    [
        (") ) }", 1.0),
        ("))}", 1.0),
        ("So the answer is ) ) }.", 1.0),
        ("**Answer:** `) ) }`", 1.0),
        ("The answer is { { } ( ( ) ) }", 1.0),
        ("The final answer is $) ) \\}$.", 1.0),
        ("The answer is ) }", 0.0),
        ("3: ( ; stack: { (\n4: ) ; stack: )", None),
    ],
)
def test_closing_brackets_are_read_with_or_without_what_they_close(
    text: str, value: float | None
) -> None:
    assert SCORER(CLOSE, said(text)).value == value


def test_what_only_a_guess_at_its_place_read_is_a_fallback() -> None:
    assert SCORER(question("?", "12"), said("It is 5 + 7\nwhich makes 12")).fallback
    assert not SCORER(question("?", "12"), said("The answer is 12")).fallback


@pytest.mark.parametrize(
    ("sample", "text", "value"),
    [
        (BIRDS, "the answer is (B).", 1.0),
        (BIRDS, "The answer is (B).", 0.0),
        (BIRDS, "(B)", 1.0),
        (BIRDS, "B", 0.0),
        (BIRDS, "the answer is (A). No: the answer is (B)", 1.0),
        (question("?", "Yes"), "the answer is yes.", 0.0),
        (BIRDS, "", None),
    ],
)
def test_the_released_rule_compares_exactly(sample: Sample, text: str, value: float | None) -> None:
    assert PAPER(sample, said(text)).value == value
