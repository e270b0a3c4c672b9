"""Strengths and wins: the worked example, other ways to the same numbers, votes."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from analysis.estimators.made import table
from benchwright.analysis.estimators import wins as of_wins
from benchwright.analysis.estimators.pairs import chances, fit_pairs, strengths
from benchwright.analysis.estimators.wins import votes, wins
from benchwright.analysis.responses.table import Scale
from benchwright.core.errors import DescriptionError

WORKED = [[0, 3, 1], [1, 0, 2], [0, 0, 0]]


def spectral(won: np.ndarray, alpha: float, rounds: int = 400) -> np.ndarray:
    """Iterative Luce spectral ranking, as its authors describe it."""
    count = len(won)
    weight = np.ones(count)
    for _ in range(rounds):
        rate = alpha + won.T / (weight[:, None] + weight[None, :])
        np.fill_diagonal(rate, 0)
        np.fill_diagonal(rate, -rate.sum(axis=1))
        system = np.vstack([rate.T, np.ones(count)])
        weight = np.linalg.lstsq(system, np.append(np.zeros(count), count), rcond=None)[0]
    found: np.ndarray = np.log(weight)
    return found - found.mean()


def test_the_worked_example_of_onebench_comes_out() -> None:
    np.testing.assert_allclose(strengths(WORKED), [2.15697, 1.10074, -3.25771], atol=1e-5)


def test_onebench_counts_a_tie_for_both() -> None:
    both = table([[1, 1, 0], [1, 0, 0]], scale=Scale.ORDINAL)
    np.testing.assert_array_equal(wins(both), [[0, 2], [1, 0]])
    np.testing.assert_array_equal(wins(both, tie=1), [[0, 3], [2, 0]])


@settings(max_examples=20, deadline=None)
@given(seed=st.integers(0, 10**6), alpha=st.sampled_from([0.001, 0.01, 0.5]))
def test_strengths_are_those_of_spectral_ranking(seed: int, alpha: float) -> None:
    won = np.random.default_rng(seed).integers(0, 9, (4, 4)) * (1.0 - np.eye(4)) + 1 - np.eye(4)
    np.testing.assert_allclose(strengths(won, alpha=alpha), spectral(won, alpha), atol=1e-5)


@pytest.mark.parametrize("levels", [1, 64])
@settings(max_examples=10, deadline=None)
@given(seed=st.integers(0, 10**6))
def test_wins_are_those_of_every_pair_counted(levels: int, seed: int) -> None:
    rng = np.random.default_rng(seed)
    scores = rng.integers(0, 4, (5, 12)) / 4
    scores[rng.random(scores.shape) < 0.3] = np.nan
    won = np.zeros((5, 5))
    for a in range(5):
        for b in range(5):
            if a != b:
                won[a, b] = (scores[a] > scores[b]).sum() + (scores[a] == scores[b]).sum() / 2
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(of_wins, "LEVELS", levels)
        np.testing.assert_array_equal(wins(table(scores, scale=Scale.ORDINAL)), won)


def test_only_the_order_on_an_item_counts() -> None:
    scores = np.random.default_rng(0).random((4, 30))
    stretched = scores**3 * np.arange(1, 31)
    one = fit_pairs(table(scores, scale=Scale.ORDINAL))
    other = fit_pairs(table(stretched, scale=Scale.ORDINAL))
    np.testing.assert_array_equal(one.strengths, other.strengths)


def test_influence_of_an_item_is_the_derivative_by_its_weight() -> None:
    scores = np.random.default_rng(2).random((4, 20)).round(1)
    scores[0, :6] = np.nan
    responses = table(scores, scale=Scale.ORDINAL)
    fitted = fit_pairs(responses)
    for item in (0, 11):
        weight = np.ones(20)
        weight[item] += 1e-4
        beats = chances(strengths(wins(responses, weights=weight)))
        rate = (beats.sum(axis=1) - 0.5) / 3
        told = fitted.influence(slice(item, item + 1))[0]
        np.testing.assert_allclose(told, (rate - fitted.scores) / 1e-4, atol=1e-4)


def test_votes_are_a_table_of_two_models_an_item() -> None:
    found = votes(["a", "b", "c", "a"], ["b", "c", "a", "c"], tie=[0, 0, 1, 0])
    np.testing.assert_array_equal(wins(found), [[0, 1, 1.5], [0, 0, 1], [0.5, 0, 0]])
    fitted = fit_pairs(found)
    assert list(np.argsort(-fitted.scores)) == [0, 1, 2]
    assert fitted.scores.mean() == pytest.approx(0.5)


def test_votes_that_make_no_sense_are_refused() -> None:
    with pytest.raises(DescriptionError, match="against itself"):
        votes(["a", "b"], ["b", "b"])
    with pytest.raises(DescriptionError, match="equally many"):
        votes(["a"], ["b", "c"])
    with pytest.raises(DescriptionError, match="above 0"):
        strengths(WORKED, alpha=0)
