from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from benchwright.analysis.estimators.mean import fit_mean
from benchwright.analysis.ranking.pairs import Pairs, adjusted, holm, pairs_of, student
from benchwright.analysis.ranking.spread import spread_of
from benchwright.analysis.responses.table import from_matrix
from benchwright.analysis.student import t_quantile


def pairs(scores: np.ndarray, **told) -> Pairs:  # type: ignore[no-untyped-def]
    table = from_matrix(scores)
    fitted = fit_mean(table)
    order = np.argsort(-fitted.scores, kind="stable")
    return pairs_of(fitted.scores[order], spread_of(table, fitted).ordered(order), **told)


def test_the_critical_value_of_independent_scores_is_tukeys() -> None:
    # Studentised range of 5 means, infinite degrees of freedom, 5 %: 3.858 / √2.
    random = np.random.default_rng(0)
    found = pairs(random.normal(0, 1, (5, 20_000)))
    assert found.critical == pytest.approx(3.858 / np.sqrt(2), abs=0.08)


def test_two_models_are_separated_as_by_students_t() -> None:
    random = np.random.default_rng(1)
    scores = random.normal(0, 1, (2, 30)) + np.array([[0.6], [0.0]])
    found = pairs(scores, confidence=0.9)
    away = scores[0] - scores[1]
    t = away.mean() / np.sqrt(np.var(away, ddof=1) / 30)
    assert found.separated[0, 1] == (abs(t) > t_quantile(0.9, 29))
    assert found.bounds(0, 1, 1.6449) == pytest.approx(
        (abs(away.mean()) + np.array([-1, 1]) * t_quantile(0.9, 29) * found.error[0, 1]).tolist(),
        rel=1e-3,
    )


def test_p_values_for_all_pairs_are_never_smaller_than_alone_nor_larger_than_bonferronis(
    draw,
) -> None:  # type: ignore[no-untyped-def]
    found = pairs(draw(3, models=6, items=80))
    for a in range(6):
        for b in range(a + 1, 6):
            alone, together = found.p_value(a, b), found.p_all(a, b)
            assert alone <= together <= min(1.0, 15 * alone) + 1e-12


def test_models_that_answer_alike_are_not_separated_however_many_items() -> None:
    row = (np.arange(400) % 2).astype(float)
    found = pairs(np.stack([row, row, row]))
    assert not found.separated.any()
    assert found.p_value(0, 1) == 1


def test_differences_that_do_not_vary_prove_nothing_on_a_few_items() -> None:
    low = np.array([0.1, 0.2, 0.3, 0.4])
    assert not pairs(np.stack([low + 0.25, low])).separated.any()
    many = np.linspace(0.1, 0.4, 12)
    assert pairs(np.stack([many + 0.25, many])).separated[0, 1]


def test_more_models_than_items_are_compared_all_the_same(draw) -> None:  # type: ignore[no-untyped-def]
    found = pairs(draw(4, models=30, items=12))
    assert np.isfinite(found.critical)
    assert not (found.separated & found.separated.T).any()


def test_the_same_seed_gives_the_same_and_another_seed_nearly_the_same(draw) -> None:  # type: ignore[no-untyped-def]
    scores = draw(5, models=10, items=100)
    one, again, other = pairs(scores, seed=1), pairs(scores, seed=1), pairs(scores, seed=2)
    assert one.critical == again.critical
    assert one.critical == pytest.approx(other.critical, rel=0.03)


def test_a_z_becomes_the_t_of_the_same_probability() -> None:
    assert student(1.959964, 10) == pytest.approx(2.228139, abs=1e-5)
    assert student(1.959964, np.inf) == 1.959964


def test_holms_p_values_are_the_textbooks() -> None:
    assert holm([0.01, 0.04, 0.03, 0.005]).tolist() == pytest.approx([0.03, 0.06, 0.06, 0.02])


@given(st.lists(st.floats(0, 1), min_size=1, max_size=12))
def test_holms_p_values_keep_the_order_and_are_no_smaller(p: list[float]) -> None:
    found = holm(p)
    assert (found >= np.array(p) - 1e-15).all()
    assert (found <= 1).all()
    order = np.argsort(p, kind="stable")
    assert (np.diff(found[order]) >= 0).all()


def test_an_adjusted_p_value_is_the_share_of_draws_that_go_as_far() -> None:
    largest = np.linspace(0, 4, 1001, dtype=np.float32)
    assert adjusted(0.05, largest, 100) == pytest.approx(0.51, abs=0.01)
    assert adjusted(1e-9, largest, 100) == pytest.approx(1e-7)
    assert adjusted(0.05, largest, 1) == 0.05
