from __future__ import annotations

import io

from rich.console import Console

from benchwright.cli.live import LivePanel, panel
from benchwright.evaluation.events import Progress, Started, Warned

STARTED = Started(
    model="small[red]\x1b[2J", template="none", benchmarks=["mmlu@1"], total=1000, kept=200
)
PROGRESS = Progress(
    done=600,
    total=1000,
    asked=390,
    reused=10,
    in_flight=8,
    tokens_in=12_345,
    tokens_out=67,
    cost=0.0123,
    seconds=10.0,
    outcomes={"unparsed": 2, "scored": 397, "failed": 1},
    estimate=(0.31, 0.27, 0.35),
    retries=3,
)


def screen() -> Console:
    return Console(file=io.StringIO(), width=100, force_terminal=True, color_system=None)


def shown(console: Console) -> str:
    assert isinstance(console.file, io.StringIO)
    return console.file.getvalue()


def test_the_panel_shows_everything_a_waiting_person_asks() -> None:
    console = screen()
    console.print(panel(STARTED, PROGRESS))

    text = shown(console)
    for fact in (
        "600 / 1,000",
        "0:10 left",
        "0.310 [0.270, 0.350] so far",
        "397 scored, 2 unparsed, 1 failed",
        "40.0 rows/s, 390 asked, 8 in flight, 10 kept answers reused, 3 retries",
        "12,345 tokens in, 67 out, $0.0123",
        "template none, 200 rows kept",
    ):
        assert fact in text


def test_names_on_the_panel_neither_steer_nor_mark_up() -> None:
    console = screen()
    console.print(panel(STARTED, PROGRESS))

    assert "small[red]␛[2J" in shown(console)


def test_a_warning_stays_above_the_panel() -> None:
    console = screen()
    with LivePanel(console) as live:
        live(STARTED)
        live(PROGRESS)
        live(Warned(message="the server \x1b[2J is slow"))

    assert "warning: the server ␛[2J is slow" in shown(console)
