"""COD: the worked curve, recovery of known worlds within two points, the rising map."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from benchwright.analysis.agreement.rising import fit_rising
from benchwright.analysis.agreement.scaling import (
    Growth,
    fit_growth,
    fit_scaling,
    predicted,
)
from benchwright.core.errors import DataError, DescriptionError

LADDER = np.array([1.0, 3, 10, 30, 100, 300])
TARGET = 3000.0
CURVES = (
    Growth(a=3, b=0.3, c=0.05, g=0.25),
    Growth(a=6, b=0.45, c=0.1, g=0.05),
    Growth(a=1.5, b=0.4, c=0.02, g=0.2),
)


def test_the_worked_curve_of_the_protocol_comes_out() -> None:
    found = CURVES[0].at([1, 10, 100, 1e4])

    np.testing.assert_allclose(found, [0.28552, 0.40862, 0.58580, 0.84039], atol=5e-6)


@pytest.mark.parametrize("curve", CURVES)
def test_a_curve_without_noise_is_found_again(curve: Growth) -> None:
    found = fit_growth(LADDER, curve.at(LADDER))

    assert (found.a, found.b, found.c, found.g) == pytest.approx(
        (curve.a, curve.b, curve.c, curve.g), abs=1e-4
    )
    assert found.extrapolatable


@pytest.mark.parametrize(
    ("a", "b", "c", "good"),
    [(1.01, 0.11, 0.99, True), (1, 0.3, 0, False), (3, 0.1, 0, False), (3, 0.3, 1, False)],
)
def test_which_curves_may_be_extrapolated(a: float, b: float, c: float, good: bool) -> None:
    assert Growth(a=a, b=b, c=c, g=0).extrapolatable is good


def world(seed: int) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Pass rates (of 100 tries) on the ladder, expected at the target, and of eight other models.

    Three kinds of items that grow by known curves, and a tenth that do what they like.
    """
    chance = np.random.default_rng(seed)
    kind = chance.integers(0, 3, 500)
    others = np.geomspace(2, 2 * TARGET, 8)
    spent = np.concatenate([LADDER, [TARGET], others])
    rates = np.stack([CURVES[one].at(spent) for one in kind])
    noise = chance.random(500) < 0.1
    rates[noise] = (
        chance.random((noise.sum(), 1)) * 0.3 + chance.random((noise.sum(), len(spent))) * 0.7
    )
    ladder = chance.binomial(100, rates[:, :6]) / 100
    return ladder, rates[:, 6], chance.binomial(100, rates[:, 7:]) / 100


@pytest.mark.parametrize("seed", range(4))
def test_a_synthetic_target_is_predicted_within_two_points(seed: int) -> None:
    ladder, target, others = world(seed)

    found = fit_scaling(ladder, LADDER)
    good = found.predictable
    known = np.concatenate([ladder, others], axis=1)
    to_full = fit_rising(known[good].mean(axis=0), known.mean(axis=0))

    assert 0.7 < good.mean() < 0.99
    assert found.subset(TARGET) == pytest.approx(target[good].mean(), abs=0.02)
    assert predicted(found, to_full, TARGET) == pytest.approx(target.mean(), abs=0.02)


def test_the_unit_of_compute_and_the_order_of_models_change_nothing() -> None:
    ladder, _, _ = world(0)
    order = np.random.default_rng(1).permutation(6)

    plain = fit_scaling(ladder, LADDER)
    other = fit_scaling(ladder[:, order], 1e20 * LADDER[order])

    assert other.subset(1e20 * TARGET) == pytest.approx(plain.subset(TARGET))
    np.testing.assert_array_equal(other.clusters, plain.clusters)


def test_items_that_never_grow_are_not_extrapolated() -> None:
    chance = np.random.default_rng(0)
    flat = chance.binomial(100, 0.3, (60, 6)) / 100

    found = fit_scaling(flat, LADDER)

    with pytest.raises(DescriptionError, match="no cluster"):
        found.subset(TARGET)


@pytest.mark.parametrize(
    ("rates", "compute"),
    [
        (np.full((20, 5), 0.5), [1, 2, 3, 4]),
        (np.full((20, 4), 1.5), [1, 2, 3, 4]),
        (np.full((20, 4), np.nan), [1, 2, 3, 4]),
        (np.full((20, 4), 0.5), [0, 2, 3, 4]),
        (np.full((20, 4), 0.5), [1, 2, 3, np.inf]),
    ],
)
def test_ladders_that_are_none_are_refused(rates: np.ndarray, compute: list[float]) -> None:
    with pytest.raises(DataError):
        fit_scaling(rates, compute)


def test_a_ladder_needs_four_different_models() -> None:
    with pytest.raises(DescriptionError, match="needs 4 models"):
        fit_scaling(np.full((20, 4), 0.5), [1, 1, 2, 4])
    with pytest.raises(DescriptionError, match="must be positive"):
        fit_scaling(world(0)[0], LADDER).subset(0)


PAIRS = st.lists(st.tuples(st.floats(0, 1), st.floats(0, 1)), min_size=1, max_size=30)


@given(pairs=PAIRS)
@settings(max_examples=80, deadline=None)
def test_the_map_rises_from_nought_to_one_whatever_it_is_given(
    pairs: list[tuple[float, float]],
) -> None:
    part, whole = zip(*pairs, strict=True)

    found = fit_rising(part, whole).at(np.linspace(0, 1, 201))

    assert (found[0], found[-1]) == pytest.approx((0, 1))
    assert (np.diff(found) >= -1e-9).all()


def test_the_map_follows_a_smooth_curve_closely() -> None:
    part = np.linspace(0.05, 0.95, 40)
    curve = fit_rising(part, part**1.7)

    assert curve.rmse < 0.005
    np.testing.assert_allclose(curve.at(part), part**1.7, atol=0.01)


@pytest.mark.parametrize(("part", "whole"), [([], []), ([0.1], [0.1, 0.2]), ([0.1], [np.nan])])
def test_scores_that_are_no_pairs_are_refused(part: list[float], whole: list[float]) -> None:
    with pytest.raises(DataError):
        fit_rising(part, whole)
