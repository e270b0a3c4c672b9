"""The search for garbage during a run."""

import gc
from collections.abc import Iterator

import pytest

from benchwright.evaluation.garbage import THRESHOLDS, rarely_collected


@pytest.fixture(autouse=True)
def _thresholds() -> Iterator[None]:
    before = gc.get_threshold()
    yield
    gc.set_threshold(*before)


def test_it_is_rare_within_and_as_before_after() -> None:
    gc.set_threshold(700, 10, 10)
    with pytest.raises(ZeroDivisionError), rarely_collected():
        assert gc.get_threshold() == THRESHOLDS
        raise ZeroDivisionError
    assert gc.get_threshold() == (700, 10, 10)


@pytest.mark.parametrize("own", [(0, 0, 0), (50_000, 30, 200)])
def test_what_a_caller_made_rarer_stays(own: tuple[int, int, int]) -> None:
    gc.set_threshold(*own)
    with rarely_collected():
        assert gc.get_threshold() == own
