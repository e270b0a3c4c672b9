from __future__ import annotations

import pytest

from benchwright.core.content import Text
from benchwright.core.sample import Sample
from benchwright.scorers.mmlu_pro_chain import SCORER, extract


@pytest.mark.parametrize(
    ("text", "read"),
    [
        # The strings of the reference specification.
        ("The answer is (C).", ("C", 1)),
        ("Answer: D", ("D", 2)),
        ("I pick option B then C", ("C", 3)),
        ("answer is K", (None, 0)),
        # Details of its three steps.
        ("the answer is (A). So the answer is (B).", ("A", 1)),
        ("The answer is **(C)**", ("C", 1)),
        ("answer:\n\n  E", ("E", 2)),
        ("Answer: A or rather answer: B\nAnswer: C", ("B", 2)),
        ("Answer: A, final Answer:\nB", ("B", 2)),
        ("Answer: Answer: F", ("F", 2)),
        ("ANSWER: F", ("F", 3)),
        ("A\nB\nC?", ("C", 3)),
        ("ABC", (None, 0)),
        ("a b c", (None, 0)),
    ],
)
def test_the_chain_reads(text: str, read: tuple[str | None, int]) -> None:
    assert extract(text) == read


def test_a_letter_beyond_the_options_is_read_and_wrong(answer) -> None:
    sample = Sample(id="s", input=(Text("?"),), choices=("x", "y"), target="B")
    score = SCORER(sample, answer("The answer is (J)"))
    assert (score.value, score.answer) == (0.0, "J")


def test_the_strict_extractor_is_the_first_step_alone(answer) -> None:
    sample = Sample(id="s", input=(Text("?"),), choices=("x", "y"), target="B")
    first, third = SCORER(sample, answer("answer is B")), SCORER(sample, answer("so B"))
    assert (first.strict_answer, first.extractors_agree) == ("B", True)
    assert (third.value, third.strict_answer, third.extractors_agree) == (1.0, None, False)
    assert not third.fallback
