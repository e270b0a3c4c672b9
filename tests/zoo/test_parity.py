"""Real models' recorded outputs must give the scores that were published for them."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from benchwright.core.benchmark import Scorer
from benchwright.core.content import Text
from benchwright.core.model import ModelSettings
from benchwright.core.request import Generation, Origin, Request
from benchwright.core.response import Failure, Response
from benchwright.core.sample import Sample
from benchwright.models.records import records
from benchwright.models.replay import open_model
from benchwright.scorers._zeroeval import math_right, read
from benchwright.scorers.zeroeval import SCORER as CORRECTED
from benchwright.scorers.zeroeval_paper import SCORER as PAPER

pytestmark = pytest.mark.data

# model: (accuracy as published, share without answer as published, accuracy by the corrected rule)
GSM8K = {
    "claude-3-opus-20240229": ("95.60", "0.00", "85.97"),
    "gemini-1.5-pro": ("93.40", "0.00", "86.43"),
    "Yi-1.5-34B-Chat": ("84.08", "0.08", "82.71"),
    "Mistral-Nemo-Instruct-2407": ("82.79", "0.00", "81.35"),
    "yi-large-preview": ("82.64", "0.00", "86.28"),
    "Qwen2-7B-Instruct": ("80.06", "0.00", "79.98"),
    "Yi-1.5-9B-Chat": ("76.42", "0.08", "73.16"),
    "reka-flash-20240226": ("74.68", "0.45", "68.69"),
    "Mixtral-8x7B-Instruct-v0.1": ("70.13", "2.27", "69.75"),
    "command-r": ("52.99", "0.00", "52.69"),
}


def percent(part: int, whole: int) -> str:
    return f"{part / whole * 100:.2f}"


def replayed(
    path: Path, options: dict[str, str], samples: list[Sample], benchmark: str
) -> Iterator[tuple[Sample, Response | Failure]]:
    model = open_model(str(path), ModelSettings(options=options))
    for sample in samples:
        origin = Origin(benchmark=benchmark, sample=sample.id)
        request = Request(prompt=("?",), generation=Generation(), origin=origin)
        yield sample, model.recorded(request)


def tally(pairs: Iterator[tuple[Sample, Response | Failure]], scorer: Scorer) -> tuple[int, int]:
    """Return (right, without answer); every sample must be recorded."""
    right = unread = 0
    for sample, response in pairs:
        assert isinstance(response, Response), response
        score: Any = scorer(sample, response)
        right += score.value == 1.0
        unread += score.value is None
    return right, unread


@pytest.mark.parametrize("model", GSM8K)
def test_gsm8k_replayed_gives_zeroevals_published_accuracy_and_share_without_answer(
    load, data_folder: Path, model: str
) -> None:
    benchmark, data = load("gsm8k")
    samples = list(benchmark.samples(data))
    published = json.loads((data_folder / "gsm8k" / "published_scores.json").read_text("utf-8"))
    row = next(row for row in published if row["Model"] == model)
    accuracy, unanswered, corrected = GSM8K[model]
    assert (row["Acc"], row["No answer"]) == (accuracy, unanswered)

    path = data_folder / "gsm8k" / "zeroeval_outputs" / f"{model}.jsonl.gz"
    options = {"id_pattern": r"(test)-#(\d+)$", "name": model, "source": "ZeroEval"}
    right, unread = tally(replayed(path, options, samples, "gsm8k"), PAPER)
    assert (percent(right, 1319), percent(unread, 1319)) == (accuracy, unanswered)
    assert (
        percent(tally(replayed(path, options, samples, "gsm8k"), CORRECTED)[0], 1319) == corrected
    )


@pytest.mark.parametrize("name", ["gsm8k", "math"])
def test_zeroevals_rule_is_exact_for_every_model_down_to_the_length_of_reasoning(
    data_folder: Path, name: str
) -> None:
    folder = data_folder / name
    (items,) = folder.glob("zeroeval_*items.jsonl.gz")
    targets = {record["id"]: record["answer"] for _, record in records(items)}
    published = {
        row["Model"]: row
        for row in json.loads((folder / "published_scores.json").read_text("utf-8"))
    }
    judge: Callable[[Any, str], bool] = _paper
    paths = sorted((folder / "zeroeval_outputs").glob("*.jsonl.gz"))
    assert len(paths) == 10
    for path in paths:
        model = path.name.removesuffix(".jsonl.gz")
        right = unread = rows = 0
        lengths: list[int] = []
        for _, record in records(path):
            output = record["output"]
            text = output[0] if isinstance(output, list) else output
            reading = read(text, paper=True, family=model)
            rows += 1
            if reading.found:
                lengths.append(len(reading.reasoning))
                right += judge(reading.answer, targets[record["id"]])
            else:
                unread += 1
        row = published[model]
        found = (percent(right, rows), percent(unread, rows), f"{sum(lengths) / len(lengths):.2f}")
        assert found == (row["Acc"], row["No answer"], row["Reason Lens"]), model


def _paper(answer: Any, target: str) -> bool:
    return math_right(answer, target, paper=True)


def test_openais_flags_of_recorded_solutions_are_met(load, data_folder: Path) -> None:
    benchmark, data = load("gsm8k")
    by_question = {sample.text: sample for sample in benchmark.samples(data)}
    scorer = benchmark.scorer(_asking())
    disagreements = total = 0
    for _, record in records(data_folder / "gsm8k" / "example_model_solutions.jsonl.gz"):
        sample = by_question[record["question"]]
        for value in record.values():
            if isinstance(value, dict) and "is_correct" in value:
                score: Any = scorer(sample, Response(parts=(Text(value["solution"]),)))
                total += 1
                disagreements += (score.value == 1.0) != value["is_correct"]
    assert total > 5000
    assert disagreements == 0


def _asking():  # type: ignore[no-untyped-def]
    from benchwright.core.benchmark import Asking

    return Asking(ask="generate", chat=False)
