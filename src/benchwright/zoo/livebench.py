"""LiveBench: 1,118 questions of 13 tasks with objective answers, renewed by releases."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Sequence

from benchwright.benchmarks.layout import Layout
from benchwright.benchmarks.prompted import Prompted, Way
from benchwright.benchmarks.shares import nested
from benchwright.core.benchmark import Card, Data, Figure, Metric, Row, Source
from benchwright.core.content import Text
from benchwright.core.request import Generation
from benchwright.core.response import Response, said
from benchwright.core.sample import Sample
from benchwright.models.records import Record, records
from benchwright.scorers.livebench import SCORER

TASKS = {
    "math": ("AMPS_Hard", "math_comp", "olympiad"),
    "reasoning": ("spatial", "web_of_lies_v2", "zebra_puzzle"),
    "data_analysis": ("cta", "tablejoin", "tablereformat"),
    "instruction_following": ("paraphrase", "simplify", "story_generation", "summarize"),
}
"""Category → its tasks."""
RELEASES = ("2024-11-25", "2024-08-31", "2024-07-26", "2024-06-24")
"""Releases that questions here belong to, the newest first."""
_FILES = "live_bench/{category}/{task}/question.jsonl"
_ABOUT = "Mean over categories of means over tasks, of the questions of this release."
_FORMAT = re.compile(r"format to (\w+) format")

CARD = Card(
    name="livebench",
    version="1",
    title="LiveBench",
    summary="Mathematics, reasoning, data analysis and instruction following, checked by rules.",
    paper="White et al. 2024, arXiv:2406.19314",
    licence="Apache-2.0",
    size=1_118,
    sources=(
        Source(
            kind="folder",
            location="livebench",
            files={"test": _FILES},
            digests={_FILES: "b99e9f63138e4044145d53e8316f11f9439c1677f9a24e5fc22d9b049aefebff"},
            note="LiveBench/LiveBench@995e86f livebench/data: the categories whose questions it "
            "holds; those of language and coding are not in it.",
        ),
    ),
    metric=Metric(name="mean of categories", average="macro:category/task"),
    stratum="task",
    extras=("instructions", "math"),
    notes="Means of tasks make a category's, and those of categories the score. Questions were "
    "added and removed: the mean here is over all that ever were, and the score of a release, as "
    "published, stands beside it (questions added by then and not yet removed). The published "
    "overall score also holds the categories coding and language.",
)


def _read(data: Data, split: str) -> Iterator[Sample]:
    for category, task in ((c, task) for c, tasks in TASKS.items() for task in tasks):
        for _, record in records(data.path(split, category=category, task=task)):
            yield _sample(record, category, task)


def _sample(record: Record, category: str, task: str) -> Sample:
    asked = record["turns"][0]
    metadata = {}
    if task == "tablereformat":
        metadata = {"format": _FORMAT.search(asked)[1].lower()}  # type: ignore[index]
    if category == "instruction_following":
        kept = [{k: v for k, v in words.items() if v is not None} for words in record["kwargs"]]
        pairs = zip(record["instruction_id_list"], kept, strict=True)
        metadata = {"instructions": json.dumps(list(pairs))}
    return Sample(
        id=record["question_id"],
        input=(Text(asked),),
        target=record.get("ground_truth", ""),
        tags={
            "category": category,
            "task": task,
            "subtask": record.get("subtask") or task,
            "release": record["livebench_release_date"],
            "removed": record["livebench_removal_date"],
        },
        metadata=metadata,
    )


def alive(tags: dict[str, str], release: str) -> bool:
    """Return whether a question belongs to a release: added by then and not yet removed."""
    return tags["release"] <= release and not "" < tags["removed"] <= release


def _of_release(release: str) -> Figure:
    def of(rows: Sequence[Row]) -> float | None:
        return nested([row for row in rows if alive(row.tags, release)], "category", "task")

    return Figure(name=f"release {release}", about=_ABOUT, of=of)


def _canonical(sample: Sample) -> Response | None:
    return said(sample.target) if sample.target else None


_WAYS = {
    "generate": Way(
        official=SCORER,
        layout=Layout(name="livebench", lead="", cue="", strip=False),
        generation=Generation(max_tokens=4096),
    )
}
BENCHMARK = Prompted(
    card=CARD,
    read=_read,
    ways=_WAYS,
    figures=tuple(_of_release(release) for release in RELEASES),
    canonical=_canonical,
)
