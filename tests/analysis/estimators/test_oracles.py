"""Rasch models against a slow solver of the same equations, and against the truth."""

from __future__ import annotations

import numpy as np
import pytest

from analysis.estimators.made import Matrix, drawn, table
from benchwright.analysis.estimators.additive import fit_additive
from benchwright.analysis.estimators.crossed import flatness
from benchwright.analysis.estimators.rasch import fit_rasch
from benchwright.analysis.estimators.rasch2 import fit_rasch2


def sigmoid(x: Matrix) -> Matrix:
    return np.asarray(1 / (1 + np.exp(-x)))


@pytest.mark.parametrize("fitting", [fit_rasch, fit_rasch2])
def test_abilities_and_difficulties_solve_their_equations(fitting: object) -> None:
    assert callable(fitting)
    scores, group = drawn(0, 7, 60, groups=3, missing=0.4)
    solved = fitting(table(scores, group)).solved
    column = solved.items.column
    x = (solved.ability[column] - solved.difficulty[:, None]) * flatness(solved)[:, None]
    rest = np.nan_to_num(scores.T - sigmoid(x))
    # Difficulties: residuals balance the pull of the group's mean.
    pull = (solved.difficulty - solved.prior.centre[group]) / solved.prior.spread[group]
    np.testing.assert_allclose(rest.sum(axis=1), -pull, atol=0.02)
    # Abilities: residuals balance the prior's precision.
    loading, own = solved.prior.loading, solved.prior.own
    precision = np.linalg.inv(np.outer(loading, loading) + np.diag(own))
    sums = np.stack([rest[column == place].sum(axis=0) for place in range(len(own))])
    balance = sums - precision @ solved.ability
    # The means of the columns are free, as the groups' means are.
    balance -= balance.mean(axis=1, keepdims=True)
    np.testing.assert_allclose(balance, 0, atol=0.02)


def test_variances_of_a_large_table_are_found_again() -> None:
    rng = np.random.default_rng(1)
    group = np.repeat([0, 1, 2], 400)
    general, own = rng.normal(size=(80, 1)), 0.5 * rng.normal(size=(80, 3))
    ability = np.array([1.0, 0.8, 1.2]) * general + own
    difficulty = rng.normal(size=1200) * 1.3
    scores = (rng.random((80, 1200)) < sigmoid(ability[:, group] - difficulty)).astype(float)
    prior = fit_rasch2(table(scores, group)).solved.prior
    np.testing.assert_allclose(prior.loading, [1.0, 0.8, 1.2], rtol=0.3)
    np.testing.assert_allclose(prior.own, 0.25, rtol=0.5)
    np.testing.assert_allclose(np.sqrt(prior.spread), 1.3, rtol=0.12)


def test_two_levels_predict_absent_blocks_better_than_the_mean() -> None:
    errors = []
    for seed in range(3):
        rng = np.random.default_rng(seed)
        group = np.repeat(np.arange(6), 100)
        ability = rng.normal(size=(20, 1)) + 0.4 * rng.normal(size=(20, 6))
        difficulty = np.linspace(-1.5, 1.5, 6)[group] + rng.normal(size=600)
        scores = (rng.random((20, 600)) < sigmoid(ability[:, group] - difficulty)).astype(float)
        thin = scores.copy()
        for model in range(20):
            thin[model, np.isin(group, rng.permutation(6)[:3])] = np.nan
        truth = scores.mean(axis=1)
        fitted = [fit_rasch2(table(thin, group)).scores, np.nanmean(thin, axis=1)]
        errors.append([np.abs(scores - truth).mean() for scores in fitted])
    two, plain = np.mean(errors, axis=0)
    assert two < 0.5 * plain


def test_the_additive_model_is_the_mixed_model_on_a_small_table() -> None:
    scores = np.random.default_rng(2).normal(size=(5, 1)) + np.random.default_rng(3).normal(
        size=(5, 8)
    )
    scores = (scores - scores.min()) / (scores.max() - scores.min())
    scores[0, :3] = scores[3, 5] = np.nan
    fitted = fit_additive(table(scores))
    items, prior = fitted.solved.items, fitted.solved.prior
    assert items.scale is not None
    assert items.shift is not None
    z = ((scores - items.shift) / items.scale).T
    row, column = np.nonzero(~np.isnan(z))
    design = np.zeros((len(row), 13))
    design[np.arange(len(row)), column] = 1
    design[np.arange(len(row)), 5 + row] = -1
    penalty = np.diag(np.repeat([1 / prior.own[0], 1 / prior.spread[0]], [5, 8]))
    right = design.T @ z[row, column] / prior.noise
    right[5:] += prior.centre[0] / prior.spread[0]
    exact = np.linalg.solve(design.T @ design / prior.noise + penalty, right)
    exact[:5] -= exact[:5].mean()
    ours = fitted.solved.ability[0]
    np.testing.assert_allclose(ours, exact[:5], atol=0.01)


def test_shares_of_a_right_answer_count_as_shares() -> None:
    rights, group = drawn(4, 6, 50, missing=0.2)
    shares = np.where(np.isnan(rights), np.nan, 0.25 + 0.5 * rights)
    fitted = fit_rasch(table(shares, group))
    whole = fit_rasch(table(rights, group))
    assert np.corrcoef(fitted.scores, whole.scores)[0, 1] > 0.98
    assert fitted.scores.min() > 0.25
    # Shares vary less than right and wrong, and so does what was not seen.
    assert (fitted.unseen < whole.unseen).all()
