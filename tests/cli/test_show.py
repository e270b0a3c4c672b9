from __future__ import annotations

import json
from pathlib import Path

import pytest
from click.testing import CliRunner

from benchwright import catalog
from benchwright.cli import cli


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder of data that holds no benchmark, and no other named."""
    monkeypatch.delenv("BENCHWRIGHT_DATA", raising=False)
    return tmp_path


def show(*arguments: str) -> str:
    done = CliRunner().invoke(cli, ["show", *arguments])
    assert done.exit_code == 0, done.output
    return done.stdout


def test_a_card_says_how_scores_are_averaged_and_that_a_prompt_wants_data(folder: Path) -> None:
    said = show("mmlu")
    assert "accuracy, mean over samples (micro)" in said
    assert "name the folder of its data with --data" in said
    assert "name the folder" in show("mmlu", "--data", str(folder))


def test_further_figures_stand_with_what_they_say(folder: Path) -> None:
    told = json.loads(show("truthfulqa", "--json"))
    assert told["sample"] is None
    assert told["figures"].keys() == {figure.name for figure in catalog.figures("truthfulqa")}


@pytest.mark.data
def test_the_first_prompt_is_shown_as_it_is_sent_its_middle_left_out(data_folder: Path) -> None:
    said = show("mmlu", "--data", str(data_folder))
    assert "Its first prompt, as sent (letters, 5-shot" in said
    assert (
        "The following are multiple choice questions (with answers) about abstract algebra" in said
    )
    assert "  --> ' D'" in said
    assert len(said.splitlines()) < 120
    told = json.loads(show("gsm8k", "--data", str(data_folder), "--json"))["sample"]
    assert told["prompt"].count("Question:") == 9
    assert (told["id"], told["target"]) == ("test/0", "18")


@pytest.mark.parametrize("name", catalog.benchmarks())
def test_a_list_says_of_a_benchmark_what_its_card_says(name: str) -> None:
    card, short = catalog.benchmark(name).card, catalog.summary(name)
    assert (short.title, short.size, short.modalities) == (card.title, card.size, card.modalities)
