from __future__ import annotations

import pytest

from benchwright.core.content import Text
from benchwright.core.sample import Sample
from benchwright.scorers.gsm8k_number import SCORER, last, marked


@pytest.mark.parametrize(
    ("text", "after_mark", "last_number"),
    [
        ("9 * 2 = 18\n#### 18", "18", "18"),
        ("#### 1,234", "1234", "1234"),
        ("#### $5\nSo 7 people came.", "5", "7"),
        ("#### -3", "-3", "-3"),
        ("She has 4 apples and 10.50 dollars.", None, "10.5"),
        ("from 3-4 to 7", None, "7"),
        ("it costs $1,000.", None, "1000"),
        ("x2 and y3", None, None),
        ("none", None, None),
        ("-0", None, "0"),
    ],
)
def test_both_rules_read(text: str, after_mark: str | None, last_number: str | None) -> None:
    assert (marked(text), last(text)) == (after_mark, last_number)


def test_the_mark_goes_before_the_last_number_and_their_difference_is_flagged(answer) -> None:
    sample = Sample(id="s", input=(Text("?"),), target="5")
    score = SCORER(sample, answer("#### 5\nSo 7 people came."))
    assert (score.value, score.answer, score.strict_answer) == (1.0, "5", "5")
    assert (score.extractors_agree, score.fallback) == (False, False)


def test_the_last_number_is_a_fallback(answer) -> None:
    sample = Sample(id="s", input=(Text("?"),), target="7")
    score = SCORER(sample, answer("So 7 people came."))
    assert (score.value, score.strict_answer, score.fallback) == (1.0, None, True)
