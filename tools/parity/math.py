"""Recorded answers to GSM8K, MATH level 5, MATH-Vision and MathVista.

Models are found by globbing; published values and verdicts are read from the files beside their
outputs. The rule of the authors gives ``ours``, the benchmark's official scorer ``corrected``.
"""

from __future__ import annotations

import gzip
import json
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any

from benchwright.core.benchmark import Scorer
from benchwright.core.content import Text
from benchwright.core.measurement import Score
from benchwright.core.response import Response
from benchwright.core.sample import LETTERS, Sample
from benchwright.models.records import records
from benchwright.scorers import (
    gsm8k_number,
    math_answer,
    mathvision,
    mathvision_paper,
    mathvista,
    mathvista_paper,
    zeroeval_paper,
)
from benchwright.scorers._zeroeval import read
from parity.case import Case


def cases(data: Path) -> Iterator[Case]:
    """Yield the cases of this group whose folders are in ``data``."""
    if (data / "gsm8k").is_dir():
        yield from zeroeval(data / "gsm8k", "gsm8k", gsm8k_number.SCORER)
        yield from openai_flags(data / "gsm8k")
    if (data / "math").is_dir():
        yield from zeroeval(data / "math", "math_level5", math_answer.SCORER)
    if (data / "mathvision").is_dir():
        yield from mathvision_verdicts(data / "mathvision")
    if (data / "mathvista").is_dir():
        yield from mathvista_scores(data / "mathvista")


def zeroeval(
    folder: Path,
    benchmark: str,
    official: Scorer,
    paper: Scorer = zeroeval_paper.SCORER,
    target: Callable[[str], str] = lambda text: text.replace("#", "").strip(),
) -> Iterator[Case]:
    """Yield accuracy, share without answer and length of reasoning as ZeroEval publishes them.

    ``target`` makes what the ``official`` scorer compares with of what the items hold.
    """
    (items,) = folder.glob("zeroeval_*items.jsonl.gz")
    targets = {record["id"]: str(record["answer"]) for _, record in records(items)}
    published = {
        row["Model"]: row
        for row in json.loads((folder / "published_scores.json").read_text("utf-8"))
    }
    for path in sorted((folder / "zeroeval_outputs").glob("*.jsonl.gz")):
        model = path.name.removesuffix(".jsonl.gz")
        if model not in published:
            continue
        rows = right = unread = corrected = 0
        lengths: list[int] = []
        for _, record in records(path):
            output = record["output"]
            text = output[0] if isinstance(output, list) else output
            sample = _sample(record["id"], targets[record["id"]])
            answered = Response(parts=(Text(text),), served_model=model)
            verdict = _score(paper, sample, answered)
            rows += 1
            right += verdict.value == 1
            unread += verdict.value is None
            plain = _sample(record["id"], target(sample.target))
            corrected += _score(official, plain, answered).value == 1
            if verdict.value is not None:
                lengths.append(len(read(text, paper=True, family=model).reasoning))
        row = published[model]
        shared: dict[str, Any] = {
            "benchmark": benchmark,
            "model": model,
            "rule": paper.name,
            "rows": rows,
            "source": "WildEval/ZeroEval@8c1485e, summary",
        }
        yield Case(
            figure="accuracy",
            published=float(row["Acc"]),
            ours=round(right / rows * 100, 2),
            corrected=round(corrected / rows * 100, 2),
            **shared,
        )
        yield Case(
            figure="no answer",
            published=float(row["No answer"]),
            ours=round(unread / rows * 100, 2),
            **shared,
        )
        yield Case(
            figure="characters of reasoning",
            published=float(row["Reason Lens"]),
            ours=round(sum(lengths) / len(lengths), 2) if lengths else 0.0,
            **shared,
        )


def openai_flags(folder: Path) -> Iterator[Case]:
    """Yield the accuracy of each system whose solutions OpenAI flagged as right or wrong."""
    targets = {
        record["question"]: str(record["answer"]).rpartition("#### ")[2].replace(",", "").strip()
        for _, record in records(folder / "test.jsonl")
    }
    flagged: dict[str, int] = {}
    ours: dict[str, int] = {}
    rows: dict[str, int] = {}
    differing: dict[str, list[str]] = {}
    for path in sorted(folder.glob("example_model_solutions*.jsonl.gz")):
        for number, record in records(path):
            for system, value in record.items():
                if not isinstance(value, dict) or "is_correct" not in value:
                    continue
                sample = _sample(str(number), targets[record["question"]])
                answered = Response(parts=(Text(value["solution"]),))
                right = _score(gsm8k_number.SCORER, sample, answered).value == 1
                rows[system] = rows.get(system, 0) + 1
                flagged[system] = flagged.get(system, 0) + value["is_correct"]
                ours[system] = ours.get(system, 0) + right
                if right != value["is_correct"]:
                    differing.setdefault(system, []).append(f"line {number}: flagged otherwise")
    for system in sorted(rows):
        yield Case(
            benchmark="gsm8k",
            model=f"OpenAI {system}",
            figure="accuracy",
            published=round(flagged[system] / rows[system] * 100, 2),
            ours=round(ours[system] / rows[system] * 100, 2),
            rule="gsm8k_number",
            rows=rows[system],
            explained=tuple(differing.get(system, ())),
            source="is_correct of example_model_solutions",
        )


