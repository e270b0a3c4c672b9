from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from benchwright.analysis.averaging import even, harmonic
from benchwright.analysis.compare import compare
from benchwright.analysis.interval import Design, Interval, mean_interval
from benchwright.analysis.leaderboard import standings
from benchwright.analysis.moments import moments
from benchwright.analysis.responses.reading import read_responses
from benchwright.analysis.running import RunningEstimate
from benchwright.core.average import JOINT
from benchwright.core.benchmark import Metric

shares = st.lists(st.floats(0, 1), min_size=1, max_size=12)


@given(shares)
def test_a_harmonic_mean_is_at_most_the_plain_one_and_at_least_the_least(
    means: list[float],
) -> None:
    array = np.array(means)
    value = harmonic(array)
    assert array.min() - 1e-9 <= value <= array.mean() + 1e-9


@given(st.floats(0, 1), st.integers(1, 9))
def test_a_harmonic_mean_of_equal_means_is_that_mean(mean: float, count: int) -> None:
    assert harmonic(np.full(count, mean)) == pytest.approx(mean, abs=1e-9)


def test_the_adjusted_harmonic_mean_of_two_tasks_is_as_worked_by_hand() -> None:
    # 0 % and 50 %: 2 / (1/1 + 1/51) - 1 = 0.9615 %
    assert harmonic(np.array([0.0, 0.5])) == pytest.approx(0.009615, abs=1e-6)
    assert np.isnan(harmonic(np.array([-0.1, 0.5])))


@given(st.lists(st.tuples(st.sampled_from("ab"), st.sampled_from("xyz")), min_size=1, unique=True))
def test_nested_weights_give_every_outer_group_the_same(pairs: list[tuple[str, str]]) -> None:
    weights = even("nested", [JOINT.join(pair) for pair in pairs])
    outer = {name: sum(w for (o, _), w in zip(pairs, weights, strict=True) if o == name)
             for name, _ in pairs}  # fmt: skip
    assert list(outer.values()) == pytest.approx([1 / len(outer)] * len(outer))


def found(values: dict[str, list[float]], average: str, sizes: dict[str, int]) -> Interval:
    groups = [name for name, some in values.items() for _ in some]
    flat = [value for some in values.values() for value in some]
    return mean_interval(
        moments(flat, strata=groups, groups=groups),
        Design(sizes=sizes, average=average),  # type: ignore[arg-type]
    )


def test_nested_means_are_means_of_means_of_means() -> None:
    values = {f"a{JOINT}x": [1.0] * 3, f"a{JOINT}y": [0.0], f"b{JOINT}z": [1.0, 0.0]}
    assert found(values, "nested", {}).value == pytest.approx(0.5)
    assert found(values, "macro", {}).value == pytest.approx(0.5)
    values[f"a{JOINT}w"] = [0.0]
    assert found(values, "nested", {}).value == pytest.approx((1 / 3 + 1 / 2) / 2)


@settings(max_examples=40, deadline=None)
@given(
    st.dictionaries(
        st.sampled_from("pqrs"),
        st.lists(st.sampled_from([0.0, 1.0]), min_size=2, max_size=9),
        min_size=2,
    )
)
def test_a_harmonic_interval_holds_its_value_and_stays_within_bounds(
    values: dict[str, list[float]],
) -> None:
    interval = found(values, "harmonic", {})
    assert interval.value is not None
    assert interval.low is not None
    assert interval.high is not None
    assert 0 <= interval.low <= interval.value + 1e-12
    assert interval.value - 1e-12 <= interval.high <= 1


SHARES = {
    "middling": np.linspace(0.1, 0.9, 23),
    "low": np.linspace(0.005, 0.1, 23),
    "some never right": np.r_[np.zeros(6), np.linspace(0.01, 0.3, 17)],
}


@pytest.mark.parametrize("kind", SHARES)
@pytest.mark.parametrize("each", [20, 200])
def test_harmonic_intervals_cover_the_truth(kind: str, each: int) -> None:
    rng = np.random.default_rng(each)
    truth, names = harmonic(SHARES[kind]), [f"t{place:02}" for place in range(23)]
    covered = draws = 120
    for _ in range(draws):
        values = {
            name: list((rng.random(each) < share).astype(float))
            for name, share in zip(names, SHARES[kind], strict=True)
        }
        interval = found(values, "harmonic", dict.fromkeys(names, each))
        assert interval.low is not None
        assert interval.high is not None
        covered -= not interval.low <= truth <= interval.high
    assert covered / draws >= 0.90


