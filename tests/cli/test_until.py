from __future__ import annotations

from click.testing import CliRunner

from benchwright.cli import cli
from benchwright.cli.progress import estimate
from benchwright.evaluation.events import Progress


def test_the_line_tells_how_far_the_estimate_is_from_its_goal() -> None:
    moment = Progress(
        done=64, total=300, asked=64, reused=0, in_flight=0, tokens_in=0, tokens_out=0, cost=None,
        seconds=1.0, estimate=(0.5, 0.45, 0.56), until="2pt",
    )  # fmt: skip
    assert estimate(moment) == "0.500 ± 0.060 so far, asking until 2pt"


def test_a_goal_that_nobody_understands_is_refused_before_anything_is_asked() -> None:
    told = CliRunner().invoke(
        cli, ["run", "gsm8k", "--model", "scripted:one", "--until", "soon", "--take", "5"]
    )
    assert told.exit_code == 2
    assert "--until 'soon'" in told.output
    assert "leave --take out" in told.output
