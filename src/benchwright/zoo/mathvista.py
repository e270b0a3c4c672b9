"""MathVista: 1,000 questions about figures; here their texts, as language models are asked."""

from __future__ import annotations

import gzip
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import msgspec

from benchwright.benchmarks.layout import Layout
from benchwright.benchmarks.open_answer import OpenAnswer
from benchwright.core.benchmark import Card, Data, Metric, ReferenceScore, Source
from benchwright.core.content import Text
from benchwright.core.errors import DataError
from benchwright.core.request import Generation
from benchwright.core.sample import LETTERS, Sample
from benchwright.scorers.mathvista import SCORER

_NOTE = "lupantech/MathVista@53d5258, testmini; the pictures are not in it."
_PUBLISHED = {"Bard (with pictures)": 0.348, "ChatGPT": 0.235, "GPT-4": 0.261, "Claude-2": 0.264}

CARD = Card(
    name="mathvista",
    version="1",
    title="MathVista (testmini, texts)",
    summary="Mathematics in 28 sets of figures, charts and photographs, asked without pictures.",
    paper="Lu et al. 2023, arXiv:2310.02255",
    licence="CC-BY-SA-4.0; for tests, not for training",
    languages=("en", "zh", "fa"),
    size=1_000,
    extras=("math",),
    sources=(
        Source(
            kind="folder",
            location="mathvista",
            files={"test": "data/testmini.json.gz", "queries": "data/query.json.gz"},
            digests={
                "data/testmini.json.gz": (
                    "c1d0ff069b093d0bd3e8f996c352e155221349e5add4cd6aaf17f9ee01befa7c"
                ),
                "data/query.json.gz": (
                    "8582ba3834cb60cd01615e4c0290d4384b6de912aba54ed8e60a70dfa25d400d"
                ),
            },
            note=f"{_NOTE} Files compressed.",
        ),
        Source(
            kind="folder",
            location="mathvista",
            files={"test": "data/testmini.json", "queries": "data/query.json"},
            digests={
                "data/testmini.json": (
                    "ab0148dca9d401c31cc47f29b3826eec28a76ff155a1c0878d81e8daf0413480"
                ),
                "data/query.json": (
                    "a2d173eafbadc7fec6f6d101822723debcbde06bd23a754ebdfc92e229161421"
                ),
            },
            note=_NOTE,
        ),
    ),
    metric=Metric(name="accuracy", average="micro"),
    stratum="task",
    reference_scores=tuple(
        ReferenceScore(
            model=model,
            score=score,
            setting="0-shot, without pictures unless said; answer extracted by GPT-4, then the "
            "released rule (scorer mathvista_paper)",
            read_at="lupantech/MathVista@53d5258 results/*/scores_*.json",
        )
        for model, score in _PUBLISHED.items()
    ),
    notes="Without pictures this is the authors' own baseline for language models, not what the "
    "benchmark is for; asking with pictures comes later. Prompts are the authors' "
    "queries. The scorer mathvista_judge has a judge extract the answer, as the authors do.",
)


def _read(data: Data, split: str) -> Iterator[Sample]:
    queries = _decoded(data.path("queries"))
    for pid, record in _decoded(data.path(split)).items():
        choices = tuple(record["choices"] or ())
        about = record["metadata"]
        target = LETTERS[choices.index(record["answer"])] if choices else record["answer"]
        yield Sample(
            id=pid,
            input=(Text(queries[pid]),),
            choices=choices,
            target=target,
            tags={
                "answer_type": record["answer_type"],
                "language": about["language"],
                **{name: about[name] for name in ("source", "task", "context", "grade")},
            },
            metadata={"precision": format(record["precision"] or 0, "g")}
            if record["precision"]
            else {},
        )


def _decoded(path: Path) -> dict[str, Any]:
    content = path.read_bytes()
    try:
        plain = gzip.decompress(content) if path.suffix == ".gz" else content
        return msgspec.json.decode(plain, type=dict[str, Any])
    except (msgspec.DecodeError, OSError, EOFError) as cause:
        raise DataError(f"{path}: not an object of questions ({cause})") from cause


BENCHMARK = OpenAnswer(
    card=CARD,
    read=_read,
    official=SCORER,
    layout=Layout(name="mathvista", lead="", strip=False, listed=False, cue=""),
    generation=Generation(max_tokens=1024),
)
