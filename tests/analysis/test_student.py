from __future__ import annotations

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from benchwright.analysis.student import normal_quantile, sign_test, t_quantile, t_tail


@pytest.mark.parametrize(
    ("confidence", "df", "table"),
    [
        # Fisher and Yates' table of t, as printed in any textbook.
        (0.95, 1, 12.706),
        (0.95, 2, 4.303),
        (0.95, 4, 2.776),
        (0.95, 10, 2.228),
        (0.95, 30, 2.042),
        (0.95, 120, 1.980),
        (0.99, 5, 4.032),
        (0.90, 15, 1.753),
        (0.95, math.inf, 1.960),
    ],
)
def test_quantiles_of_t_are_those_of_the_tables(confidence: float, df: float, table: float) -> None:
    assert t_quantile(confidence, df) == pytest.approx(table, abs=6e-4)


@given(st.floats(0.01, 40), st.floats(1, 1e6))
def test_a_quantile_undoes_its_tail(t: float, df: float) -> None:
    p = t_tail(t, df)
    if 1e-9 < p < 1 - 1e-9:
        assert t_quantile(1 - p, df) == pytest.approx(t, rel=1e-4)


def test_t_becomes_normal_with_many_degrees_of_freedom() -> None:
    assert t_quantile(0.95, 1e7) == pytest.approx(normal_quantile(0.95), abs=1e-6)
    assert t_tail(1.959964, math.inf) == pytest.approx(0.05, abs=1e-6)


def test_the_sign_test_is_the_binomial_tail_doubled() -> None:
    assert sign_test(8, 2) == pytest.approx(2 * (1 + 10 + 45) / 1024)
    assert sign_test(2, 8) == sign_test(8, 2)


def test_without_discordant_pairs_nothing_speaks_for_a_difference() -> None:
    assert sign_test(0, 0) == 1.0
    assert sign_test(5, 5) == 1.0


def test_the_sign_test_stays_finite_for_many_pairs() -> None:
    assert 0 < sign_test(10_000, 10_300) < 0.05
