from __future__ import annotations

import pytest

from benchwright.cli import progress as words
from benchwright.evaluation.events import Progress

NOTHING = Progress(
    done=0,
    total=0,
    asked=0,
    reused=0,
    in_flight=0,
    tokens_in=0,
    tokens_out=0,
    cost=None,
    seconds=0.0,
)


@pytest.mark.parametrize(
    ("seconds", "shown"), [(0, "0:00"), (65, "1:05"), (3599.6, "1:00:00"), (7322, "2:02:02")]
)
def test_a_duration_reads_as_a_clock(seconds: float, shown: str) -> None:
    assert words.clock(seconds) == shown


@pytest.mark.parametrize(
    ("cost", "shown"),
    [(None, "cost unknown"), (0.0, "$0.0000"), (0.0123, "$0.0123"), (12, "$12.00")],
)
def test_an_unknown_cost_is_never_zero(cost: float | None, shown: str) -> None:
    assert words.money(cost) == shown


def test_a_run_of_nothing_is_done_and_promises_no_time() -> None:
    assert words.share(NOTHING) == 1.0
    assert words.rate(NOTHING, kept=0) == 0.0
    assert words.time_left(NOTHING, kept=0) == "–"
    assert words.estimate(NOTHING) == "no score yet"
    assert words.outcomes(NOTHING) == "nothing yet"
