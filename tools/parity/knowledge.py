"""Recorded letters and verdicts of MMLU-Pro, MMLU-Redux, MMEvalPro and PandaLM.

What is recorded are letters that others extracted, so these cases check keys, denominators and
figures, not extraction. Models are found by globbing; published values are read from the files
beside them, or from the card where the folder holds none (its ``read_at`` says from where).
"""

from __future__ import annotations

import importlib
import json
from collections.abc import Callable, Iterable, Iterator, Sequence
from pathlib import Path

from benchwright.benchmarks import triplets
from benchwright.benchmarks.loading import locate
from benchwright.benchmarks.shares import mean
from benchwright.core.benchmark import Benchmark, Figured, ReferenceScore, Row
from benchwright.core.measurement import Outcome, Score
from benchwright.core.response import said
from benchwright.core.sample import Sample
from benchwright.models.records import records
from benchwright.scorers._rule import Rule
from benchwright.scorers.recorded_letter import SCORER as LETTER
from benchwright.scorers.recorded_verdict import SCORER as VERDICT
from parity.case import Case

_Of = Callable[[Sequence[Row]], float | None]


def cases(data: Path) -> Iterator[Case]:
    """Yield the cases of this group whose folders are in ``data``."""
    for folder, found in (
        ("mmlu_pro", mmlu_pro),
        ("mmlu_redux", mmlu_redux),
        ("mmevalpro", mmevalpro),
        ("pandalm", pandalm),
    ):
        if (data / folder).is_dir():
            yield from found(data)


def mmlu_pro(data: Path) -> Iterator[Case]:
    """Yield accuracy and share without answer of every model whose letters are in the tables.

    The denominator is the published number of rows: two models were not asked every question, and
    an empty cell does not say whether it was asked.
    """
    _, samples = _loaded("mmlu_pro", data)
    published = json.loads((data / "mmlu_pro" / "model_accuracy.json").read_text("utf-8"))
    for path in sorted((data / "mmlu_pro").glob("*predictions*.csv.gz")):
        columns: dict[str, dict[str, str]] = {model: {} for model in published}
        for _, record in records(path):
            for model in published.keys() & record.keys():
                columns[model][record["question_id"]] = record[model]
        for model in sorted(name for name, letters in columns.items() if letters):
            rows = _rows(samples, columns[model], LETTER)
            answered = [row for row in rows if row.value is not None]
            asked = published[model]["n"]
            shared = {"benchmark": "mmlu_pro", "model": model, "rule": "recorded_letter"}
            yield Case(
                **shared,
                figure="accuracy",
                published=round(published[model]["acc_given_pred"] * 100, 2),
                ours=round(sum(row.value == 1 for row in rows) / asked * 100, 2),
                rows=len(answered),
                source="model_accuracy.json",
            )
            yield Case(
                **shared,
                figure="no answer",
                published=round((1 - published[model]["answered"] / asked) * 100, 2),
                ours=round((1 - len(answered) / asked) * 100, 2),
                rows=len(answered),
                source="model_accuracy.json",
            )


def mmlu_redux(data: Path) -> Iterator[Case]:
    """Yield accuracy with all questions, without the flagged and of the flagged alone."""
    benchmark, samples = _loaded("mmlu_redux", data)
    letters: dict[str, dict[str, str]] = {}
    for path in sorted((data / "mmlu_redux").glob("*.jsonl.gz")):
        for sample, (_, record) in zip(samples, records(path), strict=True):
            for model, letter in record["preds"].items():
                letters.setdefault(model, {})[sample.id] = letter
    rows = {model: _rows(samples, found, LETTER) for model, found in letters.items()}
    yield from _of_card(benchmark, "accuracy", rows, "recorded_letter")


def pandalm(data: Path) -> Iterator[Case]:
    """Yield agreement with people and its means over the verdicts."""
    benchmark, samples = _loaded("pandalm", data)
    rows: dict[str, list[Row]] = {}
    for path in sorted((data / "pandalm" / "data").glob("*-testset-v1.json")):
        found = [record for _, record in records(path)]
        output = next((name for name in found[0] if name.endswith("_result")), "")
        verdicts = {str(record["idx"]): str(record[output]) for record in found if output}
        if verdicts:
            model = path.name.removesuffix("-testset-v1.json")
            rows[model] = _rows(samples, verdicts, VERDICT)
    yield from _of_card(benchmark, "agreement", rows, "recorded_verdict")


