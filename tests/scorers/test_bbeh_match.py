from __future__ import annotations

import pytest

from benchwright.core.response import said
from benchwright.scorers._kit import question
from benchwright.scorers.bbeh_match import SCORER
from benchwright.scorers.bbeh_match_paper import SCORER as PAPER


@pytest.mark.parametrize(
    ("text", "target", "right"),
    [
        # The repository's own checks.
        ("Ok The final answer is: \\boxed{4}.", "4", True),
        ("[Reasoning] The final answer is: \\boxed{4}.", "3", False),
        ("Alright! The final answer is: 2, 3, 4", "2,3,4", True),
        ("blah blah The final answer is: 2, 3, 4", "2,3,5", False),
        ("Ok The answer is: (A)", "a", True),
        ("Ok The answer is: (A)", "b", False),
        ("Ok The answer is: **25**\nHere's why.", "25.0", True),
        ("Ok The answer is: **25**\nHere's why.", "26.0", False),
        # Further quirks.
        ("The answer is: a", "(A)", True),
        ("The answer is: cant", "can't", True),
        ("The answer is: thursday", "[thursday]", True),
        ("The answer is: who?", "who", True),
        ("the answer is: 4", "4", False),
        ("4", "4", True),
    ],
)
def test_the_released_match_is_met(text: str, target: str, right: bool) -> None:
    assert PAPER(question("?", target), said(text)).value == float(right)


@pytest.mark.parametrize(
    ("text", "target", "value"),
    [
        ("the answer is: 4", "4", 1.0),
        ("**Answer:** 1,372 fruits", "1372", 1.0),
        ("So A + B - C = 3 - 47 = -44.\n\nThe answer is: **-44**", "-44", 1.0),
        ("$$\\boxed{90,\\ 2}$$", "90, 2", 0.0),
        ("The answer is: 90,2", "90, 2", 1.0),
        ("The answer is: (E) not not True", "(E)", 1.0),
        ("The answer is: (A) or (E)", "(E)", 0.0),
        ("**Final Answer**\n\n(E)", "(E)", 1.0),
        ("The answer is: B, C", "BC", 1.0),
        ("The answer is: B and C", "BC", 1.0),
        ("The answer is: BCD", "BC", 0.0),
        ("The answer is: AC,D, BD", "AC, D, BD", 1.0),
        ("The answer is: unknown, since two clues contradict", "unknown", 1.0),
        ("The answer is: no, unknown, no", "no", 0.0),
        ("The answer is: disproved", "proved", 0.0),
        ("The answer is: friday, thursday", "[friday, thursday]", 1.0),
        ("<think>The answer is: 3</think>The answer is: 4", "4", 1.0),
        ("First the answer is 3. After a check: the answer is 4.", "4", 1.0),
        ("**disproved**", "disproved", 1.0),
        ("I cannot say.\nIt may be 4.\n", "5", 0.0),
        ("", "4", None),
    ],
)
def test_the_answer_stated_last_is_matched(text: str, target: str, value: float | None) -> None:
    assert SCORER(question("?", target), said(text)).value == value


def test_both_extractors_verdicts_are_compared() -> None:
    score = SCORER(question("?", "4"), said("the answer is 4"))
    assert (score.value, score.extractors_agree, score.strict_answer) == (
        1.0,
        False,
        "the answer is 4",
    )
