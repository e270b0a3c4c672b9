"""How many answers are written at once, where the cache's tokens slow each other."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from benchwright.models.decoding.crowding import Crowd, Crowding

SECONDS = st.floats(1e-9, 10.0)
LENGTHS = st.lists(st.integers(1, 10_000), min_size=1, max_size=8)
LIMITS = st.integers(1, 4096)


def seconds(costs: Crowding, prompt: float, answer: float, writers: int) -> float:
    """What one answer among ``writers`` costs besides what it costs alone: the definition."""
    vain = (prompt + answer) * costs.cell * writers * (prompt + answer / 2)
    return answer * costs.step / writers + vain


@given(SECONDS, SECONDS, st.integers(1, 5000), LIMITS)
def test_no_other_number_of_answers_at_once_is_faster(
    step: float, cell: float, prompt: int, limit: int
) -> None:
    costs = Crowding(step=step, cell=cell)
    best = Crowd(1 << 20, costs).room([prompt], limit)
    bound = 1.0001 * min(
        seconds(costs, prompt, limit / 2, writers)
        for writers in (max(1, best // 2), best + 1, 2 * best)
    )
    # A rounded optimum may be the second best whole number, never by much.
    assert seconds(costs, prompt, limit / 2, best) <= 1.06 * bound or best == 1 << 20


@given(SECONDS, SECONDS, LENGTHS, LIMITS, st.integers(1, 64))
def test_there_is_always_one_and_never_more_than_the_most(
    step: float, cell: float, alone: list[int], limit: int, most: int
) -> None:
    room = Crowd(most, Crowding(step=step, cell=cell)).room(alone, limit)
    assert 1 <= room <= most
    longer = [2 * tokens for tokens in alone]
    assert Crowd(most, Crowding(step=step, cell=cell)).room(longer, limit) <= room


@pytest.mark.parametrize("costs", [None, Crowding(step=0.1, cell=0.0)])
def test_where_nothing_crowds_all_are_written_at_once(costs: Crowding | None) -> None:
    assert Crowd(32, costs).room([5000], 4000) == 32


def test_what_answers_turned_out_to_be_is_what_is_expected_next() -> None:
    # Prompts of 800 tokens, answers of 100, 17 ms a batch and .4 microseconds a token and cell.
    crowd = Crowd(32, Crowding(step=0.017, cell=4e-7))
    assert crowd.room([800], 200) == 2
    for _ in range(1000):
        crowd.ended(2)
    assert crowd.room([800], 200) == 1
    assert crowd.room([5], 200) == 32
