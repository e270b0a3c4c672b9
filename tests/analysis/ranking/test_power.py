from __future__ import annotations

import math

import numpy as np
import pytest

from benchwright.analysis.ranking.power import (
    chance_of,
    power,
    samples_needed,
    smallest_difference,
)
from benchwright.analysis.student import t_quantile
from benchwright.core.errors import DescriptionError


def test_the_textbooks_case_needs_the_textbooks_samples() -> None:
    # Cohen 1988: a paired difference of half a standard deviation, 5 %, 80 %: 34 pairs.
    assert samples_needed(0.5, 1.0) == 34
    assert samples_needed(0.2, 1.0) == pytest.approx(199, abs=1)


def test_the_chance_is_the_share_of_samples_that_show_the_difference() -> None:
    random = np.random.default_rng(0)
    values = random.normal(0.3, 1, (20_000, 40))
    t = values.mean(axis=1) / (values.std(axis=1, ddof=1) / np.sqrt(40))
    assert chance_of(0.3, 1, 40) == pytest.approx((t > t_quantile(0.95, 39)).mean(), abs=0.012)


def test_the_smallest_difference_is_shown_with_the_chance_that_was_asked_for() -> None:
    smallest = smallest_difference(0.4, 500, chance=0.9)
    assert chance_of(smallest, 0.4, 500) == pytest.approx(0.9, abs=1e-6)
    assert samples_needed(smallest, 0.4, chance=0.9) == pytest.approx(500, abs=1)


def test_no_difference_needs_no_end_of_samples() -> None:
    assert samples_needed(0.0, 0.5) is None
    assert power(0.0, 0.5, 100).shown == pytest.approx(0.025, abs=0.002)
    assert "no number of samples" in str(power(0.0, 0.5, 100))


def test_one_sample_shows_nothing_and_differences_that_do_not_vary_show_at_once() -> None:
    assert chance_of(1.0, 0.5, 1) == 0
    assert math.isinf(smallest_difference(0.5, 1))
    assert chance_of(0.1, 0.0, 10) == 1
    assert samples_needed(0.1, 0.0) == 2


def test_everything_wrong_is_said_at_once() -> None:
    with pytest.raises(DescriptionError) as raised:
        power(math.nan, -1, 0, chance=1, confidence=2)
    assert len(raised.value.problems) == 5
