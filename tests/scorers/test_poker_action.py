from __future__ import annotations

import pytest

from benchwright.benchmarks.poker import FIGURES
from benchwright.core.benchmark import Row
from benchwright.core.content import Text
from benchwright.core.measurement import Outcome
from benchwright.core.response import said
from benchwright.core.sample import Sample
from benchwright.scorers._poker import decision
from benchwright.scorers._stated import without_thinking
from benchwright.scorers.poker_action import SCORER
from benchwright.scorers.poker_action_paper import SCORER as PAPER

FIGURE = {figure.name: figure.of for figure in FIGURES}


def asked(target: str) -> Sample:
    return Sample(id="x", input=(Text("?"),), target=target)


@pytest.mark.parametrize(
    ("answer", "read"),
    [
        ("raise 11.0", "raise 11"),
        (" **Raise** to 11bb.", "raise 11"),
        ("Raise: $6.50", "raise 6.5"),
        ("bet 24 chips", "bet 24"),
        ("**Check.**", "check"),
        ("I fold.", "fold"),
        ("All-in!", "all in"),
        ("allin", "all in"),
        ("I'd call here; raising to 12 would be too loose.", "call"),
        ("My optimal action is to call", "call"),
        ("With a set you could bet or raise. My decision: raise to 9.", "raise 9"),
        ("You should not fold. The best action is a bet of 5.", "bet 5"),
        ("Do not call. Fold.", "fold"),
        ("The current action is to raise. I'd fold.", "fold"),
        ("<think>fold? call?</think>Calling", "call"),
        ("The BTN's betting range is wide, so calling is best", "bet"),
        ("I cannot help with gambling.", None),
        ("Recall the pot odds of the foldable range", None),
    ],
)
def test_a_decision_is_read_in_whatever_dress(answer: str, read: str | None) -> None:
    assert decision(without_thinking(answer))[0] == read


@pytest.mark.parametrize(
    ("target", "answer", "exact", "same_kind"),
    [
        ("raise 11.0", "raise 11", 1, 1),
        ("raise 11.0", "raise 12", 0, 1),
        ("raise 11.0", "call", 0, 0),
        ("bet 3", "raise 3", 0, 0),
    ],
)
def test_the_protocols_examples_come_out(
    target: str, answer: str, exact: float, same_kind: float
) -> None:
    score = SCORER(asked(target), said(answer))
    row = Row(sample="x", value=score.value, answer=score.answer, target=target)
    assert score.value == exact
    assert FIGURE["action accuracy"]([row]) == same_kind


@pytest.mark.parametrize(
    ("target", "answer", "corrected", "released"),
    [
        ("raise 1", "raise 12", 0, 1),
        ("check", "I would not check but bet 3", 0, 1),
        ("bet 4", "Bet 4", 1, 1),
        ("bet 4", "bet", 0, 0),
    ],
)
def test_the_released_rule_looks_for_the_target_anywhere(
    target: str, answer: str, corrected: float, released: float
) -> None:
    assert SCORER(asked(target), said(answer)).value == corrected
    assert PAPER(asked(target), said(answer)).value == released


def test_both_weightings_are_shown_and_silence_is_wrong() -> None:
    def row(stage: str, value: float | None, answer: str | None) -> Row:
        outcome = Outcome.UNPARSED if value is None else Outcome.SCORED
        tags = {"stage": stage}
        return Row(
            sample="x", tags=tags, outcome=outcome, value=value, answer=answer, target="bet 3"
        )

    rows = [row("preflop", 1.0, "bet 3"), *[row("postflop", 0.0, "bet 4")] * 2]
    rows.append(row("postflop", None, None))
    assert FIGURE["exact match, by item"](rows) == 0.25
    assert FIGURE["action accuracy, by item"](rows) == 0.75
    assert FIGURE["action accuracy"](rows) == pytest.approx((1 + 2 / 3) / 2)