def mathvision_verdicts(folder: Path) -> Iterator[Case]:
    """Yield accuracy by recorded verdicts and the share of rows on which the rule agrees."""
    samples = {
        record["id"]: _sample(
            record["id"],
            record["answer"],
            choices=tuple(record["options"]),
            metadata={"answer": record["answer"]},
        )
        for _, record in records(folder / "data" / "test.jsonl")
    }
    for path in sorted((folder / "outputs").rglob("*.jsonl.gz")):
        rows = published = ours = corrected = 0
        differing = []
        for _, record in records(path):
            if "correct" not in record:
                continue
            sample = samples[record["id"]]
            answered = Response(parts=(Text(str(record["response"])),))
            right = _score(mathvision_paper.SCORER, sample, answered).value == 1
            rows += 1
            published += record["correct"]
            ours += right
            corrected += _score(mathvision.SCORER, sample, answered).value == 1
            if right != record["correct"]:
                was = "right" if record["correct"] else "wrong"
                same = mathvision_paper.extract(str(record["response"])) == record["model_answer"]
                why = "from the same extraction" if same else "from another extraction"
                differing.append(f"{record['id']}: recorded as {was} {why}")
        if not rows:
            continue
        shared: dict[str, Any] = {
            "benchmark": "mathvision",
            "model": path.name.removesuffix(".jsonl.gz"),
            "rule": "mathvision_paper",
            "rows": rows,
            "explained": tuple(differing),
            "source": "recorded verdicts (mathllm/MATH-V@a1f5cc3, outputs)",
        }
        yield Case(
            figure="accuracy",
            published=round(published / rows * 100, 2),
            ours=round(ours / rows * 100, 2),
            corrected=round(corrected / rows * 100, 2),
            **shared,
        )
        yield Case(
            figure="agreement of verdicts",
            published=100.0,
            ours=round((rows - len(differing)) / rows * 100, 2),
            **shared,
        )


def mathvista_scores(folder: Path) -> Iterator[Case]:
    """Yield accuracy from recorded extractions, beside our own reading of the responses."""
    for path in sorted((folder / "results").rglob("output_*.json.gz")):
        scores = path.with_name(path.name.replace("output_", "scores_"))
        outputs: dict[str, Any] = json.loads(gzip.decompress(path.read_bytes()))
        recorded = {pid: row for pid, row in outputs.items() if "extraction" in row}
        if not scores.is_file() or not recorded:
            continue
        average = json.loads(gzip.decompress(scores.read_bytes()))["average"]
        ours = corrected = 0
        differing = []
        for pid, row in recorded.items():
            sample = vista_sample(pid, row)
            extraction = "" if row["extraction"] is None else str(row["extraction"])
            right = _score(mathvista_paper.SCORER, sample, _said(extraction)).value == 1
            ours += right
            said = str(row.get("response") or "")
            corrected += _score(mathvista.SCORER, sample, _said(said)).value == 1
            if right != row["true_false"]:
                differing.append(f"{pid}: {_why(row, extraction)}")
        own = sum(bool(row["true_false"]) for row in recorded.values())
        if own != average["correct"]:
            differing.append(
                f"all rows: {own} are recorded as right, {scores.name} says {average['correct']}"
            )
        yield Case(
            benchmark="mathvista",
            model=path.name.removeprefix("output_").removesuffix(".json.gz"),
            figure="accuracy",
            published=float(average["accuracy"]),
            ours=round(ours / len(outputs) * 100, 2),
            rule="mathvista_paper",
            corrected=round(corrected / len(outputs) * 100, 2),
            rows=len(recorded),
            explained=tuple(differing),
            source=f"lupantech/MathVista@53d5258, {scores.name}",
        )


def _why(row: Mapping[str, Any], extraction: str) -> str:
    if row["answer_type"] == "integer" and row["prediction"] is None and "." in extraction:
        return f"{extraction[:12]} was no integer to an earlier release, the last one cuts it"
    was = "right" if row["true_false"] else "wrong"
    return f"recorded as {was}, extraction {extraction[:30]!r}"


def vista_sample(pid: str, row: Mapping[str, Any]) -> Sample:
    """Return the question of one recorded MathVista row."""
    choices = tuple(row["choices"] or ())
    precision = {"precision": format(row["precision"], "g")} if row["precision"] else {}
    return Sample(
        id=pid,
        input=(Text(row["question"]),),
        choices=choices,
        target=LETTERS[choices.index(row["answer"])] if choices else row["answer"],
        tags={"answer_type": row["answer_type"]},
        metadata=precision,
    )


def _sample(
    name: str,
    target: str,
    choices: tuple[str, ...] = (),
    metadata: dict[str, str] | None = None,
) -> Sample:
    return Sample(
        id=name, input=(Text("?"),), choices=choices, target=target, metadata=metadata or {}
    )


def _said(text: str) -> Response:
    return Response(parts=(Text(text),))


def _score(scorer: Scorer, sample: Sample, response: Response) -> Score:
    judged = scorer(sample, response)
    if not isinstance(judged, Score):
        raise TypeError(f"{scorer.name} asks or runs something")
    return judged
