"""``benchwright agree``: tables of scores, items of a pool, text that cannot steer a terminal."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest
from click.testing import CliRunner, Result

from benchwright.cli import cli


def agree(*arguments: str) -> Result:
    return CliRunner().invoke(cli, ["agree", *arguments])


@pytest.fixture
def scores(tmp_path: Path) -> str:
    """Four benchmarks of twelve models; in the last lower is better."""
    chance = np.random.default_rng(0)
    ability = chance.normal(size=12)
    lines = ["model,one,two,three,errors"]
    for number, level in enumerate(ability):
        one, two, three, other = level + 0.4 * chance.normal(size=4)
        lines.append(f"m{number},{one},{two},{three},{-other}")
    (tmp_path / "scores.csv").write_text("\n".join(lines), encoding="utf-8")
    return str(tmp_path / "scores.csv")


@pytest.fixture
def quiz(tmp_path: Path) -> str:
    """Answers of nine models to thirty questions; the key of the eighth is wrong."""
    chance = np.random.default_rng(1)
    lines = ["model,item,benchmark,score,answer,target,text,chance"]
    for model in range(9):
        for item in range(30):
            right = chance.random() < 0.6 + 0.04 * model
            truth, key = "ABCD"[item % 4], "ABCD"[(item + (item == 7)) % 4]
            said = truth if right else "ABCD"[(item + 1 + int(chance.integers(3))) % 4]
            text = f"Question {item}\x1b[31m\u202e?"
            lines.append(f"m{model},q{item},quiz,{int(said == key)},{said},{key},{text},.25")
    (tmp_path / "quiz.csv").write_text("\n".join(lines), encoding="utf-8")
    return str(tmp_path / "quiz.csv")


def test_benchmarks_of_a_file_are_compared_with_each_and_with_all(scores: str) -> None:
    done = agree(scores, "--lower", "errors", "--take", "5,50")

    assert done.exit_code == 0, done.output
    assert "tau over all common models" in done.stdout
    assert "Agreement with the aggregate of the others" in done.stdout
    assert "None has 50 models in common with it" in done.stdout
    assert "errors" in done.stdout


def test_lower_is_better_only_where_it_is_said(scores: str) -> None:
    plain = json.loads(agree(scores, "--json").stdout)["agreement"]
    turned = json.loads(agree(scores, "--json", "--lower", "errors").stdout)["agreement"]

    def whole(lines: list[dict[str, object]]) -> dict[object, object]:
        return {one["scenario"]: one["value"] for one in lines if one["take"] == 0}

    assert whole(plain)["errors"] < 0 < whole(turned)["errors"]  # type: ignore[operator]
    assert {one["take"] for one in turned} == {0, 5, 10}


def test_another_reference_strategy_and_correlation(scores: str) -> None:
    done = agree(
        scores, "--reference", "two", "--strategy", "somewhere", "--take", "6",
        "--correlation", "pearson", "--format", "csv",
    )  # fmt: skip

    assert done.exit_code == 0, done.output
    assert "benchmark,models,r,low,high,p,z,6 models" in done.stdout
    assert "\ntwo,12" not in done.stdout.partition("benchmark,models")[2]


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["--reference", "elsewhere"], "no reference named 'elsewhere'"),
        (["--lower", "elsewhere"], "no scenario named 'elsewhere'"),
        (["--where", "model = 'm1'"], "holds scores only"),
        (["--take", "five"], "numbers of models"),
    ],
)
def test_what_cannot_be_is_refused(scores: str, arguments: list[str], said: str) -> None:
    done = agree(scores, *arguments)

    assert done.exit_code == 2
    assert said in done.stderr
    assert "Traceback" not in done.stderr


def test_items_are_analysed(quiz: str) -> None:
    done = agree(quiz, "--items", "quiz")

    assert done.exit_code == 0, done.output
    assert "quiz: 30 items, 9 models" in done.stdout
    found = json.loads(agree(quiz, "--items", "quiz", "--json").stdout)
    assert len(found["item"]) == len(found["difficulty"]) == 30
    assert agree(quiz, "--items", "quizz").exit_code == 2


def test_the_likeliest_wrong_key_is_shown_with_its_question_made_harmless(quiz: str) -> None:
    done = agree(quiz, "--items", "quiz", "--suspects", "2")

    assert done.exit_code == 0, done.output
    assert "━━ 1 · q7 · key 'A'" in done.stdout
    assert "Question 7␛[31m\\u202e?" in done.stdout
    assert "\x1b" not in done.stdout
    first = json.loads(agree(quiz, "--suspects", "1", "--json").stdout)
    assert (first["suspect"]["item"], first["suspect"]["other"]) == ("q7", "D")
    assert first["key"] == "A"


def test_a_pool_is_compared_and_its_suspects_are_read(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    for name in ("one", "two"):
        rows = [
            {"id": str(n), "q": f"{name} {n}?", "o": ["yes", "no"], "a": "AB"[n % 2]}
            for n in range(8)
        ]
        text = "\n".join(json.dumps(row) for row in rows)
        (tmp_path / f"{name}.jsonl").write_text(text, encoding="utf-8")
        fields = ["--input", "q", "--choices", "o", "--target", "a", "--id", "id"]
        models = [part for number in range(5) for part in ("--model", f"scripted:m{number}")]
        run = ["run", f"file:{name}.jsonl", *fields, *models, "--ask", "generate"]
        assert CliRunner().invoke(cli, run).exit_code == 0

    compared, shown = agree(), agree("--items", "two", "--suspects", "1")

    assert compared.exit_code == 0, compared.output
    assert "1  one" in compared.stdout
    assert shown.exit_code == 0, shown.output
    assert "two " in shown.stdout
    assert "  A. yes" in shown.stdout
