from __future__ import annotations

import heapq
import random
from collections import deque

import pytest
from hypothesis import given
from hypothesis import strategies as st

from benchwright.models.serving.pace import HOLD_MOST, START, Pace

MOST = 64


def limits(places: int, spread: float, answers: int = 3000) -> tuple[list[int], float]:
    """Return the limit after each answer of a server with ``places``, and the seconds in all."""
    draw, pace = random.Random(1), Pace(MOST)
    queue: deque[tuple[float, int]] = deque()
    working: list[tuple[float, float, int]] = []
    now, out, seen = 0.0, 0, []
    while len(seen) < answers:
        while out < pace.limit(now):
            out += 1
            queue.append((now, out))
        while queue and len(working) < places:
            seconds = draw.uniform(1 - spread, 1 + spread)
            heapq.heappush(working, (now + seconds, *queue.popleft()))
        now, sent_at, beside = heapq.heappop(working)
        out -= 1
        pace.answered(sent_at, now, beside)
        seen.append(pace.limit(now))
    return seen, now


@pytest.mark.parametrize("places", [4, 8, 16, 32])
@pytest.mark.parametrize("spread", [0.0, 0.5])
def test_the_limit_comes_to_the_places_of_the_server_and_stays_there(places, spread):
    seen, seconds = limits(places, spread)
    settled = seen[1500:]

    assert 0.9 * places <= sum(settled) / len(settled) <= 1.4 * places
    assert min(settled) >= 0.6 * places
    assert max(settled) <= 2 * places
    assert seconds <= 1.15 * len(seen) / places


def test_a_server_that_takes_all_is_given_all():
    seen, _ = limits(1000, 0.5)

    assert seen[0] == START
    assert seen.index(MOST) < 400
    assert sum(seen[500:]) / len(seen[500:]) > 0.9 * MOST


@given(
    most=st.integers(1, 100),
    events=st.lists(
        st.tuples(
            st.sampled_from(["answered", "refused"]),
            st.floats(0, 100),
            st.integers(1, 200),
            st.none() | st.floats(0, 1e6),
        ),
        max_size=200,
    ),
)
def test_whatever_is_heard_the_limit_is_within_its_bounds_and_holds_end(most, events):
    pace, now = Pace(most), 0.0
    for what, seconds, out, after in events:
        now += seconds
        if what == "answered":
            pace.answered(now - seconds, now, out)
        else:
            pace.refused(now, now, after)
        assert 0 <= pace.limit(now) <= most
        assert 1 <= pace.limit(now + HOLD_MOST) <= most


def test_a_refusal_cuts_the_limit_once_and_holds_for_what_the_server_asks_or_less():
    pace = Pace(MOST)
    pace.refused(0.0, 1.0)
    cut = pace.limit(pace.held_until)
    for _ in range(5):
        pace.refused(0.5, 1.05)  # sent before the cut: the same overload

    assert pace.limit(1.01) == 0
    assert cut == pace.limit(pace.held_until) < START

    pace.refused(2.0, 3.0, 0.05)
    assert pace.held_until == pytest.approx(3.05)


def test_refusals_in_a_row_are_asked_about_less_and_less_often_until_an_answer():
    pace, now, holds = Pace(MOST), 0.0, []
    for _ in range(12):
        pace.refused(now, now, 60.0)
        holds.append(pace.held_until - now)
        now = pace.held_until
    pace.answered(now, now + 1, 1)
    pace.refused(now + 2, now + 2, 60.0)

    assert holds == sorted(holds)
    assert holds[-1] == HOLD_MOST
    assert pace.held_until - (now + 2) == pytest.approx(holds[0])


def test_the_limit_recovers_when_the_server_answers_again():
    pace, now = Pace(MOST), 0.0
    for _ in range(6):
        pace.refused(now, now)
        now = pace.held_until
    low = pace.limit(now)
    for _ in range(600):
        now += 0.1
        pace.answered(now - 1.0, now, pace.limit(now))

    assert low <= 2
    assert pace.limit(now) > START
