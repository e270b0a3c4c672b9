from __future__ import annotations

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from benchwright.report.drawing import BAR, interval, scale_for, stacked


@given(st.lists(st.floats(-1e6, 1e6), min_size=1, max_size=20), st.booleans())
@example([396530.90992593544], False)  # a step that is lost in rounding
def test_a_scale_holds_its_values_between_few_round_ticks(
    values: list[float], signed: bool
) -> None:
    scale = scale_for(values, signed=signed)
    slack = 1e-6 * (scale.high - scale.low)
    assert scale.low - slack <= min(values) and max(values) <= scale.high + slack
    assert 2 <= len(scale.ticks) <= 9
    assert list(scale.ticks) == sorted(set(scale.ticks))
    assert not signed or scale.low - slack <= 0 <= scale.high + slack


def test_shares_stay_within_0_and_1_and_show_as_percent() -> None:
    scale = scale_for([0.0, 0.97, 1.0])
    assert (scale.low, scale.high) == (0, 1)
    assert scale.label(0.25) == "25"


def test_signed_ticks_carry_their_sign() -> None:
    scale = scale_for([-0.1, 0.2], signed=True)
    assert scale.label(0.1) == "+10"
    assert scale.label(-0.1) == "−10"


def test_a_difference_that_may_be_nothing_is_drawn_hollow() -> None:
    scale = scale_for([-0.1, 0.3], signed=True)
    assert "point open" in interval(scale, 0.1, -0.1, 0.3)
    assert "point open" not in interval(scale, 0.2, 0.1, 0.3)


def test_an_estimate_without_interval_is_a_point() -> None:
    drawn = interval(scale_for([3.0]), 3.0, None, None)
    assert "<circle" in drawn and 'class="range"' not in drawn


def test_titles_are_escaped() -> None:
    assert "<b>" not in interval(scale_for([0.5]), 0.5, 0.4, 0.6, title='<b>"')


def test_a_bar_shows_every_outcome_however_rare() -> None:
    drawn = stacked([("right", 99_999), ("failed", 1)])
    assert drawn.count("<rect") == 2
    assert "failed: 1 (0.0%)" in drawn


@pytest.mark.parametrize("counts", [[], [("right", 0)]])
def test_no_rows_make_no_bar(counts: list[tuple[str, int]]) -> None:
    assert stacked(counts) == ""


def test_a_bar_is_as_long_as_its_rows() -> None:
    assert f'width="{BAR - 1:.1f}"' in stacked([("right", 7)])
