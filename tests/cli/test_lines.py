from __future__ import annotations

import json

import pytest

from benchwright.cli.lines import PlainLines, json_line
from benchwright.evaluation.events import Progress, Started, Warned

STARTED = Started(model="small", template="none", benchmarks=["mmlu@1"], total=1000, kept=200)


def progress(done: int, seconds: float) -> Progress:
    return Progress(
        done=done,
        total=1000,
        asked=done,
        reused=0,
        in_flight=8,
        tokens_in=12_345,
        tokens_out=67,
        cost=None,
        seconds=seconds,
        outcomes={"unparsed": 2, "scored": done - 202},
        estimate=(0.31, 0.27, 0.35),
    )


class Clock:
    def __init__(self) -> None:
        self.seconds = 0.0

    def __call__(self) -> float:
        return self.seconds


@pytest.fixture
def clock() -> Clock:
    return Clock()


def test_a_line_says_how_far_how_fast_how_well_and_how_much_is_left(
    clock: Clock, capsys: pytest.CaptureFixture[str]
) -> None:
    lines = PlainLines(clock)
    lines(STARTED)
    clock.seconds = 10.0
    lines(progress(600, 10.0))

    first, second = capsys.readouterr().err.splitlines()
    assert first == "small · mmlu@1 · template none · 1,000 rows, 200 kept"
    assert second == (
        "600 / 1,000 · 40.0/s · 0.310 [0.270, 0.350] so far · 398 scored, 2 unparsed · "
        "12,345 tokens in, 67 out · cost unknown · 0:10 left"
    )


def test_lines_come_at_most_every_five_seconds_and_five_percent(
    clock: Clock, capsys: pytest.CaptureFixture[str]
) -> None:
    lines = PlainLines(clock)
    lines(STARTED)
    for second in range(1, 101):
        clock.seconds = float(second)
        lines(progress(200 + 8 * second, float(second)))

    assert len(capsys.readouterr().err.splitlines()) - 1 <= 20


def test_a_slow_run_still_says_something_once_a_minute(
    clock: Clock, capsys: pytest.CaptureFixture[str]
) -> None:
    lines = PlainLines(clock)
    lines(STARTED)
    for second in range(1, 301):
        clock.seconds = float(second)
        lines(progress(203, float(second)))

    assert len(capsys.readouterr().err.splitlines()) - 1 == 5


def test_warnings_are_always_said_and_never_steer_the_terminal(
    clock: Clock, capsys: pytest.CaptureFixture[str]
) -> None:
    lines = PlainLines(clock)
    lines(Warned(message="the server answered \x1b[2J"))

    assert capsys.readouterr().err == "warning: the server answered ␛[2J\n"


def test_machines_get_one_object_a_line(capsys: pytest.CaptureFixture[str]) -> None:
    json_line(STARTED)
    json_line(progress(600, 10.0))

    started, moving = map(json.loads, capsys.readouterr().out.splitlines())
    assert (started["event"], started["kept"]) == ("started", 200)
    assert (moving["event"], moving["cost"]) == ("progress", None)
    assert moving["estimate"] == [0.31, 0.27, 0.35]
