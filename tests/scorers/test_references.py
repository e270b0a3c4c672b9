from __future__ import annotations

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from benchwright.core.errors import ScoringError
from benchwright.core.flow import drive
from benchwright.core.measurement import Outcome, Score
from benchwright.core.request import Request
from benchwright.core.response import Failure, Response, said
from benchwright.scorers._judging import fenced, read_yes_no
from benchwright.scorers._kit import question
from benchwright.scorers._references import example, kept, references, weighed
from benchwright.scorers.simpleqa_judge import SCORER as GRADE
from benchwright.scorers.simpleqa_judge import read_grade, read_grade_paper
from benchwright.scorers.simpleqa_judge_paper import SCORER as GRADE_PAPER
from benchwright.scorers.truthfulqa_judge import SCORER as TRUTH
from benchwright.scorers.truthfulqa_judge import VERDICTS
from benchwright.scorers.truthfulqa_mc1 import SCORER as MC1
from benchwright.scorers.truthfulqa_mc2 import SCORER as MC2

SKY = example()  # true: Blue., Sky blue.; false: Green., It has none.


def value(score: Score | object) -> float | None:
    assert isinstance(score, Score)
    return score.value


def test_mc1_asks_for_a_lead_over_every_false_answer_and_ignores_other_true_ones() -> None:
    assert value(MC1(SKY, weighed(-2.0, -1.0, -3.0, -4.0))) == 1.0
    assert value(MC1(SKY, weighed(-2.0, -9.0, -1.9, -4.0))) == 0.0
    tie = MC1(SKY, weighed(-2.0, -9.0, -2.0, -4.0))
    assert (value(tie), "tie" in getattr(tie, "explanation", "")) == (0.0, True)


def test_mc2_is_the_true_answers_share_of_the_probability() -> None:
    expected = (math.exp(-1) + math.exp(-2)) / sum(math.exp(-n) for n in (1, 2, 3, 4))
    assert value(MC2(SKY, weighed(-1.0, -2.0, -3.0, -4.0))) == pytest.approx(expected)


def test_mc2_does_not_underflow_where_every_answer_is_very_unlikely() -> None:
    found = value(MC2(SKY, weighed(-1001.0, -1002.0, -1003.0, -1004.0)))
    assert found == pytest.approx(value(MC2(SKY, weighed(-1.0, -2.0, -3.0, -4.0))))
    assert value(MC2(SKY, weighed(*[-math.inf] * 4))) is None


@given(st.lists(st.floats(-400, 0), min_size=4, max_size=4), st.floats(-50, 50))
def test_mc2_is_a_share_that_no_common_factor_changes(values: list[float], shift: float) -> None:
    one, other = (value(MC2(SKY, weighed(*v))) for v in (values, [v + shift for v in values]))
    assert one is not None
    assert 0 <= one <= 1
    assert one == pytest.approx(other, abs=1e-6)


def test_an_answer_listed_as_true_and_as_false_counts_on_both_sides() -> None:
    both = replace(SKY, metadata=kept(("Blue.", "Unknown."), ("Green.", "Unknown.")))
    assert references(both).every == ("Blue.", "Unknown.", "Green.")
    assert value(MC2(both, weighed(-900.0, -1.0, -900.0))) == pytest.approx(0.5)


def test_a_wrong_number_of_log_likelihoods_is_a_broken_contract() -> None:
    for scorer in (MC1, MC2):
        with pytest.raises(ScoringError, match="2 log-likelihoods for 4 reference answers"):
            scorer(SKY, weighed(-1.0, -2.0))


def judged(scorer, response: Response, *replies: str | Failure, sample=None):  # type: ignore[no-untyped-def]
    asked: list[Request] = []
    left = iter(replies)

    def judge(request: Request) -> Response | Failure:
        asked.append(request)
        reply = next(left)
        return reply if isinstance(reply, Failure) else said(reply)

    flow = scorer(sample or SKY, response)
    return drive(flow, judge), asked


@pytest.mark.parametrize(
    ("replies", "expected", "answer"),
    [
        (("Yes", "Yes."), 1.0, "true, informative"),
        (("yes", "**No**"), 1.0, "true, not informative"),
        (("No, it is green.", "Yes"), 0.0, "false, informative"),
    ],
)
def test_truth_and_information_are_two_questions(
    replies: tuple[str, str], expected: float, answer: str
) -> None:
    score, asked = judged(TRUTH, said("Blue, I think."), *replies)
    assert (score.value, score.answer) == (expected, answer)
    assert answer in VERDICTS
    assert [request.role for request in asked] == ["judge", "judge"]
    texts = ["".join(p.text for p in request.messages[0].parts) for request in asked]  # type: ignore[union-attr]
    assert all("Blue, I think." in text for text in texts)
    assert "It has none." in texts[0]
    assert "It has none." not in texts[1]


def test_a_judge_that_says_neither_or_nothing_leaves_the_answer_unjudged() -> None:
    for replies in (("Perhaps", "Yes"), ("Yes", "")):
        assert judged(TRUTH, said("Blue."), *replies)[0].outcome is Outcome.UNJUDGED
    failed = Failure(kind="timeout", message="late")
    assert judged(TRUTH, said("Blue."), failed, "Yes")[0].outcome is Outcome.UNJUDGED
    fact = question("Which year?", "1945")
    assert judged(GRADE, said("1945"), failed, sample=fact)[0].outcome is Outcome.UNJUDGED
    assert judged(GRADE, said("1945"), "Hm.", sample=fact)[0].outcome is Outcome.UNJUDGED


@pytest.mark.parametrize(
    ("reply", "grade", "paper"),
    [
        ("A", "CORRECT", "CORRECT"),
        (" **B**", "INCORRECT", "INCORRECT"),
        ("C: NOT_ATTEMPTED", "NOT_ATTEMPTED", "NOT_ATTEMPTED"),
        ("CORRECT", "CORRECT", "NOT_ATTEMPTED"),
        ("INCORRECT", "INCORRECT", "NOT_ATTEMPTED"),
        ("not attempted", "NOT_ATTEMPTED", "NOT_ATTEMPTED"),
        ("The grade is A", "CORRECT", "CORRECT"),
        ("**Grade: B**", "INCORRECT", "INCORRECT"),
        ("It is A", None, "CORRECT"),
        ("Because it agrees", None, "INCORRECT"),
        ("", None, "NOT_ATTEMPTED"),
    ],
)
def test_grades_are_read_by_our_rule_and_by_the_released_one(
    reply: str, grade: str | None, paper: str
) -> None:
    assert read_grade(reply) == grade
    assert read_grade_paper(reply) == paper
    score, _ = judged(GRADE_PAPER, said("1945"), reply, sample=question("Which year?", "1945"))
    assert score.answer == paper


@given(st.text(alphabet="'ab\n", max_size=60))
def test_a_response_cannot_close_the_fence_that_it_stands_in(text: str) -> None:
    shown = fenced(text)
    fence = shown.partition("\n")[0]
    assert set(fence) == {"'"}
    assert fence not in text
    assert shown == f"{fence}\n{text}\n{fence}"


def test_yes_and_no_open_the_reply_or_are_not_read() -> None:
    assert read_yes_no("(Yes)") is True
    assert read_yes_no("no") is False
    assert read_yes_no("**Truthful:** Yes") is True
    assert read_yes_no("Informative? No.") is False
    assert read_yes_no("Yesterday") is None
    assert read_yes_no("Well, yes") is None
