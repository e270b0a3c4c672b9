from __future__ import annotations

from itertools import combinations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from analysis.selecting.matrices import answers, table
from benchwright.analysis.selecting.calibration import Calibration, calibrate
from benchwright.analysis.selecting.evaluate import NEED_SHARES
from benchwright.analysis.selecting.facility_location import similarity
from benchwright.analysis.selecting.max_min import distance
from benchwright.analysis.selecting.methods import METHODS, select
from benchwright.core.errors import DescriptionError, UnknownName

EVERY = pytest.mark.parametrize("method", METHODS)


@EVERY
@given(st.randoms(use_true_random=False), st.integers(2, 20))
@settings(max_examples=4, deadline=None)
def test_the_order_of_models_and_items_changes_nothing(method: str, shuffled, k: int) -> None:
    scores, models, items = (
        answers(14, 30),
        [f"m{n}" for n in range(14)],
        [f"q{n}" for n in range(30)],
    )
    rows, columns = list(range(14)), list(range(30))
    shuffled.shuffle(rows)
    shuffled.shuffle(columns)
    one = calibrate(scores, models=models, items=items)
    other = calibrate(
        scores[rows][:, columns],
        models=[models[n] for n in rows],
        items=[items[n] for n in columns],
    )

    a, b = select(one, k, method=method, seed=3), select(other, k, method=method, seed=3)

    new = answers(5, k, seed=9)
    assert [one.items[n] for n in a.chosen] == [other.items[n] for n in b.chosen]
    np.testing.assert_allclose(a.estimates(new), b.estimates(new), atol=1e-9)


@EVERY
@pytest.mark.parametrize("k", [1, 2, 7, 59])
def test_k_items_are_chosen_and_their_weights_sum_to_one(method: str, k: int) -> None:
    subset = select(table(), k, method=method)

    assert len(set(subset.chosen.tolist())) == k
    assert (subset.weights >= 0).all()
    assert subset.weights.sum() == pytest.approx(1)


@EVERY
@pytest.mark.parametrize("weights", ["items", "benchmarks"])
def test_all_items_give_the_exact_mean(method: str, weights: str) -> None:
    scores = answers(12, 20)
    learned = calibrate(scores, groups=["a"] * 15 + ["b"] * 5, weights=weights)
    new = answers(6, 20, seed=5)

    estimates = select(learned, 20, method=method).estimates(new)

    np.testing.assert_allclose(estimates, new @ learned.share, atol=1e-7)


@EVERY
def test_quotas_are_respected(method: str) -> None:
    learned = table()
    quotas = {"g0": 7, "g2": 4}

    subset = select(learned, 12, method=method, quotas=quotas)

    have = np.bincount(learned.group[subset.chosen], minlength=3)
    assert have[0] >= 7
    assert have[2] >= 4
    assert have.sum() == 12


@EVERY
def test_quotas_that_fill_the_subset_leave_no_choice_of_group(method: str) -> None:
    learned = table()

    subset = select(learned, 6, method=method, quotas={"g1": 6})

    assert set(learned.group[subset.chosen]) == {1}
    assert subset.weights.sum() == pytest.approx(1)


@EVERY
def test_a_single_model_and_flat_items_give_an_answer(method: str) -> None:
    for scores in (answers(1, 9), np.ones((5, 9)), np.zeros((5, 9)), np.eye(5, 9)):
        subset = select(calibrate(scores), 4, method=method)

        estimates = subset.estimates([[1, 1, 1, 1], [0, 0, 0, 0], [1, 0, 1, 0]])
        assert ((estimates >= 0) & (estimates <= 1)).all()


@EVERY
def test_scores_of_any_range_are_estimated_or_refused(method: str) -> None:
    scores = answers(20, 30) * 50 - 20 + np.random.default_rng(0).normal(0, 1, (20, 30))
    learned = calibrate(scores)
    if method in NEED_SHARES:
        with pytest.raises(DescriptionError, match="between 0 and 1"):
            select(learned, 8, method=method)
        return

    subset = select(learned, 8, method=method)

    error = subset.estimates(learned.scores[:, subset.chosen]) - learned.full
    assert np.abs(error).mean() < 8


@EVERY
def test_a_lacking_answer_is_filled_by_the_usual_score_and_the_models_advantage(
    method: str,
) -> None:
    learned = table()
    subset = select(learned, 20, method=method)
    whole = learned.scores[:, subset.chosen].astype(float)
    lacking = whole.copy()
    lacking[:, 3] = np.nan

    assert np.isfinite(subset.estimates(lacking)).all()
    assert np.abs(subset.estimates(lacking) - subset.estimates(whole)).max() < 0.25


@EVERY
def test_duplicates_of_items_are_no_trouble(method: str) -> None:
    scores = np.repeat(answers(16, 6), 5, axis=1)

    subset = select(calibrate(scores), 12, method=method)

    assert len(set(subset.chosen.tolist())) == 12


