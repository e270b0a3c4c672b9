"""Item analysis: planted questions are found, laws hold, and little data claims little."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from benchwright.analysis.agreement.items import analyse
from benchwright.analysis.agreement.redundancy import redundant
from benchwright.analysis.estimators.fitted import Fitted
from benchwright.analysis.responses.table import Group, Responses, Scale, from_matrix
from benchwright.core.errors import DescriptionError, UnknownName


def answers(models: int, items: int, seed: int = 0, *, guessed: int = 0) -> np.ndarray:
    """Right and wrong answers of a one-dimensional world, the strongest model last.

    Of the items, the first ``guessed`` are answered by chance.
    """
    chance = np.random.default_rng(seed)
    ability = np.linspace(-2, 2, models)[:, None]
    p = 1 / (1 + np.exp(-(ability - chance.normal(size=items))))
    p[:, :guessed] = 0.5
    return (chance.random((models, items)) < p).astype(float)


def test_discrimination_is_the_correlation_with_the_other_items() -> None:
    scores = answers(12, 30)

    found = analyse(from_matrix(scores))

    rest = (scores.sum(axis=1) - scores[:, 7]) / 29
    assert found.discrimination[7] == pytest.approx(np.corrcoef(scores[:, 7], rest)[0, 1])
    np.testing.assert_allclose(found.difficulty, scores.mean(axis=0))
    assert found.answered.tolist() == [12] * 30


def test_alpha_is_that_of_the_textbook() -> None:
    scores = answers(15, 20)
    total = scores.sum(axis=1).var(ddof=1)

    found = analyse(from_matrix(scores))

    expected = 20 / 19 * (1 - scores.var(axis=0, ddof=1).sum() / total)
    assert found.alpha == pytest.approx(expected)


def test_an_item_that_stronger_models_miss_is_found() -> None:
    scores = answers(40, 60)
    scores[:, 11] = np.arange(40) < 20

    found = analyse(from_matrix(scores))

    assert found.missed_by_the_strong(3)[0] == 11
    assert found.inverted[11] > 0.99
    assert found.shrunk[11] < 0


def test_few_models_leave_every_item_near_the_mean_of_all() -> None:
    few, many = (analyse(from_matrix(answers(models, 200, guessed=60))) for models in (6, 60))

    assert np.nanstd(few.shrunk) < 0.5 * np.nanstd(few.discrimination)
    assert np.nanstd(many.shrunk) > 0.7 * np.nanstd(many.discrimination)
    assert np.nanmean(many.shrunk[:60]) < 0.1 < np.nanmean(many.shrunk[60:])


def test_ceiling_and_floor_are_full_and_no_scores_of_all() -> None:
    scores = answers(5, 6)
    scores[:, 0], scores[:, 1], scores[:, 2] = 1, 0, [1, 1, 1, 1, np.nan]

    found = analyse(from_matrix(scores))

    assert found.ceiling[[0, 1, 2]].tolist() == [True, False, True]
    assert found.floor[[0, 1, 2]].tolist() == [False, True, False]
    assert np.isnan(found.discrimination[:3]).all()


def test_missing_answers_do_not_make_models_look_weak() -> None:
    scores = answers(30, 80, seed=3)
    easy = scores.mean(axis=0) > np.median(scores.mean(axis=0))
    # The stronger half was asked the hard questions only, the weaker half the easy ones and a few.
    holes = scores.copy()
    holes[15:, easy] = np.nan
    holes[:15, ~easy & (np.arange(80) % 2 == 0)] = np.nan
    shared = ~easy & (np.arange(80) % 2 == 1)

    found = analyse(from_matrix(holes))

    assert found.models == 30
    assert np.nanmean(found.shrunk[shared]) > 0.1


@pytest.mark.parametrize(
    "scores",
    [
        np.ones((3, 4)),
        np.zeros((1, 1)),
        np.full((3, 2), np.nan),
        np.array([[0.3], [0.4], [0.1], [0.2], [0.9]]),
    ],
)
def test_hard_tables_give_a_clear_answer(scores: np.ndarray) -> None:
    found = analyse(from_matrix(scores))

    assert found.answered.tolist() == (~np.isnan(scores)).sum(axis=0).tolist()
    assert np.isnan(found.discrimination).all()
    assert math.isnan(found.alpha)
    assert len(found.missed_by_the_strong()) == 0


def two_groups() -> Responses:
    groups = [Group(name=name, scale=Scale.BINARY) for name in ("quiz@1", "test@1")]
    return from_matrix(answers(8, 10), groups=groups, group=[0] * 4 + [1] * 6)


def test_one_benchmark_of_several_is_named() -> None:
    assert len(analyse(two_groups(), "test").names) == 6
    with pytest.raises(UnknownName, match="benchmark of this table"):
        analyse(two_groups())
    with pytest.raises(UnknownName, match="'elsewhere'"):
        analyse(two_groups(), "elsewhere")


@given(seed=st.integers(0, 10**6), models=st.integers(4, 9), items=st.integers(2, 8))
@settings(max_examples=40, deadline=None)
def test_order_of_models_and_of_items_changes_nothing(seed: int, models: int, items: int) -> None:
    chance = np.random.default_rng(seed)
    scores = chance.integers(0, 2, (models, items)).astype(float)
    scores[chance.random(scores.shape) < 0.2] = np.nan
    rows, columns = chance.permutation(models), chance.permutation(items)

    plain = analyse(from_matrix(scores))
    mixed = analyse(from_matrix(scores[rows][:, columns]))

    np.testing.assert_allclose(mixed.discrimination, plain.discrimination[columns], atol=1e-9)
    np.testing.assert_allclose(mixed.shrunk, plain.shrunk[columns], atol=1e-6)
    np.testing.assert_allclose(mixed.inverted, plain.inverted[columns], atol=1e-6)


class Expecting:
    """A fitted estimator that expects what it is told."""

    def __init__(self, expected: np.ndarray) -> None:
        self._expected = expected.astype(np.float32)

    def expected(self, items: slice) -> np.ndarray:
        return self._expected[:, items].T


def fitted(scores: np.ndarray) -> Fitted:
    """The true chances would do as well; here each model's and each item's mean, as logits."""
    ability = np.log((scores.sum(axis=1) + 1) / (scores.shape[1] - scores.sum(axis=1) + 1))
    easiness = np.log((scores.sum(axis=0) + 1) / (scores.shape[0] - scores.sum(axis=0) + 1))
    found: Fitted = Expecting(1 / (1 + np.exp(-(ability[:, None] + easiness))))  # type: ignore[assignment]
    return found


def test_a_question_asked_twice_is_found_and_easy_ones_are_not() -> None:
    scores = answers(80, 60, seed=4)
    scores[:, 50] = scores[:, 20]
    scores[:, 1], scores[:, 2] = 1, 1

    found = redundant(from_matrix(scores), fitted(scores))

    assert [(one.a, one.b) for one in found] == [("20", "50")]
    assert found[0].agreed == 1
    assert found[0].models == 80


def test_with_few_models_no_pair_can_stand_out() -> None:
    scores = answers(9, 60)
    scores[:, 50] = scores[:, 20]

    assert redundant(from_matrix(scores), fitted(scores)) == ()


def test_unbounded_scores_have_no_near_duplicates() -> None:
    table = from_matrix(answers(9, 6) * 100)

    with pytest.raises(DescriptionError, match="from 0 to 1"):
        redundant(table, fitted(answers(9, 6)))
