"""MATH-Vision: 3,040 competition problems, each with its picture."""

from __future__ import annotations

import re
from collections.abc import Iterator

from benchwright.benchmarks.layout import Layout
from benchwright.benchmarks.open_answer import OpenAnswer
from benchwright.core.benchmark import Card, Data, Metric, ReferenceScore, Source
from benchwright.core.content import Image, Text
from benchwright.core.request import Generation
from benchwright.core.sample import Sample
from benchwright.models.records import records
from benchwright.scorers._final import boxes
from benchwright.scorers.mathvision import SCORER

_INSTRUCTION = (  # the authors', word for word: it is part of the benchmark
    'Please solve the problem step by step and put your answer in one "\\boxed{}". If it is a '
    'multiple choice question, only one letter is allowed in the "\\boxed{}".\n'
)
_TEST = "36608758db6205692f59423316ba281a4e2e5f23286452ae31739ed4278133a8"
_IMAGES = "192ce01e9c7a95c0904ff61581b808cc5b6e12a6af6def668fcb96c099e3aab2"
_MINI = "449e238b768f702e2659543495f2c87ee1f41a9e9c013d174daf12029756227a"
_MINI_IMAGES = "5669d2ba0dad156d52ae46d077c31d22a964a4b8edb00793b366789d4d954b9f"
_PUBLISHED = {
    "Gemini Pro": 0.1766,
    "Qwen-VL-Plus": 0.1072,
    "InternLM-XComposer2-VL": 0.1454,
    "LLaVA-v1.5-7B": 0.0852,
}

CARD = Card(
    name="mathvision",
    version="1",
    title="MATH-Vision (MATH-V)",
    summary="Competition mathematics that needs its picture, in 16 subjects and 5 levels.",
    paper="Wang et al. 2024, arXiv:2402.14804",
    licence="MIT",
    size=3_040,
    extras=("math",),
    modalities=("text", "image"),
    sources=(
        Source(
            kind="folder",
            location="mathvision",
            files={
                "test": "data/test.jsonl",
                "images": "images/{image}.jpg",
                "first": "images/1.jpg",  # not in testmini: tells the two apart
            },
            digests={
                "data/test.jsonl": _TEST,
                "images/{image}.jpg": _IMAGES,
                "images/1.jpg": "056877209c755b5ff5e074d712a78b68a38d38a8bb3b25577ebb40fbb4b83c93",
            },
            note="mathllm/MATH-V@a1f5cc3; all pictures of a problem are merged into one.",
        ),
        Source(
            kind="folder",
            location="mathvision",
            files={"test": "data/testmini.jsonl", "images": "images/{image}.jpg"},
            subset="testmini",
            digests={"data/testmini.jsonl": _MINI, "images/{image}.jpg": _MINI_IMAGES},
            note="mathllm/MATH-V@a1f5cc3: the authors' 304 problems for development.",
        ),
    ),
    metric=Metric(name="accuracy", average="micro"),
    stratum="subject",
    reference_scores=tuple(
        ReferenceScore(
            model=model,
            score=score,
            setting="0-shot, the authors' released rule (scorer mathvision_paper)",
            read_at="arXiv:2402.14804, table 3; equal to the recorded verdicts",
        )
        for model, score in _PUBLISHED.items()
    ),
    notes="Options that are pictures themselves are named by their letters in the picture and not "
    "listed. One target is damaged in the source (a form feed for \\f) and mended; words after a "
    "number in four targets are units and dropped.",
)


def _read(data: Data, split: str) -> Iterator[Sample]:
    for _, record in records(data.path(split)):
        options = tuple(record["options"])
        listed = "" if "".join(options) in {"", "ABCDE"} else _listing(options)
        picture = data.add_media(data.path("images", image=record["id"]), "image/jpeg")
        yield Sample(
            id=record["id"],
            input=(Image(picture), Text(f"{record['question']}\n{listed}")),
            choices=options,
            target=record["answer"] if options else _plain(record["answer"]),
            tags={"subject": record["subject"], "level": str(record["level"])},
            metadata={"answer": record["answer"]},
        )


def _listing(options: tuple[str, ...]) -> str:
    return "".join(
        f"({letter}) {option}\n" for letter, option in zip("ABCDE", options, strict=True)
    )


def _plain(answer: str) -> str:
    answer = answer.replace("\f", "\\f").strip()
    box = boxes(answer)
    return re.sub(r"\{(?:degrees|squareinches|inches)\}$", "", box[-1][2] if box else answer)


BENCHMARK = OpenAnswer(
    card=CARD,
    read=_read,
    official=SCORER,
    layout=Layout(name="mathvision", lead=_INSTRUCTION, strip=False, listed=False, cue=""),
    generation=Generation(max_tokens=2048),
)
