"""BBEH Mini: 460 questions of BIG-Bench Extra Hard, 20 of each task, averaged over questions."""

from __future__ import annotations

from collections.abc import Iterator

from benchwright.benchmarks.prompted import Prompted
from benchwright.core.benchmark import Card, Data, Metric, ReferenceScore, Source
from benchwright.core.sample import Sample
from benchwright.models.records import whole
from benchwright.zoo.bbeh import (
    DIGEST,
    LICENCE,
    PAPER,
    PUBLISHED,
    QUESTIONS,
    READ_AT,
    TASKS,
    WAY,
    sample,
)

CARD = Card(
    name="bbeh_mini",
    version="1",
    title="BIG-Bench Extra Hard Mini",
    summary="20 questions of each of BIG-Bench Extra Hard's 23 tasks.",
    paper=PAPER,
    licence=LICENCE,
    size=460,
    sources=(
        Source(
            kind="folder",
            location="bbeh",
            files={"test": "bbeh/mini/data.json", "whole": QUESTIONS},
            digests={
                "bbeh/mini/data.json": (
                    "14e77b3d6be68faa008d268abf53b1f8d2420ffdd762504a304dafc3f8d43026"
                ),
                QUESTIONS: DIGEST,
            },
            note="The authors' repository: google-deepmind/bbeh@80d12ca.",
        ),
    ),
    metric=Metric(name="accuracy", average="micro"),
    reference_scores=tuple(
        ReferenceScore(
            model=model,
            score=round(mini / 100, 4),
            setting="micro average",
            read_at=READ_AT,
        )
        for model, (_, _, mini) in PUBLISHED.items()
    ),
    stratum="task",
    notes="All 460 are also in `bbeh`. The authors' file does not say which task a question is of: "
    "that is looked up there.",
)


def _read(data: Data, split: str) -> Iterator[Sample]:
    task_of = {
        record["input"]: task
        for task in TASKS
        for record in whole(data.path("whole", task=task))["examples"]
    }
    for row, record in enumerate(whole(data.path(split))["examples"]):
        yield sample(f"mini/{row}", record, task_of[record["input"]])


BENCHMARK = Prompted(card=CARD, read=_read, ways={"generate": WAY})
