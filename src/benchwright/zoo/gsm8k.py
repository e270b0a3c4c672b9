"""GSM8K: 1,319 grade-school word problems whose answer is a number."""

from __future__ import annotations

from collections.abc import Iterator

from benchwright.benchmarks.layout import Layout
from benchwright.benchmarks.open_answer import OpenAnswer
from benchwright.core.benchmark import Card, Data, Metric, ReferenceScore, Source
from benchwright.core.content import Text
from benchwright.core.errors import DataError
from benchwright.core.request import Generation
from benchwright.core.sample import Sample
from benchwright.models.records import records
from benchwright.scorers.gsm8k_number import SCORER

_ZEROEVAL = {
    "claude-3-opus-20240229": 0.9560,
    "gemini-1.5-pro": 0.9340,
    "Yi-1.5-34B-Chat": 0.8408,
    "Mistral-Nemo-Instruct-2407": 0.8279,
    "yi-large-preview": 0.8264,
    "Qwen2-7B-Instruct": 0.8006,
    "Yi-1.5-9B-Chat": 0.7642,
    "reka-flash-20240226": 0.7468,
    "Mixtral-8x7B-Instruct-v0.1": 0.7013,
    "command-r": 0.5299,
}

CARD = Card(
    name="gsm8k",
    version="1",
    title="Grade School Math 8K",
    summary="Elementary arithmetic in two to eight steps, told in words.",
    paper="Cobbe et al. 2021, arXiv:2110.14168",
    licence="MIT",
    size=1_319,
    sources=(
        Source(
            kind="folder",
            location="gsm8k",
            files={"test": "test.jsonl", "shots": "train_first2000.jsonl.gz"},
            digests={
                "test.jsonl": "3730d312f6e3440559ace48831e51066acaca737f6eabec99bccb9e4b3c39d14",
                "train_first2000.jsonl.gz": (
                    "c15d7cfabd316649992e1ebe23c5725213f267c3e69ac880419d36b698be112d"
                ),
            },
            note="openai/grade-school-math@3101c7d; of the train split, the first 2,000.",
        ),
        Source(
            kind="folder",
            location="gsm8k",
            files={"test": "test.jsonl", "shots": "train.jsonl"},
            digests={
                "test.jsonl": "3730d312f6e3440559ace48831e51066acaca737f6eabec99bccb9e4b3c39d14"
            },
            note="The authors' repository, grade_school_math/data; train digest unverified.",
        ),
        Source(
            kind="hub",
            location="openai/gsm8k",
            revision="740312add88f781978c0658806c59bc2815b9866",
            files={
                "test": "main/test-00000-of-00001.parquet",
                "shots": "main/train-00000-of-00001.parquet",
            },
            digests={
                "main/test-00000-of-00001.parquet": (
                    "ee7b8da9e381df27b9e3f7758a159ab2bdaa4dbaa910546cbbc47e0cb44e4f59"
                ),
                "main/train-00000-of-00001.parquet": (
                    "ea82612ea9582142387730c793eb67d3b12849002bc0b7fa6f8efafa7351419d"
                ),
            },
            note="Revision and digests as several public projects pin them; not fetched by us.",
        ),
    ),
    metric=Metric(name="accuracy", average="micro"),
    reference_scores=tuple(
        ReferenceScore(
            model=model,
            score=score,
            setting="0-shot, JSON answer, ZeroEval's released rule (scorer zeroeval_paper)",
            read_at="WildEval/ZeroEval@8c1485e result_dirs/*.summary.json",
        )
        for model, score in _ZEROEVAL.items()
    ),
    notes="Shots are the first problems of the train split with the authors' worked solutions, "
    "calculator marks included.",
)


def _read(data: Data, split: str) -> Iterator[Sample]:
    place = "train" if split == "shots" else "test"
    for row, (_, record) in enumerate(records(data.path(split))):
        solution, mark, target = str(record["answer"]).rpartition("#### ")
        if not mark:
            raise DataError(f"gsm8k: {place} row {row} has no answer after ####")
        yield Sample(
            id=f"{place}/{row}",
            input=(Text(record["question"]),),
            target=target.strip().replace(",", ""),
            metadata={"solution": f"{solution}{mark}{target}"},
        )


BENCHMARK = OpenAnswer(
    card=CARD,
    read=_read,
    official=SCORER,
    shots=8,
    shots_source="the first train problems, with worked solutions",
    layout=Layout(name="gsm8k", strip=False, shown="solution"),
    generation=Generation(max_tokens=512),
    raw_stop=("Question:",),
)
