from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from benchwright.analysis.interval import Design, mean_interval
from benchwright.analysis.moments import moments
from benchwright.analysis.running import RunningEstimate


@given(st.lists(st.tuples(st.sampled_from("xyz"), st.floats(0, 1)), min_size=1, max_size=50))
def test_the_running_estimate_is_the_estimate(rows: list[tuple[str, float]]) -> None:
    sizes = {"x": 50, "y": 60, "z": 70}
    running = RunningEstimate(sizes)
    for stratum, value in rows:
        running.add(stratum, value)
    at_once = mean_interval(
        moments([value for _, value in rows], strata=[stratum for stratum, _ in rows]),
        Design(sizes=sizes),
    )
    grown = running.estimate()
    assert running.rows == len(rows)
    assert grown.value == pytest.approx(at_once.value, abs=1e-9)
    assert grown.low == pytest.approx(at_once.low, abs=1e-6)
    assert grown.high == pytest.approx(at_once.high, abs=1e-6)


def test_before_the_first_value_there_is_no_estimate() -> None:
    assert RunningEstimate({"x": 3}).estimate().value is None


def test_several_rows_of_a_sample_do_not_narrow_the_interval() -> None:
    once, often = RunningEstimate(), RunningEstimate(rows_per_sample=4)
    for value in [1.0, 0.0, 1.0, 1.0] * 5:
        once.add("", value)
        for _ in range(4):
            often.add("", value)
    one, other = once.estimate(), often.estimate()
    assert one.value == pytest.approx(other.value)
    assert other.high - other.low >= (one.high - one.low) * 0.98  # type: ignore[operator]


def test_subjects_that_are_used_up_leave_the_interval_open_while_others_wait() -> None:
    sizes = {"first": 100, "second": 100, "third": 1000}
    running = RunningEstimate(sizes)
    for stratum in ("first", "second"):
        for number in range(100):
            running.add(stratum, float(number % 2))
    so_far = running.estimate()
    assert so_far.population == "questions"
    assert so_far.low is not None
    assert so_far.high is not None
    assert so_far.high - so_far.low > 0.13  # 200 draws at .5: 2 × 1.96 × .035
