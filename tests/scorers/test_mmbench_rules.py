from __future__ import annotations

import pytest

from benchwright.core.measurement import Outcome
from benchwright.scorers.mmbench_rules import SCORER
from benchwright.scorers.mmbench_rules_paper import SCORER as PAPER

TOO_LONG = "There is clearly a red fox standing in the middle of this very long picture."

CASES = [
    # (text, read with the article guard, read as released)
    ("(B).", "B", "B"),
    ("The answer is B because the picture shows a dog with long ears", "B", "B"),
    ("A dog", "B", "A"),
    ("B or C", None, "Z"),
    ("It is a dog", "B", "B"),
    ("cat and dog", None, "Z"),
    (TOO_LONG, None, "Z"),
    ("the correct answer is **c** I am sure of it, without any doubt at all", "C", "C"),
    ("Z", None, "Z"),
    ("Failed to obtain answer via API.", None, "Z"),
]


@pytest.mark.parametrize(("text", "guarded", "released"), CASES)
def test_both_modes_read(animals, answer, text: str, guarded: str | None, released: str) -> None:
    assert SCORER(animals, answer(text)).answer == guarded
    assert PAPER(animals, answer(text)).answer == released


def test_a_stated_refusal_is_refused_and_in_paper_mode_wrong(animals, answer) -> None:
    refusal = answer("Sorry, I can't help with images of people yet.")
    assert SCORER(animals, refusal).outcome is Outcome.REFUSED
    assert SCORER(animals, refusal).value is None
    assert (PAPER(animals, refusal).value, PAPER(animals, refusal).answer) == (0.0, "Z")
