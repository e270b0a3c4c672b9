from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from click.testing import CliRunner, Result

from benchwright.analysis.selecting.file import read_subset
from benchwright.cli import cli
from benchwright.evaluation.run import run
from benchwright.evaluation.settings import FileFields

NUMBER = 40
FIELDS = FileFields(input="q", target="a", choices="o", id="id", tags=("topic",))


def called(*arguments: str | Path) -> Result:
    return CliRunner().invoke(cli, ["select", *map(str, arguments)])


@pytest.fixture
def scores(tmp_path: Path) -> Path:
    """A file of scores: 12 models in four families, two benchmarks of 30 and 10 items."""
    draw = np.random.default_rng(0)
    lines = ["model,benchmark,item,score,topic"]
    for model in range(12):
        for item in range(40):
            right = int(draw.random() < 1 / (1 + np.exp(item / 10 - model / 3)))
            benchmark = "large" if item < 30 else "small"
            name = f"{'abcd'[model % 4]}-{model}"
            lines.append(f"{name},{benchmark},q{item},{right},{'law' if item % 2 else 'art'}")
    path = tmp_path / "scores.csv"
    path.write_text("\n".join(lines) + "\n", "utf-8")
    return path


@pytest.fixture
def questions(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("BENCHWRIGHT_CACHE", str(tmp_path / "cache"))
    path = tmp_path / "mine.jsonl"
    records = [
        {
            "id": f"q{n}", "q": f"What is {n} + 1?", "o": ["x", "y"], "a": "AB"[n % 2],
            "topic": "law" if n % 4 else "art",
        }
        for n in range(NUMBER)
    ]  # fmt: skip
    path.write_text("".join(json.dumps(one) + "\n" for one in records), "utf-8")
    return path


def asked(questions: Path, pool: Path, *models: str, **settings: Any) -> None:
    run(
        f"file:{questions}", model=[f"scripted:{name}" for name in models], pool=pool,
        fields=FIELDS, ask="letters", **settings,
    )  # fmt: skip


def test_a_subset_is_chosen_from_a_file_and_written(scores: Path, tmp_path: Path) -> None:
    out = tmp_path / "subset.json"

    done = called(scores, "--items", "30%", "--out", out)

    assert done.exit_code == 0, done.output
    assert "12 of 40 items chosen by stratified from 12 models" in done.output
    assert f"--subset {out}" in done.output
    file = read_subset(out)
    assert {part.benchmark: len(part.samples) for part in file.parts} == {"large": 9, "small": 3}
    assert file.expected is not None
    assert file.calibration.models == 12


@pytest.mark.parametrize("method", ["c_optimal", "tinybenchmarks", "cod"])
def test_the_method_is_the_users(scores: Path, method: str) -> None:
    done = called(scores, "--items", "8", "--method", method, "--quota", "small=4", "--json")

    said = json.loads(done.stdout)
    assert said["method"] == method
    assert sum(map(len, said["samples"].values())) == 8
    assert len(said["samples"]["small"]) >= 4


def test_strata_are_a_column_of_the_file(scores: Path) -> None:
    done = called(scores, "--items", "8", "--by", "topic", "--json")

    names = [name for names in json.loads(done.stdout)["samples"].values() for name in names]
    assert sum(int(name[1:]) % 2 for name in names) == 4


def test_methods_are_compared_on_held_out_models(scores: Path) -> None:
    done = called(scores, "--items", "8", "--evaluate", "--json")

    rows = json.loads(done.stdout)["rows"]
    assert {"random", "c_optimal", "fluid_adaptive"} < {row["method"] for row in rows}
    assert all(row["items"] == 8 and row["mae"] < 0.3 for row in rows)


def test_anchors_come_from_every_benchmark_with_the_tie_they_mend(scores: Path) -> None:
    done = called(scores, "--anchors", "20%", "--json")

    said = json.loads(done.stdout)
    assert done.exit_code == 0
    assert {name: len(ids) for name, ids in said["samples"].items()} == {"large": 6, "small": 2}
    assert said["linkage"]["components"]
    assert any("anchors tie all 12 models" in note for note in said["notes"])


def test_a_share_of_anchors_is_of_the_budget_where_one_is_said(scores: Path) -> None:
    done = called(scores, "--anchors", "25%", "--items", "20", "--json")

    assert sum(map(len, json.loads(done.stdout)["samples"].values())) == 5


def test_a_subset_is_asked_and_tells_the_full_score(questions: Path, tmp_path: Path) -> None:
    pool, file = tmp_path / "pool", tmp_path / "subset.json"
    asked(questions, pool, "one", "two", "three")
    done = called("mine", "--pool", pool, "--items", "16", "--by", "topic", "--out", file)
    assert done.exit_code == 0, done.output
    [part] = read_subset(file).parts
    assert part.benchmark.startswith("mine@")

    asked(questions, pool, "four", subset=file)
    asked(questions, pool, "four-whole")
    told = called("--estimate", file, "--pool", pool, "--json")

    assert told.exit_code == 0, told.output
    rows = {row["model"]: row for row in json.loads(told.stdout)["rows"]}
    assert set(rows) == {"one", "two", "three", "four", "four-whole"}
    for row in rows.values():
        assert row["answered"] == row["of"] == 16
        assert row["low"] <= row["estimate"] <= row["high"]
    assert rows["four"]["high"] - rows["four"]["low"] > 0.05


def test_an_estimate_lies_near_the_full_score_of_the_same_answers(
    questions: Path, tmp_path: Path
) -> None:
    pool, file = tmp_path / "pool", tmp_path / "subset.json"
    asked(questions, pool, "one", "two", "three")
    called("mine", "--pool", pool, "--items", "100%", "--method", "c_optimal", "--out", file)

    told = json.loads(called("--estimate", file, "--pool", pool, "--json").stdout)["rows"]

    for row in told:
        assert row["estimate"] == pytest.approx(row["subset mean"], abs=1e-6)


def test_samples_that_nobody_answered_are_said_to_be_left_out(
    questions: Path, tmp_path: Path
) -> None:
    pool = tmp_path / "pool"
    asked(questions, pool, "one", "two", take="15")

    done = called("mine", "--pool", pool, "--items", "5")

    assert (
        "stands for the 15 samples of mine that were answered by anyone (and meet --where), of 40"
        in done.output
    )


def test_an_incomplete_model_is_estimated_and_marked(questions: Path, tmp_path: Path) -> None:
    pool, file = tmp_path / "pool", tmp_path / "subset.json"
    asked(questions, pool, "one", "two")
    called("mine", "--pool", pool, "--items", "12", "--method", "random", "--out", file)
    asked(questions, pool, "part", take="30")

    told = json.loads(called("--estimate", file, "--pool", pool, "--json").stdout)

    [row] = [row for row in told["rows"] if row["model"] == "part"]
    assert 6 <= row["answered"] < 12
    assert "lacking answers" in told["caption"]


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ([], "How many?"),
        (["--items", "0"], "3%"),
        (["--items", "-5%"], "3%"),
        (["--items", "5x%"], "3%"),
        (["--items", "99"], "1 to 40 items, not 99"),
        (["--items", "9", "--method", "c-optimal"], "c_optimal"),
        (["--items", "9", "--quota", "small"], "GROUP=N"),
        (["--items", "9", "--quota", "smal=2"], "small"),
        (["--items", "9", "--by", "subject"], "subject"),
        (["--items", "9", "--family", "("], "regular expression"),
        (["--anchors", "20%", "--method", "cod"], "in one way"),
    ],
)
def test_a_wrong_description_is_refused(scores: Path, arguments: list[str], message: str) -> None:
    done = called(scores, *arguments)

    assert done.exit_code == 2, done.output
    assert message in done.output


def test_a_benchmark_asked_in_two_ways_is_not_mixed(questions: Path, tmp_path: Path) -> None:
    pool = tmp_path / "pool"
    asked(questions, pool, "one")
    run(f"file:{questions}", model="scripted:one", pool=pool, fields=FIELDS, ask="generate")

    mixed = called("mine", "--pool", pool, "--items", "9")
    one = called("mine", "--pool", pool, "--items", "9", "--where", "asked like 'letters%'")

    assert mixed.exit_code == 2
    assert "--where" in mixed.output
    assert one.exit_code == 0, one.output


def test_what_nobody_answered_is_not_estimated(
    scores: Path, questions: Path, tmp_path: Path
) -> None:
    pool, file = tmp_path / "pool", tmp_path / "subset.json"
    called(scores, "--items", "9", "--out", file)
    asked(questions, pool, "one")

    done = called("--estimate", file, "--pool", pool)

    assert done.exit_code == 2
    assert "No model of this pool answered half of the 9 samples" in done.output