def test_nested_intervals_cover_the_full_benchmarks_score() -> None:
    rng = np.random.default_rng(5)
    names = [f"{outer}{JOINT}{inner}" for outer, inner in zip("aaabbc", "uvwxyz", strict=True)]
    full = {name: (rng.random(150) < rng.beta(2, 2)).astype(float) for name in names}
    outer = {o: np.mean([v.mean() for n, v in full.items() if n[0] == o]) for o in "abc"}
    truth = float(np.mean(list(outer.values())))
    covered = 0
    for _ in range(300):
        drawn = {name: list(rng.choice(v, 25, replace=False)) for name, v in full.items()}
        interval = found(drawn, "nested", dict.fromkeys(names, 150))
        assert interval.population == "benchmark"
        covered += interval.low <= truth <= interval.high  # type: ignore[operator]
    assert covered / 300 == pytest.approx(0.95, abs=0.035)


def test_tables_average_as_the_card_says(pool, row) -> None:  # type: ignore[no-untyped-def]
    tags = {"law": "hard", "art": "soft", "music": "soft"}

    def fill(model: str, right: dict[str, int]) -> None:
        pool.add(
            row(f"{subject}/{i}", float(i < right[subject]), model=model, model_key=model * 32,
                tags={"subject": subject, "category": tags[subject]})
            for subject in tags for i in range(4)
        )  # fmt: skip

    fill("a", {"law": 4, "art": 2, "music": 0})
    fill("b", {"law": 2, "art": 2, "music": 2})
    sizes = {"law": 4, "art": 4, "music": 4}
    values = {}
    for average in ("micro", "macro:category/subject", "harmonic:subject"):
        pool.save_card(sizes, Metric(average=average))
        values[average] = {line.model: line.estimate.value for line in standings(pool)}
    assert values["micro"] == pytest.approx({"a": 0.5, "b": 0.5})
    assert values["macro:category/subject"] == pytest.approx({"a": 0.625, "b": 0.5})
    assert values["harmonic:subject"]["b"] == pytest.approx(0.5)
    assert values["harmonic:subject"]["a"] == pytest.approx(
        (3 / (1 / 101 + 1 / 51 + 1) - 1) / 100
    )  # fmt: skip

    compared = compare(pool, "a", "b")
    (line,) = compared.lines
    assert line.compared == "plain means over subject"
    assert line.value == pytest.approx(line.score_a - line.score_b, abs=1e-12)  # type: ignore[operator]
    assert "not the benchmark's harmonic mean" in compared.to_table().caption


@pytest.mark.parametrize("average", ["macro", "nested", "harmonic"])
def test_the_running_estimate_averages_as_the_final_table_does(average: str) -> None:
    rng = np.random.default_rng(1)
    names = [f"{outer}{JOINT}{inner}" for outer, inner in zip("aab", "xyz", strict=True)]
    running = RunningEstimate(dict.fromkeys("st", 40), average=average)  # type: ignore[arg-type]
    rows = [(str(rng.choice(["s", "t"])), str(rng.choice(names)), float(rng.random() < 0.4))
            for _ in range(50)]  # fmt: skip
    for stratum, group, value in rows:
        running.add(stratum, value, group)
    strata, groups, values = zip(*rows, strict=True)
    final = mean_interval(
        moments(values, strata=strata, groups=groups),
        Design(sizes=dict.fromkeys("st", 40), average=average),  # type: ignore[arg-type]
    )
    now = running.estimate()
    for end in ("value", "low", "high"):
        assert getattr(now, end) == pytest.approx(getattr(final, end), abs=1e-9)


def test_a_ranking_says_whose_official_average_is_another(pool, row) -> None:  # type: ignore[no-untyped-def]
    pool.save_card({"": 4}, Metric(average="harmonic:subject"))
    pool.add([row("s1", 1.0), row("s1", 0.0, model="bob", model_key="b" * 32)])
    notes = " ".join(read_responses(pool).notes)
    assert "the authors' own score of quiz is the harmonic mean over subject" in notes
    pool.save_card({"": 4}, Metric())
    assert "own score" not in " ".join(read_responses(pool).notes)
