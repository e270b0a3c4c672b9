"""Recorded letters and verdicts must give the scores that were published for them."""

from __future__ import annotations

from pathlib import Path

import pytest
from parity import knowledge

from benchwright.benchmarks import triplets
from benchwright.core.content import Text
from benchwright.core.response import Response
from benchwright.models.records import records
from benchwright.scorers.mmlu_pro_chain import SCORER as CHAIN
from benchwright.scorers.recorded_letter import SCORER as LETTER

pytestmark = pytest.mark.data


@pytest.mark.parametrize("found", [knowledge.mmlu_redux, knowledge.mmevalpro, knowledge.pandalm])
def test_every_published_figure_comes_out_exactly(data_folder: Path, found) -> None:
    cases = list(found(data_folder))
    assert cases
    assert [case for case in cases if abs(case.difference) > 1e-9] == []


def test_mmlu_pros_recorded_letters_give_the_published_accuracy_of_every_model(
    data_folder: Path,
) -> None:
    cases = list(knowledge.mmlu_pro(data_folder))
    assert len({case.model for case in cases}) >= 14
    assert [case for case in cases if abs(case.difference) > 1e-9] == []


def test_the_official_chain_reads_recorded_letters_as_they_are(load, data_folder: Path) -> None:
    benchmark, data = load("mmlu_pro")
    sample = next(iter(benchmark.samples(data)))
    path = data_folder / "mmlu_pro" / "model_predictions.csv.gz"
    letters = {letter for _, row in records(path) for letter in row.values() if len(letter) == 1}
    assert set("ABCDEFGHIJ") <= letters
    for letter in letters:
        response = Response(parts=(Text(letter),))
        assert CHAIN(sample, response).answer == LETTER(sample, response).answer


def test_mmevalpros_consistencies_are_those_of_the_reference_specification(
    data_folder: Path, load
) -> None:
    benchmark, data = load("mmevalpro")
    samples = list(benchmark.samples(data))
    path = data_folder / "mmevalpro" / "demo_model_output.json"
    outputs = {str(record["index"]): record["model_output"] for _, record in records(path)}
    rows = knowledge._rows(samples, outputs, LETTER)
    figures = {figure.name: figure.of(rows) for figure in triplets.figures()}
    percent = {name: round((value or 0) * 100, 2) for name, value in figures.items()}
    assert percent == {
        "genuine accuracy": 33.07,
        "genuine accuracy, macro": 25.81,
        "average accuracy, macro": 59.66,
        "origin accuracy": 68.71,
        "perception accuracy": 65.11,
        "knowledge accuracy": 62.21,
        "consistency gap": 35.64,
        "perception consistency": 67.94,
        "knowledge consistency": 66.78,
    }


def test_pandalms_majorities_are_those_counted_in_the_reference_specification(load) -> None:
    benchmark, data = load("pandalm")
    targets = [sample.target for sample in benchmark.samples(data)]
    assert {t: targets.count(t) for t in sorted(set(targets))} == {"1": 422, "2": 472, "tie": 105}


def test_an_unreadable_verdict_of_a_judge_is_no_tie(load, data_folder: Path) -> None:
    benchmark, data = load("pandalm")
    samples = list(benchmark.samples(data))
    path = data_folder / "pandalm" / "data" / "gpt-3.5-turbo-testset-v1.json"
    verdicts = {str(record["idx"]): str(record["gpt_result"]) for _, record in records(path)}
    rows = knowledge._rows(samples, verdicts, knowledge.VERDICT)
    assert sum(row.value is None for row in rows) == 25
