from __future__ import annotations

from collections.abc import Callable

import pytest

from benchwright.core.content import Text
from benchwright.core.errors import ScoringError
from benchwright.core.flow import drive
from benchwright.core.measurement import Outcome, Score
from benchwright.core.request import Request, transcript
from benchwright.core.response import Failure, Response
from benchwright.core.sample import Sample
from benchwright.scorers.pairwise_judge import SCORER as JUDGE
from benchwright.scorers.pandalm_verdict import SCORER
from benchwright.scorers.pandalm_verdict_paper import SCORER as PAPER
from benchwright.scorers.recorded_verdict import SCORER as RECORDED


@pytest.mark.parametrize(
    ("reply", "read", "on_paper"),
    [
        ("1\n\n### Reason: it is shorter", "1", "1"),
        ("2", "2", "2"),
        ("Tie", "tie", "tie"),
        ("TIE\nBoth are good", "tie", "tie"),
        (" 1 \nx", "1", "1"),
        ("Response 1 is better", "1", "tie"),
        ("**Response 2** is the better one.\nIt is kind.", "2", "tie"),
        ("The answer is 2.", "2", "tie"),
        ("Verdict: Tie", "tie", "tie"),
        ("1.", "1", "tie"),
        ("3", None, "tie"),
        ("1. Paris", None, "tie"),
        ("Tie-In", None, "tie"),
        ("Response 2:\nDear Ann", None, "tie"),
        ("Response 1 is better than nothing", None, "tie"),
        ("Response 1 is not better", None, "tie"),
        ("The answer is 12", None, "tie"),
    ],
)
def test_a_verdict_is_the_first_line(answer, reply: str, read: str | None, on_paper: str) -> None:
    sample = Sample(id="s", input=(Text("?"),), target="1")
    assert SCORER(sample, answer(reply)).answer == read
    assert PAPER(sample, answer(reply)).answer == on_paper


def test_recorded_verdicts_write_a_tie_as_zero(answer) -> None:
    sample = Sample(id="s", input=(Text("?"),), target="tie")
    assert RECORDED(sample, answer("0")).value == 1.0
    assert RECORDED(sample, answer("Tie")).value == 1.0
    assert RECORDED(sample, answer("garbage")).value is None


SAMPLE = Sample(
    id="s", input=(Text("Say hello."),), metadata={"opponent": "Go away.", "input": "to Ann"}
)


def judged(judge: Callable[[Request], Response | Failure], text: str = "Hello!") -> Score:
    return drive(JUDGE(SAMPLE, Response(parts=(Text(text),))), judge)


def test_a_judge_is_asked_in_both_orders_under_its_own_role() -> None:
    asked: list[Request] = []

    def judge(request: Request) -> Response:
        asked.append(request)
        shown = transcript(request)
        first = shown.index("Hello!") < shown.index("Go away.")
        return Response(parts=(Text("1" if first else "2"),))

    score = judged(judge)
    assert score.value == 1.0
    assert [request.role for request in asked] == ["judge", "judge"]
    assert "### Input:\nto Ann" in transcript(asked[0])
    assert asked[0].messages != asked[1].messages


@pytest.mark.parametrize(("verdict", "value"), [("1", 0.5), ("2", 0.5), ("tie", 0.5)])
def test_a_judge_that_prefers_a_place_gives_half(verdict: str, value: float) -> None:
    assert judged(lambda _: Response(parts=(Text(verdict),))).value == value


def test_an_unreadable_or_failed_judge_leaves_the_sample_unjudged() -> None:
    unreadable = judged(lambda _: Response(parts=(Text("I like both"),)))
    assert (unreadable.outcome, unreadable.value) == (Outcome.UNJUDGED, None)
    failed = judged(lambda _: Failure(kind="timeout", message="slow"))
    assert (failed.outcome, failed.value) == (Outcome.UNJUDGED, None)
    assert "timeout" in failed.explanation


def test_an_empty_answer_is_not_sent_to_a_judge() -> None:
    def never(_: Request) -> Response:
        raise AssertionError("the judge was asked")

    assert judged(never, text=" ").value is None


def test_a_sample_without_an_opponent_is_a_broken_contract() -> None:
    bare = Sample(id="bare", input=(Text("?"),))
    with pytest.raises(ScoringError, match="bare"):
        drive(JUDGE(bare, Response(parts=(Text("x"),))), lambda _: Response())
