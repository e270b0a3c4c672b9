from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import pytest

from benchwright.benchmarks.big_bench import JsonTasks
from benchwright.benchmarks.json_task_figures import (
    FIGURES,
    brier,
    calibration_error,
    normalised_preferred,
    pooled_calibration_error,
)
from benchwright.benchmarks.json_tasks import permutation
from benchwright.benchmarks.loading import locate
from benchwright.core.benchmark import Asking, Benchmark, Data, Row
from benchwright.core.errors import DataError
from benchwright.core.flow import drive
from benchwright.core.request import Request, transcript
from benchwright.core.response import Response
from benchwright.core.sample import Presentation
from benchwright.zoo.big_bench import BENCHMARK, CARD

SUMS = {
    "metrics": ["exact_str_match"],
    "preferred_score": "exact_str_match",
    "task_prefix": "Add.\n",
    "examples": [{"input": f"1 + {n} =", "target": [str(n + 1), "?"]} for n in range(4)],
}
PICK = {
    "metrics": ["multiple_choice_grade"],
    "preferred_score": "multiple_choice_grade",
    "examples": [
        {"input": "Colour?", "target_scores": {"tree": 0, "red": 1, "seven": 0}},
        {"input": "Number?", "target_scores": {"blue": 0, "two": 1}},
        {"input": "Number?", "target_scores": {"blue": 0, "two": 1}},
    ],
}


def written(folder: Path, tasks: dict[str, object]) -> Data:
    for name, task in tasks.items():
        path = folder / "big_bench" / name / "task.json"
        path.parent.mkdir(parents=True)
        path.write_text(json.dumps(task), "utf-8")
    return locate(CARD, folder=folder)


def asked(benchmark: Benchmark, data: Data, asking: Asking) -> Iterator[Request]:
    found: list[Request] = []

    def answer(request: Request) -> Response:
        found.append(request)
        return Response()

    solver = benchmark.solver(asking, data)
    for sample in benchmark.samples(data):
        drive(solver(sample, Presentation(), 0), answer)
    yield from found


def test_tasks_and_their_subtasks_are_read_once_each(tmp_path: Path) -> None:
    container = {"name": "maths"}
    data = written(tmp_path, {"maths": container, "maths/sums": SUMS, "pick": PICK})
    samples = list(BENCHMARK.samples(data))
    assert [sample.id for sample in samples] == [
        *(f"maths/sums/{row}" for row in range(4)),
        "pick/0",
        "pick/1",
    ]
    assert samples[0].target == "1 ‖ ?"
    assert (samples[4].choices, samples[4].target) == (("tree", "red", "seven"), "B")
    assert samples[4].tags["chance"] == "0.333333"


def test_one_tasks_folder_is_enough(tmp_path: Path) -> None:
    written(tmp_path, {"sums": SUMS})
    data = locate(CARD, folder=tmp_path / "big_bench" / "sums")
    assert next(iter(BENCHMARK.samples(data))).id == "sums/0"


def test_a_file_of_another_form_is_refused_by_name(tmp_path: Path) -> None:
    data = written(tmp_path, {"odd": {**SUMS, "examples": [{"input": "?"}]}})
    with pytest.raises(DataError, match="odd, example 0"):
        list(BENCHMARK.samples(data))


def test_questions_are_laid_out_with_the_authors_defaults_and_order_of_options(
    tmp_path: Path,
) -> None:
    data = written(tmp_path, {"pick": PICK, "sums": SUMS})
    pick, _, sums, *_ = asked(BENCHMARK, data, Asking(ask="options", chat=False))
    ordered = [["red", "seven", "tree"][place] for place in permutation(3)]
    shown = "".join(f"\n  choice: {option}" for option in ordered)
    assert pick.prompt_text == f"\nQ: Colour?{shown}\nA:"
    assert pick.continuations == (" tree", " red", " seven")
    assert (sums.prompt_text, sums.continuations) == ("Add.\n\nQ: 1 + 0 =\nA: ", ())
    assert permutation(3) == (0, 1, 2)
    assert permutation(5) == (1, 4, 2, 0, 3)


