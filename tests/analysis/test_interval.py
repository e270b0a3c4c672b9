from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from benchwright.analysis.interval import Design, Interval, mean_interval
from benchwright.analysis.moments import moments

# 600 draws: two-sided coverage of 0.95 is known within 0.0178 (two standard errors).
DRAWS, SLACK = 600, 0.018


def coverage(intervals: list[Interval], truth: float) -> float:
    hits = [i.low - 1e-12 <= truth <= i.high + 1e-12 for i in intervals]  # type: ignore[operator]
    return float(np.mean(hits))


@pytest.mark.parametrize(("n", "p"), [(20, 0.9), (100, 0.5), (100, 0.97), (400, 0.3)])
def test_plain_intervals_cover_at_the_nominal_rate(n: int, p: float) -> None:
    rng = np.random.default_rng(n)
    found = [
        mean_interval(moments((rng.random(n) < p).astype(float)), Design()) for _ in range(DRAWS)
    ]
    assert coverage(found, p) >= 0.95 - SLACK - 0.012  # Wilson's own discreteness: up to 0.012


def finite(rng: np.random.Generator) -> dict[str, np.ndarray]:
    sizes = rng.integers(60, 300, size=20)
    return {
        f"s{h}": (rng.random(size) < rng.beta(2, 2)).astype(float) for h, size in enumerate(sizes)
    }


def drawn(rng: np.random.Generator, full: dict[str, np.ndarray], take: int, design: Design):  # type: ignore[no-untyped-def]
    parts = [rng.choice(values, take, replace=False) for values in full.values()]
    strata = [name for name in full for _ in range(take)]
    return mean_interval(moments(np.concatenate(parts), strata=strata, groups=strata), design)


@pytest.mark.parametrize("macro", [False, True])
@pytest.mark.parametrize("take", [2, 5, 20, 50])
def test_stratified_intervals_cover_the_full_benchmarks_score(take: int, macro: bool) -> None:
    rng = np.random.default_rng(take)
    full = finite(rng)
    each = [values.mean() for values in full.values()]
    truth = float(np.mean(each)) if macro else float(np.concatenate(list(full.values())).mean())
    design = Design(
        sizes={name: len(v) for name, v in full.items()}, average="macro" if macro else "micro"
    )
    found = [drawn(rng, full, take, design) for _ in range(DRAWS)]
    assert abs(coverage(found, truth) - 0.95) <= SLACK + 0.01
    assert np.mean([i.value for i in found]) == pytest.approx(truth, abs=0.01)


def test_a_sample_per_stratum_makes_the_interval_too_wide_and_never_too_narrow() -> None:
    rng = np.random.default_rng(7)
    full = finite(rng)
    truth = float(np.concatenate(list(full.values())).mean())
    design = Design(sizes={name: len(v) for name, v in full.items()})
    assert coverage([drawn(rng, full, 1, design) for _ in range(DRAWS)], truth) >= 0.95


def test_repeats_of_a_sample_are_no_new_samples() -> None:
    rng = np.random.default_rng(3)
    found = []
    for _ in range(DRAWS):
        ability = rng.beta(0.5, 0.5, size=40)
        answers = rng.random((40, 5)) < ability[:, None]
        found.append(mean_interval(moments(answers.mean(axis=1)), Design()))
    assert abs(coverage(found, 0.5) - 0.95) <= SLACK + 0.01


def test_paired_differences_cover_at_the_nominal_rate() -> None:
    rng = np.random.default_rng(5)
    found = []
    for _ in range(DRAWS):
        ability = rng.beta(1, 1, size=60)
        one, other = rng.random(60) < ability, rng.random(60) < ability * 0.9
        found.append(mean_interval(moments(one.astype(float) - other), Design()))
    assert abs(coverage(found, 0.05) - 0.95) <= SLACK + 0.01


@pytest.mark.parametrize("value", [0.0, 1.0])
@pytest.mark.parametrize("n", [1, 5, 1000])
def test_all_right_or_all_wrong_still_has_an_interval(value: float, n: int) -> None:
    found = mean_interval(moments([value] * n), Design())
    assert found.low is not None and found.high is not None
    assert found.high - found.low > 1 / (n + 2)
    assert found.low <= value <= found.high


def test_two_models_that_agree_everywhere_are_not_proven_equal() -> None:
    found = mean_interval(moments([0.0] * 30), Design())
    paired = mean_interval(moments([0.0] * 29 + [-1.0]), Design())
    assert found.value == 0 and found.high is not None and found.high > 0
    assert paired.p_value() is not None and paired.p_value() > 0.2  # type: ignore[operator]


