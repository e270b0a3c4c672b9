from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest
from click.testing import CliRunner, Result

from benchwright.cli import cli


def benchwright(*arguments: str) -> Result:
    return CliRunner().invoke(cli, arguments, catch_exceptions=False)


@pytest.fixture
def scores(tmp_path: Path) -> Path:
    """A file of three models with right and wrong answers to forty questions, two unanswered."""
    random = np.random.default_rng(0)
    difficulty = random.random(40)
    rows = ["system,benchmark,question,score"]
    for name, able in (("ada", 0.95), ("bob", 0.5), ("cat", 0.45)):
        rows += [
            f"{name},{'quiz' if i < 20 else 'exam'},q{i},{int(difficulty[i] < able)}"
            for i in range(40)
            if (name, i) not in {("ada", 3), ("bob", 30)}
        ]
    path = tmp_path / "scores.csv"
    path.write_text("\n".join(rows))
    return path


COLUMNS = ("--column", "model=system", "--column", "item=question")


def test_what_may_be_claimed_stands_first(scores: Path) -> None:
    done = benchwright("rank", str(scores), *COLUMNS, "--estimator", "mean")
    assert done.exit_code == 0, done.stderr
    claim, _, head = done.stdout.splitlines()[:3]
    assert claim.startswith("May be claimed at 95%, all at once: ada is the best of 3")
    assert head.split()[:6] == ["rank", "ranks", "claim", "tier", "model", "score"]
    assert "Expected score on all 40 items" in done.stdout
    assert done.stdout.count("May be claimed") == 1


def test_json_holds_the_whole_ranking(scores: Path) -> None:
    done = benchwright("rank", str(scores), *COLUMNS, "--estimator", "mean", "--json")
    found = json.loads(done.stdout)
    assert [line["model"] for line in found["lines"]] == ["ada", "bob", "cat"]
    assert found["lines"][0]["claim_high"] == 1
    assert found["linkage"]["components"] == [["ada", "bob", "cat"]]


def test_the_estimator_is_chosen_unless_one_is_asked_for(scores: Path) -> None:
    done = benchwright("rank", str(scores), *COLUMNS, "--json")
    assert done.exit_code == 0, done.stderr
    assert json.loads(done.stdout)["why"]


def test_lower_may_be_better(scores: Path) -> None:
    turned = (*COLUMNS, "--lower", "quiz", "--lower", "exam", "--estimator", "mean", "--json")
    done = benchwright("rank", str(scores), *turned)
    assert json.loads(done.stdout)["lines"][-1]["model"] == "ada"


def test_options_that_say_nothing_are_refused_together(scores: Path) -> None:
    done = benchwright("rank", str(scores), "--bounds", "quiz=low", "--bounds", "exam=1,2,3")
    assert done.exit_code == 2
    assert done.stderr.count("--bounds takes NAME=LOW,HIGH") == 2
    assert benchwright("rank", str(scores), "--column", "item").exit_code == 2
    assert benchwright("rank", str(scores), "--top", "3").exit_code == 2


def test_names_of_models_cannot_steer_the_terminal(tmp_path: Path) -> None:
    path = tmp_path / "scores.csv"
    path.write_text("model,item,score\n\x1b[2Jada,1,1\nbob,1,0\n")
    done = benchwright("rank", str(path), "--estimator", "mean")
    assert done.exit_code == 0, done.stderr
    assert "\x1b" not in done.stdout


def test_a_pool_that_is_not_there_is_an_error_and_not_an_empty_ranking(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    done = benchwright("rank")
    assert done.exit_code != 0
    assert done.stderr.startswith("error:")
