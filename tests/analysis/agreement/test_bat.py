"""Benchmark agreement testing: the protocol's checks, its samplings, and laws."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from benchwright.analysis.agreement.bat import (
    Strategy,
    agreement,
    matrix,
    pair_agreement,
    relative_score,
)
from benchwright.analysis.agreement.boards import Board, from_rows
from benchwright.analysis.agreement.correlation import kendall
from benchwright.analysis.agreement.references import aggregate, win_rates
from benchwright.core.errors import DescriptionError, UnknownName


def board(models: int = 30, scenarios: int = 5, noise: float = 0.7, seed: int = 0) -> Board:
    chance = np.random.default_rng(seed)
    ability = chance.normal(size=(models, 1))
    return Board(
        models=tuple(f"m{place}" for place in range(models)),
        scenarios=tuple(f"s{place}" for place in range(scenarios)),
        scores=ability + noise * chance.normal(size=(models, scenarios)),
    )


def test_ties_win_nothing() -> None:
    np.testing.assert_allclose(win_rates(np.array([0.8, 0.7, 0.7, 0.6])), [1, 1 / 3, 1 / 3, 0])
    np.testing.assert_array_equal(win_rates(np.array([np.nan, 1.0])), [np.nan, np.nan])


def test_models_on_too_few_scenarios_have_no_aggregate_and_lose_to_nobody() -> None:
    rows = [(m, s, float(v)) for s in "uvwxyz" for v, m in enumerate("abc")]
    rows.append(("rare", "u", -1.0))
    table = from_rows(rows)

    whole = aggregate(table)
    kept = aggregate(table, least=1)

    # Six scenarios: two are needed.
    np.testing.assert_allclose(whole, [0, 0.5, 1, np.nan])
    assert kept[table.models.index("rare")] == 0
    assert kept[table.models.index("a")] == pytest.approx((1 / 3 + 0) / 6)


def test_the_mean_score_is_over_scores_of_one_range() -> None:
    rows = [("a", "x", 0.0), ("b", "x", 1.0), ("c", "x", 4.0)]
    rows += [("a", "y", 900.0), ("b", "y", 1000.0), ("c", "y", 900.0)]

    found = aggregate(from_rows(rows), by="mean")

    np.testing.assert_allclose(found, [0, 0.625, 0.5])


def test_the_relative_score_is_in_standard_deviations_of_the_sample() -> None:
    assert relative_score(0.9, [0.5, 0.7, 0.9]) == pytest.approx(1.0)
    assert math.isnan(relative_score(0.5, [0.5, 0.5]))
    assert math.isnan(relative_score(0.5, [0.5, math.nan]))


def test_all_common_models_give_plain_tau() -> None:
    table = board()

    found = pair_agreement(table, "s0", "s1")

    assert found is not None
    assert found.value == kendall(table.column("s0"), table.column("s1"))
    assert (found.common, found.draws) == (30, 1)
    assert found.low < found.value < found.high


@pytest.mark.parametrize("strategy", ["random", "top", "bottom", "middle", "somewhere"])
def test_draws_are_repeatable_and_numbered_by_the_seed(strategy: Strategy) -> None:
    table = board()

    one = pair_agreement(table, "s0", "s1", strategy=strategy, take=10)
    again = pair_agreement(table, "s0", "s1", strategy=strategy, take=10)
    assert one is not None
    assert again is not None

    assert one.value == again.value
    assert one.draws == (10 if strategy in ("random", "somewhere") else 1)


def test_top_bottom_and_middle_are_the_best_the_worst_and_those_between() -> None:
    order = np.arange(20.0)
    # Both put models in the same order but for the best five, which the second turns round.
    other = np.concatenate([order[:15], order[15:][::-1]])
    table = Board(
        models=tuple(map(str, range(20))),
        scenarios=("x", "y"),
        scores=np.stack([order, other], axis=1),
    )

    found = {
        name: pair_agreement(table, "x", "y", strategy=name, take=5)
        for name in ("top", "bottom", "middle")
    }

    assert {name: one.value for name, one in found.items() if one} == {
        "top": -1,
        "bottom": 1,
        "middle": 1,
    }


def test_neighbours_agree_less_than_models_from_everywhere() -> None:
    table = board(models=200, noise=0.5)

    spread = pair_agreement(table, "s0", "s1", take=10, repeats=40)
    near = pair_agreement(table, "s0", "s1", strategy="somewhere", take=10, repeats=40)
    assert spread is not None
    assert near is not None

    assert near.value < spread.value - 0.3


def test_pairs_with_too_few_common_models_are_not_compared() -> None:
    rows = [(str(m), "x", float(m)) for m in range(8)]
    rows += [(str(m), "y", float(m)) for m in range(4, 12)]
    table = from_rows(rows)

    assert pair_agreement(table, "x", "y") is None
    assert matrix(table) == ()
    assert len(matrix(table, least=4)) == 1
    assert pair_agreement(board(), "s0", "s1", take=31) is None


def test_a_benchmark_is_not_part_of_what_it_is_compared_with() -> None:
    table = board(scenarios=3, noise=3.0)

    alone = {one.scenario: one.value for one in agreement(table)}
    whole = {one.scenario: one.value for one in agreement(table, inclusive=True)}

    others = aggregate(table, ["s1", "s2"])
    assert alone["s0"] == kendall(table.column("s0"), others)
    assert np.mean(list(whole.values())) > np.mean(list(alone.values())) + 0.1


def test_several_granularities_stand_below_one_another_with_relative_scores() -> None:
    found = agreement(board(), takes=(5, 20, 0))

    assert [one.take for one in found] == [5] * 5 + [20] * 5 + [0] * 5
    last = [one for one in found if one.take == 0]
    assert [one.value for one in last] == sorted((one.value for one in last), reverse=True)
    assert np.mean([one.relative for one in last]) == pytest.approx(0, abs=1e-12)
    assert np.std([one.relative for one in last], ddof=1) == pytest.approx(1)


def test_more_models_make_draws_steadier() -> None:
    found = agreement(board(models=60), takes=(5, 20), repeats=40)
    few, many = (np.mean([one.sd for one in found if one.take == take]) for take in (5, 20))

    assert few > 2 * many


def test_a_single_reference_and_unknown_names() -> None:
    assert {one.reference for one in agreement(board(), "s2")} == {"s2"}
    with pytest.raises(UnknownName, match="'elsewhere'"):
        agreement(board(), "elsewhere")
    with pytest.raises(UnknownName, match="'elsewhere'"):
        agreement(board(), among=["elsewhere"])
    with pytest.raises(DescriptionError, match="cannot be made"):
        agreement(board(), takes=(-1,))


def test_constant_and_empty_boards_say_nothing_and_fail_nowhere() -> None:
    flat = Board(models=tuple("abcdef"), scenarios=("x", "y"), scores=np.ones((6, 2)))
    empty = Board(models=(), scenarios=(), scores=np.zeros((0, 0)))

    found = agreement(flat)

    assert all(math.isnan(one.value) and math.isnan(one.relative) for one in found)
    assert agreement(empty) == ()
    assert matrix(empty) == ()


SCORES = st.lists(st.lists(st.integers(0, 6), min_size=3, max_size=3), min_size=5, max_size=12)


@given(scores=SCORES, seed=st.integers(0, 99))
@settings(max_examples=40, deadline=None)
def test_order_of_models_their_names_and_rising_scales_change_nothing(
    scores: list[list[int]], seed: int
) -> None:
    values = np.array(scores, dtype=float)
    names = tuple(f"m{place}" for place in range(len(values)))
    order = np.random.default_rng(seed).permutation(len(values))
    plain = Board(models=names, scenarios=("x", "y", "z"), scores=values)
    mixed = Board(
        models=tuple(f"other {place}" for place in order),
        scenarios=("x", "y", "z"),
        scores=np.exp(values[order]) * [1, 10, 100],
    )

    one = {line.scenario: line for line in agreement(plain)}
    other = {line.scenario: line for line in agreement(mixed)}

    for name, line in one.items():
        assert other[name].value == pytest.approx(line.value, nan_ok=True)
        assert other[name].low == pytest.approx(line.low, nan_ok=True)


@given(scores=SCORES)
@settings(max_examples=25, deadline=None)
def test_agreement_is_the_same_from_either_side_and_whole_with_oneself(
    scores: list[list[int]],
) -> None:
    values = np.array(scores, dtype=float)
    values = np.concatenate([values, values[:, :1]], axis=1)
    names = tuple(map(str, range(len(values))))
    table = Board(models=names, scenarios=("x", "y", "z", "again"), scores=values)

    one, other = pair_agreement(table, "x", "y"), pair_agreement(table, "y", "x")
    itself = pair_agreement(table, "x", "again")
    assert one is not None
    assert other is not None
    assert itself is not None

    assert one.value == pytest.approx(other.value, nan_ok=True)
    flat = len(np.unique(values[:, 0])) == 1
    assert itself.value == pytest.approx(math.nan if flat else 1, nan_ok=True)
