"""The design-based estimate: unbiased by enumeration, exact when everything was asked."""

from __future__ import annotations

from itertools import permutations, product

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from benchwright.analysis.adaptive.aipw import aipw
from benchwright.analysis.adaptive.control import Control, Regression, constant
from benchwright.analysis.adaptive.population import (
    Places,
    Values,
    inclusion,
    population,
    random_order,
)

NOBODY = np.zeros(0, dtype=np.intp)


def named(number: int) -> list[str]:
    return [f"q{place:03}" for place in range(number)]


def learning(weight: Values) -> Control:
    """A control that leans on what it was given, so that leaks between folds would show."""

    def predicted(asked: Places, answers: Values) -> Values:
        guess = np.linspace(0.2, 0.9, len(weight)) + (answers.mean() if len(answers) else 0.0)
        guess[asked] = 0.5 * guess[asked] + 0.5 * answers
        return guess

    return predicted


@pytest.mark.parametrize("macro", [False, True])
@pytest.mark.parametrize("certain", [(), (1,), (0, 4)])
@pytest.mark.parametrize("sizes", [(1, 1), (2, 2)])
def test_the_mean_over_all_draws_is_the_score_exactly(
    sizes: tuple[int, int], certain: tuple[int, ...], macro: bool
) -> None:
    strata = ["a"] * 4 + ["b"] * 3
    whole = population(named(7), strata=strata, groups=strata if macro else None)
    scores = np.array([1.0, 0.0, 0.3, 1.0, 0.8, 0.1, 0.6])
    left = [[item for item in part if item not in certain] for part in (range(4), range(4, 7))]
    values = []
    for drawn in product(*map(permutations, left)):
        sampled = [item for part, size in zip(drawn, sizes, strict=True) for item in part[:size]]
        told = np.full(7, np.nan)
        told[[*certain, *sampled]] = scores[[*certain, *sampled]]
        found = aipw(
            whole, told, certain=np.array(certain, dtype=np.intp),
            sampled=np.array(sampled, dtype=np.intp), control=learning(whole.weight),
        )  # fmt: skip
        values.append(found.value)
    assert np.mean(values) == pytest.approx(float(whole.weight @ scores), abs=1e-12)
    assert np.std(values) > 1e-6


@given(
    st.lists(st.floats(-5, 5), min_size=2, max_size=30),
    st.integers(1, 4),
    st.integers(0, 9),
)
@settings(max_examples=40, deadline=None)
def test_with_everything_asked_the_score_is_exact_and_the_width_is_nothing(
    scores: list[float], strata: int, seed: int
) -> None:
    number = len(scores)
    whole = population(named(number), strata=[str(place % strata) for place in range(number)])
    order = random_order(whole, seed=seed, benchmark="b")
    found = aipw(
        whole, np.array(scores), certain=order[:1], sampled=order, control=constant(number)
    )
    assert found.value == pytest.approx(float(np.mean(scores)), abs=1e-9)
    assert found.low == found.value == found.high
    assert found.n == number


@given(st.integers(0, 2**32 - 1), st.integers(5, 40), st.integers(1, 5))
@settings(max_examples=40, deadline=None)
def test_inclusion_probabilities_sum_to_the_number_asked(
    seed: int, number: int, strata: int
) -> None:
    draw = np.random.default_rng(seed)
    whole = population(named(number), strata=[str(s) for s in draw.integers(0, strata, number)])
    order = random_order(whole, seed=seed, benchmark="b")
    assert sorted(order) == list(range(number))
    for size in (1, number // 2, number):
        certain = draw.choice(number, size=draw.integers(0, 4), replace=False).astype(np.intp)
        drawn = set(order[:size].tolist()) - set(certain.tolist())
        likely = inclusion(whole, order[:size], certain)
        assert np.delete(likely, certain).sum() == pytest.approx(len(drawn))
        assert ((likely >= 0) & (likely <= 1)).all()


def test_a_longer_sample_begins_with_the_shorter_one_and_depends_on_no_order_of_items() -> None:
    strata = ["a"] * 30 + ["b"] * 10
    whole = population(named(40), strata=strata)
    turned = population(named(40)[::-1], strata=strata[::-1])
    first = [whole.items[item] for item in random_order(whole, seed=3, benchmark="b")]
    second = [turned.items[item] for item in random_order(turned, seed=3, benchmark="b")]
    assert first == second
    assert first != [whole.items[item] for item in random_order(whole, seed=4, benchmark="b")]
    assert sum(int(name[1:]) >= 30 for name in first[:20]) == 5


def test_the_order_of_answers_of_certain_items_does_not_matter() -> None:
    draw = np.random.default_rng(0)
    table = (draw.random((20, 60)) < draw.random(60)).astype(float)
    whole = population(named(60))
    order = random_order(whole, seed=1, benchmark="b")
    told = np.full(60, np.nan)
    certain = np.arange(10, dtype=np.intp)
    told[certain], told[order[:30]] = table[0, certain], table[0, order[:30]]
    one, other = (
        aipw(whole, told, certain=c, sampled=order[:30], control=Regression(table[1:]))
        for c in (certain, certain[::-1])
    )
    assert one.value == pytest.approx(other.value, abs=1e-9)
    assert one.error == pytest.approx(other.error, abs=1e-9)


def test_all_right_so_far_is_not_all_right() -> None:
    whole = population(named(1000))
    order = random_order(whole, seed=0, benchmark="b")
    told = np.full(1000, np.nan)
    told[order[:40]] = 1.0
    found = aipw(whole, told, certain=NOBODY, sampled=order[:40], control=constant(1000))
    assert found.value == pytest.approx(1.0)
    assert found.half > 0.08


def test_values_without_bounds_that_are_alike_prove_nothing() -> None:
    whole = population(named(100))
    told = np.full(100, np.nan)
    told[:40] = 3.5
    order = np.arange(40, dtype=np.intp)
    found = aipw(whole, told, certain=NOBODY, sampled=order, control=constant(100))
    assert found.half == np.inf


def test_what_is_not_answered_is_not_wrong() -> None:
    whole = population(named(200))
    order = random_order(whole, seed=0, benchmark="b")
    told = np.full(200, np.nan)
    told[order[:50]] = 1.0
    told[order[:50:5]] = np.nan
    found = aipw(whole, told, certain=NOBODY, sampled=order[:50], control=constant(200))
    assert found.value == pytest.approx(1.0)
    assert found.n == 40


def test_nothing_answered_says_nothing() -> None:
    whole = population(named(5))
    found = aipw(
        whole, np.full(5, np.nan), certain=NOBODY, sampled=np.arange(5), control=constant(5)
    )
    assert np.isnan(found.value)
    assert found.half == np.inf


def test_predictions_from_like_models_narrow_the_interval() -> None:
    draw = np.random.default_rng(5)
    easy = draw.random(400)
    table = (draw.random((12, 400)) < easy).astype(float)
    whole = population(named(400))
    order = random_order(whole, seed=0, benchmark="b")[:120]
    told = np.full(400, np.nan)
    told[order] = table[0, order]
    plain = aipw(whole, told, certain=NOBODY, sampled=order, control=constant(400))
    helped = aipw(whole, told, certain=NOBODY, sampled=order, control=Regression(table[1:]))
    assert helped.error < 0.9 * plain.error
