"""JavaBench: 45 classes of four object-oriented Java projects, completed and tested."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from fractions import Fraction
from pathlib import Path

import msgspec

from benchwright.benchmarks.layout import Layout
from benchwright.benchmarks.open_answer import OpenAnswer
from benchwright.core.benchmark import Card, Data, Figure, Metric, Row, Source
from benchwright.core.content import Text
from benchwright.core.request import Generation
from benchwright.core.response import Response, said
from benchwright.core.sample import Sample
from benchwright.models.records import records
from benchwright.scorers.javabench import SCORER

CARD = Card(
    name="javabench",
    version="1",
    title="JavaBench",
    summary="Completing a class of a student's Java project so that the project's tests hold.",
    paper="Cao et al. 2024, arXiv:2406.12902",
    licence="unstated in the repository (java-bench/JavaBench)",
    size=45,
    runtimes=("java",),
    sources=(
        Source(
            kind="folder",
            location="javabench",
            files={
                "test": "datasets/selective-context/data-{project}.jsonl",
                "skeleton": "projects/{project}/src/main/java/{target}",
                "solution": "projects/{project}-Solution/src",
            },
            note="A checkout of java-bench/JavaBench@0551d7b; digests unverified. JUnit 5, Mockito "
            "and JetBrains' annotations as Debian installs them (junit5, libmockito-java, "
            "libjetbrains-annotations-java).",
        ),
    ),
    metric=Metric(name="pass", average="macro:project"),
    stratum="project",
    notes="Selective context, holistic synthesis, judged class by class: a class passes where all "
    "tests of its project hold with it in place. The released figures stand beside: completion, "
    "compilation, and the mean share of tests. What an answer imports is imported; the released "
    "script drops it (javabench_paper). Judging test by test puts several answers together and is "
    "not offered. PA20 has tests that draw at random: its reference once failed one of 49.",
)
PROJECTS = ("PA19", "PA20", "PA21", "PA22")


def _read(data: Data, split: str) -> Iterator[Sample]:
    for project in PROJECTS:
        home = data.path("solution", project=project)
        files = _texts(home)
        for _, record in records(data.path(split, project=project)):
            target = record["target"]
            skeleton = data.path("skeleton", project=project, target=target)
            yield Sample(
                id=record["task_id"],
                input=(Text(record["code"]),),
                tags={"project": project, "class": target.rpartition("/")[2]},
                metadata={
                    "context": record["code_context"],
                    "target": target,
                    "skeleton": skeleton.read_text("utf-8"),
                    "project": msgspec.json.encode(files).decode(),
                },
            )


def _texts(home: Path) -> dict[str, str]:
    paths = sorted(path for path in home.rglob("*") if path.suffix in {".java", ".map", ".game"})
    return {f"src/{path.relative_to(home).as_posix()}": path.read_text("utf-8") for path in paths}


def _canonical(sample: Sample) -> Response:
    files = msgspec.json.decode(sample.metadata["project"], type=dict[str, str])
    return said(f"```java\n{files['src/main/java/' + sample.metadata['target']]}\n```")


def _header(sample: Sample) -> str:
    return (  # the authors', word for word: it is part of the benchmark
        "You are a helpful java programmer that write the project based on the following context. "
        "\nJava is a high-level, class-based, object-oriented programming language that is "
        "designed to have as few implementation dependencies as possible.\n"
        f"{sample.metadata['context']}\n"
    )


def _share(rows: Sequence[Row], reached: str) -> float | None:
    return sum((row.answer or "").startswith(reached) for row in rows) / len(rows) if rows else None


def _tests(rows: Sequence[Row]) -> float | None:
    reached = [(row.answer or "").partition("compiled ")[2] for row in rows]
    return float(sum(Fraction(share) for share in reached if share)) / len(rows) if rows else None


BENCHMARK = OpenAnswer(
    card=CARD,
    read=_read,
    official=SCORER,
    layout=Layout(
        name="javabench",
        header=_header,
        lead="Complete the code and give the complete class.\n",
        strip=False,
        cue="",
    ),
    generation=Generation(max_tokens=4096),
    raw_stop=(),
    canonical=_canonical,
    figures=(
        Figure(
            name="completion",
            about="Share of answers with the whole class and no TODO left.",
            of=lambda rows: _share(rows, "comp"),
        ),
        Figure(
            name="compilation",
            about="Share that also compiles in its project.",
            of=lambda rows: _share(rows, "compiled"),
        ),
        Figure(name="tests held", about="Mean share of the project's tests that hold.", of=_tests),
    ),
)
