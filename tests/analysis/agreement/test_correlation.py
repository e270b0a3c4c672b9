"""Correlations: against counting by hand, known tables, and what must not change them."""

from __future__ import annotations

import itertools
import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from benchwright.analysis.agreement.correlation import (
    SMALL,
    correlation,
    kendall,
    pearson,
    ranks,
    spearman,
)
from benchwright.core.errors import DataError

VALUES = st.lists(
    st.tuples(st.integers(-5, 5).map(float), st.integers(-5, 5).map(float)), min_size=2, max_size=25
)


def counted(a: list[float], b: list[float]) -> float:
    """Tau-b by looking at every pair."""
    agreed = untied_a = untied_b = 0
    for (x, y), (z, w) in itertools.combinations(zip(a, b, strict=True), 2):
        agreed += int(np.sign(x - z) * np.sign(y - w))
        untied_a += x != z
        untied_b += y != w
    return agreed / math.sqrt(untied_a * untied_b) if untied_a and untied_b else math.nan


@given(pairs=VALUES)
def test_tau_is_what_counting_every_pair_gives(pairs: list[tuple[float, float]]) -> None:
    a, b = map(list, zip(*pairs, strict=True))

    expected = counted(a, b)

    assert kendall(a, b) == pytest.approx(expected, nan_ok=True)
    assert correlation(a, b).value == pytest.approx(expected, nan_ok=True)


def test_sorting_and_comparing_give_the_same_tau() -> None:
    chance = np.random.default_rng(1)
    for count in (SMALL, SMALL + 1, 1000):
        a = chance.integers(0, 40, count)
        b = a + chance.integers(0, 40, count)

        assert kendall(a, b) == pytest.approx(correlation(a, b).value, abs=1e-12)


def test_tau_and_its_exact_p_value_of_the_protocol() -> None:
    found = correlation([1, 2, 3, 4, 5], [1, 3, 2, 4, 5])

    assert found.value == 0.8
    assert found.p == pytest.approx(1 / 12)


def test_the_exact_p_value_is_the_share_of_permutations() -> None:
    order = [2, 0, 3, 1, 5, 4]
    observed = abs(kendall(range(6), order))

    found = correlation(range(6), order).p

    as_far = [abs(kendall(range(6), one)) >= observed - 1e-12 for one in _permutations(6)]
    assert found == pytest.approx(np.mean(as_far))


def test_students_two_soporifics_come_out() -> None:
    # Biometrika 6, 1908: ten sleepers; r = .795, as every textbook has it.
    drug = [0.7, -1.6, -0.2, -1.2, -0.1, 3.4, 3.7, 0.8, 0.0, 2.0]
    other = [1.9, 0.8, 1.1, 0.1, -0.1, 4.4, 5.5, 1.6, 4.6, 3.4]

    found = correlation(drug, other, "pearson")

    assert found.value == pytest.approx(0.7951702, abs=1e-6)
    assert found.p == pytest.approx(0.005918, abs=1e-4)


@given(pairs=VALUES)
def test_columns_may_be_swapped_reordered_and_scaled(pairs: list[tuple[float, float]]) -> None:
    a, b = (np.array(column) for column in zip(*pairs, strict=True))
    order = np.random.default_rng(0).permutation(len(a))
    for correlate in (kendall, pearson, spearman):
        value = correlate(a, b)

        assert correlate(b, a) == pytest.approx(value, nan_ok=True)
        assert correlate(a[order], b[order]) == pytest.approx(value, nan_ok=True)
        assert correlate(3 * a + 1, b) == pytest.approx(value, nan_ok=True)
        assert correlate(-a, b) == pytest.approx(-value, nan_ok=True)


@given(pairs=VALUES)
def test_rising_transforms_leave_tau_and_rho_as_they_are(
    pairs: list[tuple[float, float]],
) -> None:
    a, b = (np.array(column) for column in zip(*pairs, strict=True))

    assert kendall(np.exp(a), b**3) == pytest.approx(kendall(a, b), nan_ok=True)
    assert spearman(np.exp(a), b**3) == pytest.approx(spearman(a, b), nan_ok=True)


@given(values=st.lists(st.floats(-1e300, 1e300), min_size=2, max_size=30))
@settings(max_examples=60)
def test_a_column_agrees_with_itself_entirely(values: list[float]) -> None:
    expected = math.nan if min(values) == max(values) else 1.0

    assert kendall(values, values) == pytest.approx(expected, nan_ok=True)
    assert spearman(values, values) == pytest.approx(expected, nan_ok=True)
    assert pearson(values, values) == pytest.approx(expected, nan_ok=True)


def test_pairs_with_an_unknown_value_are_left_out() -> None:
    a, b = [1, 2, math.nan, 4, 9], [2, 1, 7, 3, math.nan]

    assert kendall(a, b) == kendall([1, 2, 4], [2, 1, 3])
    assert correlation(a, b).pairs == 3


@pytest.mark.parametrize(
    ("a", "b", "reason"),
    [
        ([], [], "0 common values"),
        ([1, math.nan], [2, 3], "1 common value:"),
        ([1, 1, 1], [1, 2, 3], "all values of a column are the same"),
    ],
)
def test_what_says_nothing_says_why(a: list[float], b: list[float], reason: str) -> None:
    for kind in ("kendall", "pearson", "spearman"):
        found = correlation(a, b, kind)

        assert math.isnan(found.value)
        assert math.isnan(found.p)
        assert found.reason.startswith(reason)


@pytest.mark.parametrize("b", [[1, 2], [1, 2, math.inf]])
def test_columns_that_do_not_fit_are_refused(b: list[float]) -> None:
    for correlate in (kendall, pearson, spearman):
        with pytest.raises(DataError):
            correlate([1, 2, 3], b)


def test_equal_values_share_the_mean_of_their_places() -> None:
    assert ranks([30, 10, 20, 20]).tolist() == [4, 1, 2.5, 2.5]


def test_the_normal_p_value_is_near_the_exact_one() -> None:
    chance = np.random.default_rng(3)
    a = chance.normal(size=33)
    b = a + 2 * chance.normal(size=33)
    exact = correlation(a, b).p

    # Two neighbours become equal: hardly another order, and no exact distribution.
    first, second = np.argsort(a)[15:17]
    a[first] = a[second]

    assert correlation(a, b).p == pytest.approx(exact, rel=0.25)


def _permutations(count: int) -> list[tuple[int, ...]]:
    return list(itertools.permutations(range(count)))
