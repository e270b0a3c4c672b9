from __future__ import annotations

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from benchwright.benchmarks.pass_at_k import of_rows, pass_at_k
from benchwright.core.benchmark import Row
from benchwright.core.measurement import Outcome


@pytest.mark.parametrize(
    ("n", "c", "k", "known"),
    [(10, 3, 1, 0.3), (10, 3, 5, 0.916667), (200, 20, 10, 0.660226), (5, 1, 1, 0.2), (5, 1, 5, 1)],
)
def test_the_estimate_is_the_authors(n: int, c: int, k: int, known: float) -> None:
    assert pass_at_k(n, c, k) == pytest.approx(known, abs=1e-6)


@given(
    st.integers(1, 60).flatmap(
        lambda n: st.tuples(st.just(n), st.integers(0, n), st.integers(1, n))
    )
)
def test_it_is_the_share_of_draws_that_hold_a_right_answer(drawn: tuple[int, int, int]) -> None:
    n, c, k = drawn
    assert pass_at_k(n, c, k) == pytest.approx(1 - math.comb(n - c, k) / math.comb(n, k), abs=1e-9)


@pytest.mark.parametrize(
    ("n", "c", "k"),
    [(5, 2, 6), (0, 0, 1), (5, 6, 1), (5, -1, 1), (5, 1, 0), (5, 1.5, 1), (5, True, 1)],
)
def test_what_cannot_be_known_is_refused(n: int, c: int, k: int) -> None:
    with pytest.raises(ValueError, match="pass@"):
        pass_at_k(n, c, k)


def rows(*values: float | None, sample: str = "a", outcome: Outcome = Outcome.SCORED) -> list[Row]:
    return [
        Row(sample=sample, repeat=n, value=value, outcome=outcome) for n, value in enumerate(values)
    ]


def test_repeats_are_the_answers_and_questions_count_the_same() -> None:
    both = [*rows(1, 0, 0, 0), *rows(1, 1, 1, 1, 1, sample="b")]
    assert of_rows(both, 2) == pytest.approx((0.5 + 1) / 2)


def test_an_answer_without_code_is_wrong_and_one_that_never_came_is_none() -> None:
    unread = rows(None, outcome=Outcome.UNPARSED)
    assert of_rows([*rows(1), *unread], 1) == pytest.approx(0.5)
    assert of_rows([*rows(1), *rows(None, outcome=Outcome.FAILED)], 1) == 1
    assert of_rows([*rows(1), *rows(None, outcome=Outcome.UNJUDGED)], 2) is None


def test_it_is_unknown_where_one_question_has_too_few_answers_or_a_share_for_a_verdict() -> None:
    assert of_rows([*rows(1, 0), *rows(1, sample="b")], 2) is None
    assert of_rows(rows(0.5, 1), 1) is None
    assert of_rows([], 1) is None
