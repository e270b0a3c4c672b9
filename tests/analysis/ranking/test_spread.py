from __future__ import annotations

import numpy as np
import pytest

from benchwright.analysis.estimators.mean import fit_mean
from benchwright.analysis.interval import Design, mean_interval
from benchwright.analysis.moments import moments
from benchwright.analysis.ranking.intervals import score_intervals
from benchwright.analysis.ranking.pairs import standard_errors
from benchwright.analysis.ranking.spread import spread_of
from benchwright.analysis.responses.table import Group, Responses, Scale, from_matrix


def spread(table: Responses, population="questions"):  # type: ignore[no-untyped-def]
    return spread_of(table, fit_mean(table), population)


def test_the_variance_of_a_plain_mean_is_the_textbooks(draw) -> None:  # type: ignore[no-untyped-def]
    scores = draw(1, models=3, items=50)
    found = spread(from_matrix(scores))
    assert found.covariance == pytest.approx(np.cov(scores) / 50, rel=1e-5)
    assert found.freedom == pytest.approx(49)


def test_scores_on_a_complete_table_have_the_intervals_of_a_leaderboard(draw) -> None:  # type: ignore[no-untyped-def]
    scores = draw(2, models=5, items=40)
    table = from_matrix(scores)
    fitted = fit_mean(table)
    low, high = score_intervals(fitted.scores, spread(table), share=True)
    for place, row in enumerate(scores):
        single = mean_interval(moments(row), Design())
        assert (low[place], high[place]) == pytest.approx((single.low, single.high))


def test_scores_of_fixed_benchmarks_vary_within_these_only() -> None:
    # Two benchmarks, all right in one and all wrong in the other: nothing varies within them.
    scores = np.repeat([[1.0, 0.0]], 20, axis=1)
    groups = [Group(name=name, scale=Scale.BOUNDED) for name in "ab"]
    table = from_matrix(scores, groups=groups, group=np.repeat([0, 1], 20))
    assert spread(table).covariance[0, 0] == pytest.approx(0, abs=1e-9)
    assert spread(from_matrix(scores)).covariance[0, 0] == pytest.approx(0.25 / 39, rel=1e-4)


def test_duplicates_of_items_change_nothing_where_their_source_is_known(draw) -> None:  # type: ignore[no-untyped-def]
    scores = draw(3, models=4, items=30, hidden=0.3)
    single = spread(from_matrix(scores))
    twice = spread(from_matrix(np.repeat(scores, 3, axis=1), source=np.repeat(np.arange(30), 3)))
    scattered = spread(from_matrix(np.tile(scores, 3), source=np.tile(np.arange(30), 3)))
    for found in (twice, scattered):
        assert found.covariance == pytest.approx(single.covariance, rel=1e-4, abs=1e-9)
        assert found.freedom == pytest.approx(single.freedom)
        assert found.size == pytest.approx(single.size)


def test_a_source_may_lie_in_several_slices(draw, monkeypatch) -> None:  # type: ignore[no-untyped-def]
    scores = draw(4, models=4, items=40)
    table = from_matrix(scores, source=np.arange(40) % 8)
    whole = spread(table)
    monkeypatch.setattr(
        "benchwright.analysis.ranking.spread.spans",
        lambda responses: [slice(begin, begin + 3) for begin in range(0, 39, 3)] + [slice(39, 40)],
    )
    assert spread(table).covariance == pytest.approx(whole.covariance, rel=1e-5)


def test_benchmarks_that_share_a_source_are_one_stratum(draw) -> None:  # type: ignore[no-untyped-def]
    scores = draw(5, models=3, items=20)
    groups = [Group(name=name, scale=Scale.BINARY) for name in "ab"]
    group = np.repeat([0, 1], 10)
    shared = from_matrix(scores, groups=groups, group=group, source=[*range(10), *range(10)])
    summed = scores[:, :10] + scores[:, 10:]
    assert spread(shared).covariance == pytest.approx(np.cov(summed) / 40, rel=1e-4)


def test_a_fully_answered_finite_benchmark_is_known_exactly(draw) -> None:  # type: ignore[no-untyped-def]
    scores = draw(6, models=4, items=30)
    table = from_matrix(scores)
    found = spread(table, "items")
    low, high = score_intervals(fit_mean(table).scores, found, share=True)
    assert np.allclose(found.covariance, 0)
    assert low == pytest.approx(high)


def test_missing_cells_are_all_that_is_open_of_a_finite_benchmark(draw) -> None:  # type: ignore[no-untyped-def]
    scores = draw(7, models=2, items=100)
    scores[0, 40:] = np.nan
    found = spread(from_matrix(scores), "items")
    expected = np.var(scores[0, :40], ddof=1) * (1 / 40 - 1 / 100)
    assert found.covariance[0, 0] == pytest.approx(expected, rel=0.02)
    assert found.covariance[1, 1] == 0


def test_a_part_of_a_known_benchmark_gets_the_correction(draw) -> None:  # type: ignore[no-untyped-def]
    scores = draw(8, models=3, items=50)
    group = Group(name="all", scale=Scale.BINARY, size=200)
    part = spread(from_matrix(scores, groups=[group]), "benchmark")
    assert part.covariance == pytest.approx(0.75 * np.cov(scores) / 50, rel=1e-4)
    unknown = Group(name="all", scale=Scale.BINARY)
    endless = spread(from_matrix(scores, groups=[unknown]), "benchmark")
    assert endless.covariance == pytest.approx(np.cov(scores) / 50, rel=1e-4)


def test_scores_at_0_and_1_keep_the_width_of_their_intervals() -> None:
    table = from_matrix(np.array([[1.0] * 10, [0.0] * 10]))
    low, high = score_intervals(fit_mean(table).scores, spread(table), share=True)
    assert (low[0], high[0]) == (pytest.approx(0.722, abs=1e-3), 1)
    assert (low[1], high[1]) == (0, pytest.approx(0.278, abs=1e-3))


def test_differences_have_the_standard_error_of_pairs_with_two_pseudo_pairs(draw) -> None:  # type: ignore[no-untyped-def]
    scores = draw(9, models=2, items=50)
    paired = np.var(scores[0] - scores[1], ddof=1) / 50
    error = standard_errors(spread(from_matrix(scores)))
    assert error[0, 1] ** 2 == pytest.approx(paired + 1 / (50 * 52), rel=1e-4)


def test_one_observation_tells_no_variance() -> None:
    table = from_matrix(np.array([[0.5, np.nan, np.nan], [0.1, 0.2, 0.4]]))
    found = spread(table)
    assert found.known.tolist() == [False, True]
    assert np.isinf(standard_errors(found)[0, 1])


def test_unbounded_scores_have_students_intervals() -> None:
    scores = np.array([[3.0, 5.5, 2.0, 9.0]])
    table = from_matrix(scores)
    low, high = score_intervals(fit_mean(table).scores, spread(table), share=False)
    single = mean_interval(moments(scores[0]), Design(difference=True))
    assert (low[0], high[0]) == pytest.approx((single.low, single.high), rel=1e-5)
