"""BIG-Bench Hard's recorded Codex outputs, and LiveBench's recorded answers with their judgements.

BBH's outputs stand in ``bbh/outputs/<model>-<cot or direct>/<task>….json.gz``. Published are the
paper's two averages (on the card) and, per task, what the authors' repository holds beside the
outputs; the latter are not in the data folder, so they are kept in ``bbh_tasks.json`` here.
LiveBench's answers stand in ``…/model_answer/<model>.jsonl.gz``, one judgement each in
``…/model_judgment/*.jsonl``; published is the mean of the judgements.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

from benchwright.benchmarks.loading import locate
from benchwright.core.response import said
from benchwright.core.sample import Sample
from benchwright.models.records import Record, records, whole
from benchwright.scorers.bbh_answer import SCORER as BBH
from benchwright.scorers.bbh_answer_paper import SCORER as BBH_PAPER
from benchwright.scorers.livebench import SCORER as LIVEBENCH
from benchwright.scorers.livebench_paper import SCORER as LIVEBENCH_PAPER
from benchwright.zoo.bbh import BENCHMARK as BBH_BENCHMARK
from benchwright.zoo.bbh import CARD, TASKS
from benchwright.zoo.livebench import BENCHMARK as LIVEBENCH_BENCHMARK
from parity.case import Case

WAYS = {"cot": "generate", "direct": "direct"}
"""How BBH's outputs are called → our way of asking."""
_REPOSITORY = "suzgunmirac/BIG-Bench-Hard@9ee07bd code-davinci-002-outputs/*_eval_metrics.jsonl"
_EQUAL = (
    "an equal expression; the released code's parsing and simplification do not show that it is"
)
_UNEQUAL = "the released code calls the expressions equal (or nearly, within 0.001); we do not"


def cases(data: Path) -> Iterator[Case]:
    """Yield BBH's tasks and averages, then LiveBench's tasks."""
    yield from _bbh(data)
    yield from _livebench(data)


def _bbh(data: Path) -> Iterator[Case]:
    questions: dict[str, list[Sample]] = {}
    for sample in BBH_BENCHMARK.samples(locate(CARD, folder=data)):
        questions.setdefault(sample.tags["task"], []).append(sample)
    per_task = json.loads(Path(__file__).with_name("bbh_tasks.json").read_text("utf-8"))
    for folder in sorted((data / "bbh" / "outputs").glob("*")):
        model, _, form = folder.name.rpartition("-")
        published = {**per_task.get(folder.name, {}), **_beside(folder)}
        found: dict[str, tuple[float, float]] = {}
        for task, samples in questions.items():
            path = next(folder.glob(f"{task}_*.json*"), None)
            if path is None:
                continue
            found[task] = paper, corrected = _accuracies(samples, path)
            if task in published:
                yield Case(
                    benchmark="bbh",
                    model=model,
                    figure=f"{task}, {form}",
                    published=published[task],
                    ours=paper,
                    rule="bbh_answer_paper",
                    corrected=corrected if corrected != paper else None,
                    rows=len(samples),
                    source=_REPOSITORY,
                )
        for reference in CARD.reference_scores:
            asked = reference.setting.endswith(f"({WAYS.get(form)})")
            if reference.model == model and asked and len(found) == len(TASKS):
                yield Case(
                    benchmark="bbh",
                    model=model,
                    figure=f"mean of 23 tasks, {form}",
                    published=round(100 * reference.score, 1),
                    ours=round(by_family({task: one for task, (one, _) in found.items()}), 1),
                    rule="bbh_answer_paper",
                    corrected=round(by_family({task: two for task, (_, two) in found.items()}), 1),
                    rows=sum(len(questions[task]) for task in found),
                    source=reference.read_at,
                )


def _beside(folder: Path) -> dict[str, float]:
    """Return the accuracies that stand beside the outputs, as in the authors' repository."""
    found = {}
    for path in folder.glob("*_eval_metrics.jsonl"):
        _, row = next(records(path))
        found[path.name.partition("_few_shot")[0]] = round(row["accuracy"], 2)
    return found


def by_family(accuracies: dict[str, float]) -> float:
    """Return the mean over families of the means of their tasks."""
    families: dict[str, list[float]] = {}
    for task, accuracy in accuracies.items():
        families.setdefault(TASKS[task], []).append(accuracy)
    means = [sum(group) / len(group) for group in families.values()]
    return sum(means) / len(means)


def _accuracies(samples: list[Sample], path: Path) -> tuple[float, float]:
    texts = [said(record["prediction"]) for record in whole(path)["outputs"]]
    right = [0.0, 0.0]
    for sample, response in zip(samples, texts, strict=True):
        for place, scorer in enumerate((BBH_PAPER, BBH)):
            right[place] += scorer(sample, response).value or 0.0
    return round(100 * right[0] / len(samples), 2), round(100 * right[1] / len(samples), 2)


def _livebench(data: Path) -> Iterator[Case]:
    card = LIVEBENCH_BENCHMARK.card
    samples = {s.id: s for s in LIVEBENCH_BENCHMARK.samples(locate(card, folder=data))}
    for folder in sorted((data / "livebench" / "live_bench").glob("*/*/model_answer")):
        judged: dict[tuple[str, str], float] = {}
        for path in sorted(folder.with_name("model_judgment").glob("*.jsonl*")):
            for _, row in records(path):
                judged[row["model"].lower(), row["question_id"]] = row["score"]
        for path in sorted(folder.glob("*.jsonl*")):
            answers = [record for _, record in records(path)]
            known = [a for a in answers if (_model(a), a["question_id"]) in judged]
            if known and all(answer["question_id"] in samples for answer in known):
                yield _livebench_case(f"{folder.parent.name}", known, samples, judged)


def _model(answer: Record) -> str:
    return str(answer["model_id"]).lower()


def _livebench_case(
    task: str,
    answers: list[Record],
    samples: dict[str, Sample],
    judged: dict[tuple[str, str], float],
) -> Case:
    published = ours = corrected = 0.0
    explained = []
    for answer in answers:
        sample = samples[answer["question_id"]]
        response = said(answer["choices"][0]["turns"][-1])
        verdict = judged[_model(answer), sample.id]
        paper = LIVEBENCH_PAPER(sample, response).value or 0.0
        published, ours = published + verdict, ours + paper
        corrected += LIVEBENCH(sample, response).value or 0.0
        if task == "AMPS_Hard" and abs(paper - verdict) > 1e-9:
            why = _EQUAL if paper > verdict else _UNEQUAL
            explained.append(f"{sample.id[:8]}: {why}")
    count = len(answers)
    return Case(
        benchmark="livebench",
        model=str(answers[0]["model_id"]),
        figure=task,
        published=round(100 * published / count, 3),
        ours=round(100 * ours / count, 3),
        rule="livebench_paper",
        corrected=round(100 * corrected / count, 3),
        rows=count,
        explained=tuple(explained),
        source="LiveBench/LiveBench@995e86f ground_truth_judgment.jsonl",
    )