def mmevalpro(data: Path) -> Iterator[Case]:
    """Yield five accuracies of each source, their means, and all sources together."""
    _, samples = _loaded("mmevalpro", data)
    for path in sorted((data / "mmevalpro").glob("*model_output*.json")):
        scores = path.with_name(path.name.replace("model_output", "score"))
        if not scores.is_file():
            continue
        letters = {str(r["index"]): str(r["model_output"]) for _, r in records(path)}
        rows = _rows(samples, letters, LETTER)
        published = json.loads(scores.read_text("utf-8"))
        for scope, figures in published.items():
            asked = [row for row in rows if row.tags["source"] == scope] or rows
            for name, value in figures.items():
                yield Case(
                    benchmark="mmevalpro",
                    model=path.name.removesuffix(".json").removesuffix("_model_output"),
                    figure=f"{name.removesuffix('_score').replace('_', ' ')}, {scope}",
                    published=value,
                    ours=_mmevalpro(rows, scope, _MMEVALPRO[name]),
                    rule="recorded_letter",
                    rows=len(asked),
                    source=scores.name,
                )


_MMEVALPRO: dict[str, _Of] = {
    "genuine_accuracy_score": triplets.genuine,
    "average_score": mean,
    "origin_score": triplets.of_type(triplets.ORIGIN),
    "perception_score": triplets.of_type(triplets.PERCEPTION),
    "knowledge_score": triplets.of_type(triplets.KNOWLEDGE),
}


def _mmevalpro(rows: Sequence[Row], scope: str, figure: _Of) -> float:
    if scope == "Micro_Average":
        return _percent(figure(rows))
    sources = sorted({row.tags["source"] for row in rows})
    if scope == "Macro_Average":  # of rounded values, as the authors' script has it
        return round(sum(_mmevalpro(rows, s, figure) for s in sources) / len(sources), 2)
    return _percent(figure([row for row in rows if row.tags["source"] == scope]))


def _of_card(
    benchmark: Benchmark, score: str, rows: dict[str, list[Row]], rule: str
) -> Iterator[Case]:
    """Yield a case for every reference score of the card whose model is recorded.

    A reference score's setting begins with the figure's name; ``score`` is that of the mean.
    """
    figures: dict[str, _Of] = {score: mean}
    if isinstance(benchmark, Figured):
        figures |= {figure.name: figure.of for figure in benchmark.figures}
    for published in benchmark.card.reference_scores:
        name = published.setting.partition(";")[0]
        if published.model in rows and name in figures:
            yield _case(benchmark, published, name, rows[published.model], figures[name], rule)


def _case(
    benchmark: Benchmark,
    published: ReferenceScore,
    name: str,
    rows: Sequence[Row],
    figure: _Of,
    rule: str,
) -> Case:
    return Case(
        benchmark=benchmark.card.name,
        model=published.model,
        figure=name,
        published=round(published.score * 100, 2),
        ours=_percent(figure(rows)),
        rule=rule,
        rows=len(rows),
        source=published.read_at,
    )


def _percent(value: float | None) -> float:
    return float("nan") if value is None else round(value * 100, 2)


def _loaded(name: str, data: Path) -> tuple[Benchmark, list[Sample]]:
    benchmark: Benchmark = importlib.import_module(f"benchwright.zoo.{name}").BENCHMARK
    return benchmark, list(benchmark.samples(locate(benchmark.card, folder=data)))


def _rows(samples: Iterable[Sample], outputs: dict[str, str], scorer: Rule) -> list[Row]:
    """Return the rows of every sample; one whose output is missing or no verdict has no score."""
    return [_row(sample, scorer(sample, said(outputs.get(sample.id, "")))) for sample in samples]


def _row(sample: Sample, score: Score) -> Row:
    return Row(
        sample=sample.id,
        tags=sample.tags,
        outcome=Outcome.UNPARSED if score.value is None else Outcome.SCORED,
        value=score.value,
        answer=score.answer,
        target=sample.target,
    )
