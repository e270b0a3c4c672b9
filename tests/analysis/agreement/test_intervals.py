"""Intervals over models: the jackknife against leaving out by hand, coverage, and laws."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from benchwright.analysis.agreement.correlation import Kind, kendall, pearson
from benchwright.analysis.agreement.intervals import spread


def sample(
    chance: np.random.Generator, models: int, rho: float, families: np.ndarray | None = None
) -> tuple[np.ndarray, np.ndarray]:
    """Two benchmarks' scores of models, normal, alike within families."""
    one, other = chance.normal(size=(2, models))
    if families is not None:
        shared = chance.normal(size=(2, families.max() + 1))[:, families]
        one, other = np.sqrt(0.6) * shared + np.sqrt(0.4) * np.stack([one, other])
    return one, rho * one + math.sqrt(1 - rho * rho) * other


@pytest.mark.parametrize("kind", ["kendall", "pearson"])
def test_leaving_out_families_is_what_it_says(kind: Kind) -> None:
    chance = np.random.default_rng(2)
    family = chance.integers(0, 8, 30)
    a, b = sample(chance, 30, 0.5)
    correlate = kendall if kind == "kendall" else pearson
    left = [correlate(a[family != one], b[family != one]) for one in np.unique(family)]
    z = np.arctanh(left)
    error = math.sqrt((len(z) - 1) / len(z) * ((z - z.mean()) ** 2).sum())

    found = spread(a, b, kind, clusters=family)

    # 2.3646: Student's t of seven degrees of freedom; never narrower than of a normal sample.
    least = math.sqrt(0.437 / 4 if kind == "kendall" else 1 / 5)
    half = max(2.3646 * error, 1.95996 * least)
    assert found.high == pytest.approx(math.tanh(math.atanh(found.found.value) + half), abs=1e-4)
    assert found.families == 8


@pytest.mark.parametrize(("models", "grouped"), [(10, False), (25, False), (40, True)])
def test_intervals_hold_the_truth_as_often_as_they_say(models: int, grouped: bool) -> None:
    chance = np.random.default_rng(5)
    truth = 2 / math.pi * math.asin(0.6)
    held = 0
    for _ in range(150):
        family = np.arange(models) % 12 if grouped else None
        found = spread(*sample(chance, models, 0.6, family), clusters=family)
        held += found.low <= truth <= found.high

    assert held / 150 >= 0.93


def test_a_handful_of_models_that_agree_proves_little() -> None:
    found = spread(range(6), range(6))

    assert found.found.value == 1
    assert found.high == 1
    assert found.low < 0.7


def test_with_fewer_than_five_families_there_is_no_interval() -> None:
    found = spread([1, 2, 3, 4, 5, 6], [2, 1, 3, 5, 4, 6], clusters=[0, 0, 1, 1, 2, 2])

    assert math.isnan(found.low)
    assert found.families == 3


@given(
    pairs=st.lists(st.tuples(st.integers(0, 9), st.integers(0, 9)), min_size=5, max_size=14),
    copies=st.integers(2, 3),
)
@settings(max_examples=40, deadline=None)
def test_copies_of_models_within_families_change_nothing(
    pairs: list[tuple[int, int]], copies: int
) -> None:
    a, b = (np.array(column, dtype=float) for column in zip(*pairs, strict=True))
    family = np.arange(len(a))
    once = spread(a, b, clusters=family)

    often = spread(np.tile(a, copies), np.tile(b, copies), clusters=np.tile(family, copies))

    assert often.found.value == pytest.approx(once.found.value, nan_ok=True)
    assert often.low == pytest.approx(once.low, nan_ok=True, abs=0.02)


@given(pairs=st.lists(st.tuples(st.integers(0, 9), st.integers(0, 9)), min_size=5, max_size=14))
@settings(max_examples=40, deadline=None)
def test_an_interval_holds_its_value_and_knows_no_order(pairs: list[tuple[int, int]]) -> None:
    a, b = (np.array(column, dtype=float) for column in zip(*pairs, strict=True))
    found = spread(a, b, "pearson")
    if math.isnan(found.low):
        assert len(np.unique(a)) == 1 or len(np.unique(b)) == 1
        return
    order = np.random.default_rng(1).permutation(len(a))

    mixed = spread(b[order], a[order], "pearson")

    assert -1 <= found.low <= found.found.value <= found.high <= 1
    assert (mixed.low, mixed.high) == pytest.approx((found.low, found.high))
