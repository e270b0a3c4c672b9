from __future__ import annotations

import json
from pathlib import Path

import pytest

from benchwright.benchmarks.loading import locate
from benchwright.benchmarks.medicine import FIGURES, HALLMARKS, TASKS, read
from benchwright.core.benchmark import Row
from benchwright.core.errors import DataError
from benchwright.core.measurement import Outcome
from benchwright.core.response import Response, said
from benchwright.zoo.meds_bench import BENCHMARK, CARD

FIGURE = {figure.name: figure.of for figure in FIGURES}
TASK = {
    "Definition": ["Name the organisms."],
    "Positive Examples": [{"input": "Mice ate.", "output": "mice.", "explanation": ""}],
    "Instances": [
        {"id": "1", "input": "Rats and mice.", "output": ["rats, mice."]},
        {"id": "2", "input": "Nothing.", "output": ["There is no related enetity."]},
    ],
}


def snapshot(folder: Path, content: str) -> Path:
    path = folder / "MedS-Bench" / "NER" / "task128_species800.json"
    path.parent.mkdir(parents=True)
    path.write_text(content, "utf-8")
    return folder


def test_a_snapshot_of_the_hub_is_read_task_by_task(tmp_path: Path) -> None:
    data = locate(CARD, folder=snapshot(tmp_path, json.dumps(TASK)))
    assert data.source.subset == "tasks-found"
    one, other = read(data, "test")
    assert (one.id, one.target, one.tags["family"]) == ("task128/0", "rats, mice.", "NER")
    assert one.metadata["rule"] == "entities"
    assert BENCHMARK.official(one, _said("Mice, rats")).value == 1
    assert BENCHMARK.official(other, _said("There is no related entity.")).value == 1
    assert [shot.target for shot in read(data, "shots")] == ["mice."]


def test_the_options_of_a_question_are_kept_for_answers_that_name_one(tmp_path: Path) -> None:
    asked = "Question: What helps?\nOptions: A: rest\tB: aspirin\tC: iron\t"
    instance = {"input": asked, "output": ["The right answer is B: aspirin"]}
    path = tmp_path / "MedS-Bench" / "MCQA" / "task59_medqa.json"
    path.parent.mkdir(parents=True)
    path.write_text(json.dumps({"Definition": ["Choose."], "Instances": [instance]}), "utf-8")
    (sample,) = read(locate(CARD, folder=tmp_path), "test")
    assert BENCHMARK.official(sample, said("Aspirin.")).value == 1
    assert BENCHMARK.official(sample, said("C")).value == 0


def test_another_file_is_refused(tmp_path: Path) -> None:
    data = locate(CARD, folder=snapshot(tmp_path, '{"Instances": 3}'))
    with pytest.raises(DataError, match="not a task of MedS-Bench"):
        list(read(data, "test"))


@pytest.mark.data
def test_recorded_prompts_are_taken_apart_and_no_example_is_asked(load_data) -> None:
    samples, shots = list(read(load_data, "test")), list(read(load_data, "shots"))
    assert len(samples) == 300
    assert {s.metadata["definition"] for s in samples} == {
        "Given a question and its answer, generate an explanation statement."
    }
    assert all("Output:" not in s.text and "<|" not in s.text for s in samples)
    assert not {s.text for s in samples} & {s.text for s in shots}
    by_task = {task: sum(s.tags["task"] == task for s in shots) for task in TASKS}
    assert all(by_task[f"task{number}"] >= 3 for number in range(51, 57))


@pytest.fixture
def load_data(data_folder: Path):
    return locate(CARD, folder=data_folder)


def _said(text: str) -> Response:
    return said(text)


def row(task: str, answer: str | None, target: str) -> Row:
    outcome = Outcome.EMPTY if answer is None else Outcome.SCORED
    family = TASKS[task][0]
    return Row(
        sample="x",
        tags={"family": family, "task": task},
        outcome=outcome,
        answer=answer,
        target=target,
    )


def test_entities_are_counted_over_a_task_and_tasks_weigh_the_same() -> None:
    rows = [
        row("task125", "iron; zinc", "iron"),
        row("task125", None, "tin"),
        row("task128", "rats", "rats"),
    ]
    assert FIGURE["entity F1"](rows) == pytest.approx((2 * 1 / (2 + 2) + 1) / 2)
    assert FIGURE["classification F1"](rows) is None


def test_classes_that_never_occur_count_as_nothing() -> None:
    one, other = HALLMARKS[:2]
    rows = [row("task106", one, f"{one}, {other}"), row("task106", other, other)]
    assert FIGURE["classification F1"](rows) == pytest.approx((1 + 2 * 1 / 3) / 10)


def test_rouge_is_a_mean_of_tasks_then_of_families_and_silence_is_nothing() -> None:
    rows = [
        row("task51", "BLEU-1 0.5, ROUGE-L 0.4", "x"),
        row("task51", None, "x"),
        row("task52", "BLEU-1 0.5, ROUGE-L 0.6", "x"),
        row("task18", "BLEU-1 0.5, ROUGE-L 1.0", "x"),
    ]
    assert FIGURE["ROUGE-L"](rows) == pytest.approx(((0.2 + 0.6) / 2 + 1.0) / 2)
