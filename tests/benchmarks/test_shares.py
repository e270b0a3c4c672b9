"""Figures of rows: shares, means of means, bias scores, triplets."""

from __future__ import annotations

import itertools

import pytest
from hypothesis import given
from hypothesis import strategies as st

from benchwright.benchmarks import triplets
from benchwright.benchmarks.shares import macro, mean, per_label, share
from benchwright.benchmarks.stereotypes import bias_figures, role, roles
from benchwright.core.benchmark import Row
from benchwright.core.measurement import Outcome

GRADES = ("CORRECT", "INCORRECT", "NOT_ATTEMPTED")


def row(
    answer: str | None = None,
    value: float | None = None,
    *,
    target: str = "A",
    outcome: Outcome = Outcome.SCORED,
    **tags: str,
) -> Row:
    return Row(sample="s", tags=tags, outcome=outcome, value=value, answer=answer, target=target)


def test_a_share_counts_rows_without_a_verdict_and_leaves_out_what_nobody_knows() -> None:
    rows = [
        row("CORRECT", 1.0),
        row("INCORRECT", 0.0),
        row(outcome=Outcome.EMPTY),
        row(outcome=Outcome.UNJUDGED),
        row(outcome=Outcome.FAILED),
    ]
    assert share(rows, GRADES[:1], GRADES) == pytest.approx(1 / 3)
    assert mean(rows) == pytest.approx(1 / 3)
    assert share([row("B", 1.0)], GRADES[:1], GRADES) is None
    assert share([], GRADES[:1], GRADES) is None
    assert mean([]) is None


def test_a_macro_mean_weighs_groups_not_rows() -> None:
    rows = [row(value=1.0, subject="a"), *[row(value=0.0, subject="b") for _ in range(9)]]
    assert macro(rows, "subject") == 0.5
    assert macro([], "subject") is None


def test_precision_recall_and_f1_are_those_of_the_field() -> None:
    pairs = [("1", "1"), ("1", "2"), ("2", "2"), (None, "tie"), ("2", "tie")]
    rows = [row(a, None if a is None else float(a == t), target=t) for a, t in pairs]
    precision, recall, f1 = per_label(rows, ("tie", "1", "2")) or (0, 0, 0)
    assert precision == pytest.approx((0 + 1 / 2 + 1 / 2) / 3)
    assert recall == pytest.approx((0 + 1 + 1 / 2) / 3)
    assert f1 == pytest.approx((0 + 2 / 3 + 1 / 2) / 3)
    assert per_label([], ("1",)) is None


@pytest.mark.parametrize(
    ("negative", "order"),
    [(True, ["biased", "other", "unknown"]), (False, ["other", "biased", "unknown"])],
)
def test_a_stereotype_says_of_the_others_what_a_friendly_question_asks(
    negative: bool, order: list[str]
) -> None:
    groups = [["grandfather", "old"], ["grandson", "nonOld"], ["Not known", "unknown"]]
    assert roles(groups, ["old"], negative=negative) == order


def test_where_both_or_neither_belong_to_the_group_nobody_can_tell() -> None:
    both = [["a", "Muslim"], ["b", "muslim"], ["c", "unknown"]]
    assert roles(both, ["Muslim"], negative=True) == ["?", "?", "unknown"]
    assert roles(both, ["Jewish"], negative=True) == ["?", "?", "unknown"]


ORDER = "biased other unknown"


def bias(rows: list[Row]) -> dict[str, float | None]:
    return {figure.name: figure.of(rows) for figure in bias_figures()}


def people(answers: str, *, context: str = "ambiguous", target: str = "C") -> list[Row]:
    return [
        row(a, float(a == target), target=target, context=context, order=ORDER, category="Age")
        for a in answers
    ]


def test_the_bias_scores_are_the_authors_formulas() -> None:
    found = bias(people("AAABCC") + people("AABC", context="disambiguated", target="A"))
    assert found["accuracy, ambiguous"] == pytest.approx(2 / 6)
    assert found["bias, ambiguous"] == pytest.approx((2 * 3 / 4 - 1) * (1 - 2 / 6))
    assert found["bias, disambiguated"] == pytest.approx(2 * 2 / 3 - 1)


def test_who_never_commits_has_no_bias_score_and_unread_answers_are_no_choice() -> None:
    assert bias(people("CCC"))["bias, ambiguous"] is None
    unread = row(outcome=Outcome.UNPARSED, context="ambiguous", order=ORDER)
    assert role(unread) == "unknown"
    assert bias([*people("A"), unread])["bias, ambiguous"] == 1.0


@given(st.text("ABC", min_size=1, max_size=30))
def test_swapping_the_groups_turns_the_bias_score_round(answers: str) -> None:
    swapped = answers.translate(str.maketrans("AB", "BA"))
    one, other = bias(people(answers)), bias(people(swapped))
    found, turned = one["bias, ambiguous"], other["bias, ambiguous"]
    assert (found is None) == (turned is None)
    if found is not None and turned is not None:
        assert found == pytest.approx(-turned)
        assert -1 <= found <= 1


def triplet(number: int, pattern: str, source: str = "x") -> list[Row]:
    kinds = (triplets.ORIGIN, triplets.PERCEPTION, triplets.KNOWLEDGE)
    return [
        row(value=float(mark == "T"), triplet=str(number), type=kind, source=source)
        for kind, mark in zip(kinds, pattern, strict=False)
    ]


def test_a_triplet_counts_only_if_all_three_questions_are_there_and_right() -> None:
    rows = triplet(1, "TTT") + triplet(2, "TTF") + triplet(3, "FTT") + triplet(4, "TT")
    assert triplets.genuine(rows) == 0.25
    assert triplets.gap(rows) == pytest.approx(3 / 4 - 1 / 4)
    assert triplets.consistency(triplets.PERCEPTION)(rows) == 1.0
    assert triplets.consistency(triplets.KNOWLEDGE)(rows) == pytest.approx(1 / 3)
    assert triplets.genuine([]) is None
    assert triplets.consistency(triplets.KNOWLEDGE)(triplet(1, "FTT")) is None


def test_sources_count_the_same_in_a_macro_mean() -> None:
    rows = triplet(1, "TTT", "x")
    rows += itertools.chain.from_iterable(triplet(n, "FFF", "y") for n in range(2, 6))
    assert triplets.genuine(rows) == 0.2
    assert triplets.macro(triplets.genuine)(rows) == 0.5