def test_the_full_benchmark_asked_leaves_nothing_open_about_the_full_benchmark() -> None:
    values, strata = [1.0, 0.0, 1.0, 1.0], ["x", "x", "y", "y"]
    sizes = {"x": 2, "y": 2}
    exact = mean_interval(
        moments(values, strata=strata), Design(sizes=sizes, population="benchmark")
    )
    assert (exact.low, exact.value, exact.high) == (0.75, 0.75, 0.75)


def test_the_full_benchmark_asked_still_leaves_open_how_other_questions_would_go() -> None:
    found = mean_interval(moments([1.0, 0.0, 1.0, 1.0]), Design(sizes={"": 4}))
    assert found.population == "questions"
    assert found.low is not None and found.high is not None and found.high - found.low > 0.3


def test_a_part_of_a_benchmark_speaks_of_the_full_benchmark() -> None:
    half = mean_interval(moments([1.0, 0.0] * 50), Design(sizes={"": 200}))
    same = mean_interval(moments([1.0, 0.0] * 50), Design())
    assert half.population == "benchmark"
    assert half.high - half.low == pytest.approx(  # type: ignore[operator]
        (same.high - same.low) * 0.5**0.5,  # type: ignore[operator]
        rel=0.02,
    )


def test_strata_weigh_as_in_the_full_benchmark() -> None:
    values = [1.0] * 4 + [0.0] * 4
    strata = ["big"] * 4 + ["small"] * 4
    found = mean_interval(moments(values, strata=strata), Design(sizes={"big": 300, "small": 100}))
    assert found.value == pytest.approx(0.75)
    assert found.strata == (2, 2)


def test_a_macro_average_weighs_groups_alike_however_large() -> None:
    values = [1.0] * 6 + [0.0] * 2
    groups = ["big"] * 6 + ["small"] * 2
    found = mean_interval(moments(values, groups=groups), Design(average="macro"))
    assert found.value == pytest.approx(0.5)


def test_few_samples_from_few_of_many_strata_are_not_weighted() -> None:
    sizes = {f"s{h}": 100 for h in range(50)}
    found = mean_interval(moments([1.0, 0.0, 1.0], strata=["s1", "s2", "s3"]), Design(sizes=sizes))
    assert found.strata == (0, 0)
    assert found.value == pytest.approx(2 / 3)


def test_a_draw_from_some_strata_speaks_of_these() -> None:
    sizes = {"law": 300, "art": 100, "war": 500}
    found = mean_interval(
        moments([1.0, 1.0, 0.0, 0.0], strata=["law", "law", "art", "art"]), Design(sizes=sizes)
    )
    assert found.strata == (2, 3)
    assert found.value == pytest.approx(0.75)


def test_left_out_samples_shrink_what_is_averaged_and_not_what_was_drawn() -> None:
    nan = float("nan")
    found = moments([1.0, nan, 0.0, nan])
    assert found.n == 2
    assert found.sampled.sum() == 4
    assert mean_interval(found, Design()).value == pytest.approx(0.5)


def test_nothing_to_average_has_no_value() -> None:
    found = mean_interval(moments([]), Design())
    assert (found.value, found.low, found.p_value()) == (None, None, None)


def test_unbounded_scores_get_students_interval() -> None:
    found = mean_interval(moments([10.0, 12.0, 14.0]), Design())
    # mean 12, standard deviation 2, t(2) = 4.303
    assert found.low == pytest.approx(12 - 4.303 * 2 / 3**0.5, abs=1e-3)


def test_one_unbounded_score_says_nothing_of_its_error() -> None:
    assert mean_interval(moments([7.0]), Design()).low is None


@settings(max_examples=60)
@given(
    st.lists(st.tuples(st.sampled_from("xyz"), st.floats(0, 1)), min_size=1, max_size=40),
    st.randoms(),
    st.booleans(),
)
def test_the_order_of_rows_does_not_matter(rows, random, macro: bool) -> None:  # type: ignore[no-untyped-def]
    design = Design(sizes={"x": 50, "y": 60, "z": 70}, average="macro" if macro else "micro")
    results = []
    for _ in range(2):
        strata = [stratum for stratum, _ in rows]
        found = moments([value for _, value in rows], strata=strata, groups=strata)
        results.append(mean_interval(found, design))
        random.shuffle(rows)
    assert results[0].value == pytest.approx(results[1].value, abs=1e-12)
    assert results[0].low == pytest.approx(results[1].low, abs=1e-9)
    assert results[0].high == pytest.approx(results[1].high, abs=1e-9)


@settings(max_examples=60)
@given(st.lists(st.floats(0, 1), min_size=1, max_size=60))
def test_the_interval_holds_the_value_and_stays_within_bounds(values: list[float]) -> None:
    found = mean_interval(moments(values), Design())
    assert found.low is not None and found.value is not None and found.high is not None
    assert 0 <= found.low <= found.value + 1e-12
    assert found.value - 1e-12 <= found.high <= 1