def test_learned_designs_beat_a_random_draw_with_many_models() -> None:
    scores = answers(260, 150, seed=2)
    learned, new = calibrate(scores[:200]), calibrate(scores[200:])
    error = {}
    for method in ("random", "c_optimal", "fluid", "tinybenchmarks"):
        subset = select(learned, 15, method=method)
        estimates = subset.estimates(new.scores[:, subset.chosen])
        error[method] = float(np.abs(estimates - new.full).mean())

    assert max(error[one] for one in ("c_optimal", "fluid", "tinybenchmarks")) < error["random"]


def test_auto_takes_a_corrected_draw_where_models_are_few() -> None:
    assert select(table(), 9).method == "stratified"
    assert select(table(models=100, items=20), 9).method == "c_optimal"


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"k": 0}, "1 to 60 items, not 0"),
        ({"k": 61}, "1 to 60 items, not 61"),
        ({"k": 5, "quotas": {"g0": 3, "g1": 3}}, "add up to 6, more than 5"),
        ({"k": 30, "quotas": {"g0": 21}}, "cannot be met"),
    ],
)
@EVERY
def test_what_cannot_be_had_is_refused(method: str, arguments: dict, message: str) -> None:
    with pytest.raises(DescriptionError, match=message):
        select(table(), arguments["k"], method=method, quotas=arguments.get("quotas", {}))


def test_unknown_names_are_refused_with_the_nearest() -> None:
    with pytest.raises(UnknownName, match="c_optimal"):
        select(table(), 5, method="c-optimal")
    with pytest.raises(UnknownName, match="g0"):
        select(table(), 5, quotas={"g": 1})


def covered(learned: Calibration, chosen: tuple[int, ...]) -> float:
    alike = np.stack([similarity(learned, item) for item in chosen])
    return float(learned.share @ alike.max(axis=0))


def least_distance(learned: Calibration, chosen: tuple[int, ...]) -> float:
    return min(float(distance(learned, a)[b]) for a, b in combinations(chosen, 2))


def unknown_variance(learned: Calibration, chosen: tuple[int, ...]) -> float:
    """Var(mean | scores on the chosen) under the shrunk covariance, by plain linear algebra."""
    shrinkage, level = learned.shrinkage
    centred = learned.scores - learned.means
    covariance = (1 - shrinkage) * centred.T @ centred / len(centred)
    covariance += shrinkage * level * np.eye(learned.size)
    cross = covariance[list(chosen)] @ learned.share
    known = covariance[np.ix_(chosen, chosen)]
    return float(learned.share @ covariance @ learned.share - cross @ np.linalg.solve(known, cross))


def spread_of_factors(learned: Calibration, chosen: tuple[int, ...]) -> float:
    from benchwright.analysis.selecting.d_optimal import factors

    loadings, left = factors(learned)
    at = list(chosen)
    told = np.eye(loadings.shape[1]) + (loadings[at].T / left[at]) @ loadings[at]
    return float(np.linalg.slogdet(told)[1])


@given(st.integers(0, 10**6), st.integers(2, 4))
@settings(max_examples=12, deadline=None)
def test_greedy_choices_are_as_good_as_is_proved(seed: int, k: int) -> None:
    learned = calibrate(answers(9, 10, seed=seed))
    subsets = list(combinations(range(10), k))

    def greedy(method: str) -> tuple[int, ...]:
        return tuple(int(n) for n in select(learned, k, method=method).chosen)

    best = max(covered(learned, chosen) for chosen in subsets)
    assert covered(learned, greedy("facility_location")) >= (1 - 1 / np.e) * best - 1e-6
    farthest = max(least_distance(learned, chosen) for chosen in subsets)
    assert least_distance(learned, greedy("max_min")) >= farthest / 2 - 1e-6
    widest = max(spread_of_factors(learned, chosen) for chosen in subsets)
    assert spread_of_factors(learned, greedy("d_optimal")) >= (1 - 1 / np.e) * widest - 1e-6


@given(st.integers(0, 10**6))
@settings(max_examples=12, deadline=None)
def test_c_optimal_lowers_the_unknown_variance_nearly_as_far_as_any_pair(seed: int) -> None:
    learned = calibrate(answers(9, 10, seed=seed))
    whole = float(learned.share @ np.cov(learned.scores.T, bias=True) @ learned.share)

    chosen = tuple(int(n) for n in select(learned, 2, method="c_optimal").chosen)

    best = min(unknown_variance(learned, pair) for pair in combinations(range(10), 2))
    single = [unknown_variance(learned, (item,)) for item in range(10)]
    assert unknown_variance(learned, chosen) <= min(single) + 1e-9
    assert unknown_variance(learned, chosen) <= best + 0.25 * whole + 1e-9


def test_the_first_item_of_c_optimal_is_the_best_single_one() -> None:
    learned = table(models=15, items=25)

    [first] = select(learned, 1, method="c_optimal").chosen

    left = [unknown_variance(learned, (item,)) for item in range(25)]
    assert left[int(first)] == pytest.approx(min(left))
