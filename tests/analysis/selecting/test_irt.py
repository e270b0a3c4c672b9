from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from analysis.selecting.matrices import answers
from benchwright.analysis.selecting.irt import (
    Items,
    abilities,
    choose_traits,
    fit_traits,
    information,
    log_loss,
)
from benchwright.core.errors import DescriptionError


def drawn(models: int, items: int, seed: int = 0) -> tuple[np.ndarray, Items, np.ndarray]:
    draw = np.random.default_rng(seed)
    true = Items(
        loadings=np.exp(draw.normal(0, 0.3, (items, 1))), difficulty=draw.normal(0, 1.2, items)
    )
    ability = draw.normal(size=(models, 1))
    return (draw.random((models, items)) < true.chances(ability)).astype(float), true, ability


def everywhere(scores: np.ndarray) -> np.ndarray:
    return np.ones(scores.shape, dtype=bool)


def test_true_parameters_are_found_with_many_models() -> None:
    scores, true, ability = drawn(600, 60)

    found = fit_traits(scores, everywhere(scores))

    logs = np.log(found.items.loadings[:, 0]), np.log(true.loadings[:, 0])
    assert np.corrcoef(*logs)[0, 1] > 0.8
    assert np.abs(found.items.difficulty - true.difficulty).mean() < 0.15
    assert np.corrcoef(found.ability[:, 0], ability[:, 0])[0, 1] > 0.95


def test_discriminations_stay_near_their_mean_with_few_models() -> None:
    scores = answers(8, 50)

    found = fit_traits(scores, everywhere(scores))

    assert np.log(found.items.loadings[:, 0]).std() < 0.3
    assert np.abs(found.items.difficulty).max() < 10
    assert "8 models per item" in found.notes[0]


@given(st.integers(1, 9), st.integers(1, 9), st.sampled_from([0.0, 1.0, None]))
@settings(max_examples=25, deadline=None)
def test_nothing_diverges(models: int, items: int, constant: float | None) -> None:
    scores = answers(models, items) if constant is None else np.full((models, items), constant)

    found = fit_traits(scores, everywhere(scores))

    assert np.isfinite(found.items.difficulty).all()
    assert (found.items.loadings[:, 0] > 0).all()
    assert (np.abs(found.ability) <= 6).all()


def test_separable_answers_have_finite_parameters() -> None:
    scores = (np.arange(20)[:, None] > np.arange(20)[None, :]).astype(float)

    found = fit_traits(scores, everywhere(scores))

    assert np.abs(found.items.difficulty).max() < 12
    assert (np.diff(found.ability[:, 0]) > 0).all()


def test_unknown_cells_have_no_say() -> None:
    scores, _, _ = drawn(60, 30)
    known = np.random.default_rng(1).random(scores.shape) < 0.7
    other = np.where(known, scores, 1 - scores)

    one, two = fit_traits(scores, known), fit_traits(other, known)

    np.testing.assert_array_equal(one.items.difficulty, two.items.difficulty)


def test_a_second_ability_is_found_where_there_is_one_and_not_where_there_is_none() -> None:
    draw = np.random.default_rng(0)
    ability = draw.normal(size=(160, 2)) * 1.5
    half = np.repeat([0, 1], 40)
    logit = ability[:, half] - draw.normal(size=80)
    two = (draw.random(logit.shape) < 1 / (1 + np.exp(-logit))).astype(float)
    one, _, _ = drawn(160, 80)

    assert choose_traits(two, everywhere(two), dimensions=(1, 2)).items.dimensions == 2
    assert choose_traits(one, everywhere(one), dimensions=(1, 2)).items.dimensions == 1


def test_the_mode_of_an_ability_is_where_the_gradient_is_nought() -> None:
    scores, true, _ = drawn(12, 40)

    found = abilities(true, scores)

    gradient = (scores - true.chances(found)) @ true.loadings - found
    assert np.abs(gradient).max() < 1e-6


def test_fitting_lowers_the_loss_below_the_items_means() -> None:
    scores, _, _ = drawn(80, 40)
    mean = np.clip(scores.mean(axis=0), 0.01, 0.99)
    plain = Items(loadings=np.zeros((40, 1)), difficulty=-np.log(mean / (1 - mean)))
    seen = np.ones_like(scores)

    assert fit_traits(scores, everywhere(scores)).loss < log_loss(
        plain, np.zeros((80, 1)), scores, seen
    )


def test_an_item_tells_most_about_abilities_at_its_difficulty() -> None:
    items = Items(loadings=np.array([[1.5]]), difficulty=np.array([1.5]))
    levels = np.linspace(-3, 3, 61)[:, None]

    told = information(items, levels)[:, 0]

    assert levels[told.argmax(), 0] == pytest.approx(1)
    assert told.max() == pytest.approx(1.5**2 / 4)


def test_scores_beyond_zero_and_one_are_refused() -> None:
    with pytest.raises(DescriptionError, match="between 0 and 1"):
        fit_traits(np.array([[0.0, 2.0]]), everywhere(np.zeros((1, 2))))