def test_generated_and_in_a_chat_the_same_question_is_one_turn(tmp_path: Path) -> None:
    data = written(tmp_path, {"pick": PICK})
    first, _ = asked(BENCHMARK, data, Asking(ask="generate", chat=True, system="Be brief."))
    assert not first.continuations
    assert transcript(first).startswith("[system]\nBe brief.\n\n[user]\nQ: Colour?\n  choice: ")


def test_worked_examples_are_other_examples_of_the_same_task(tmp_path: Path) -> None:
    data = written(tmp_path, {"sums": SUMS})
    for request in asked(BENCHMARK, data, Asking(ask="options", chat=False, shots=2)):
        above, own = "".join(request.prompt[:-1]), request.prompt[-1]
        assert above.startswith("Add.\n")
        assert above.count("\nQ: ") == 2
        assert own not in above
    with pytest.raises(DataError, match="4 shots of 4"):
        BENCHMARK.solver(Asking(ask="options", chat=False, shots=4), data)


def test_more_options_than_letters_are_compared_all_the_same(tmp_path: Path) -> None:
    scores = {f"option {n}": int(n == 3) for n in range(30)}
    many = {**PICK, "examples": [{"input": "?", "target_scores": scores}]}
    data = written(tmp_path, {"many": many})
    (sample,) = BENCHMARK.samples(data)
    assert (sample.choices, sample.target) == ((), "option 3")
    (request,) = asked(BENCHMARK, data, Asking(ask="options", chat=False))
    assert len(request.continuations) == 30


def row(answer: str, value: float, chance: float, task: str = "t") -> Row:
    tags = {
        "task": task,
        "subtask": task,
        "preferred": "multiple_choice_grade",
        "metrics": "multiple_choice_grade",
        "chance": str(chance),
    }
    return Row(sample=answer, tags=tags, value=value, answer=answer, target="A")


def test_brier_and_calibration_are_those_of_the_reference_specification() -> None:
    one = [row("A: A 0.7 1, B 0.2 0, C 0.1 0", 1.0, 1 / 3)]
    assert brier(one) == pytest.approx(0.14 / 3)
    pair = [row("A: A 0.9 1, B 0.1 0", 1.0, 0.5), row("A: A 0.9 0, B 0.1 1", 0.0, 0.5)]
    assert pooled_calibration_error(pair) == pytest.approx(0.4)
    assert calibration_error(pair) == pytest.approx(0.4)
    assert brier([]) is None


def test_the_preferred_score_is_normalised_by_what_guessing_gets() -> None:
    quarter = [row("A", float(n < 4), 0.25) for n in range(10)]
    assert normalised_preferred(quarter) == pytest.approx(0.2)
    worse = [row("A", float(n < 1), 0.25) for n in range(10)]
    assert normalised_preferred(worse) == pytest.approx(-0.2)
    both = [*quarter, row("A", 1.0, 0.5, "other")]
    assert normalised_preferred(both) == pytest.approx((0.2 + 1.0) / 2)


def test_figures_of_texts_count_only_tasks_measured_by_them() -> None:
    tags = {"task": "t", "subtask": "t", "preferred": "bleu", "metrics": "bleu, rouge"}
    said = "the cat sat on it"
    rows = [Row(sample="s", tags=tags, value=1.0, answer=said, target=f"{said} ‖ x")]
    found = {figure.name: figure.of(rows) for figure in FIGURES}
    assert found["BLEU"] == pytest.approx(1.0)
    assert found["rouge1"] == found["rougeLsum"] == 1.0
    assert found["exact match"] is None
    assert found["normalised preferred score"] == pytest.approx(1.0)
    assert found["Brier score"] is None


def test_any_benchmark_of_such_files_can_be_made() -> None:
    assert isinstance(BENCHMARK, JsonTasks)
    assert BENCHMARK.asks == ("options", "generate")
