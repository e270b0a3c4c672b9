"""JavaBench's classes with the projects around them, read from a checkout of its repository."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from fractions import Fraction
from pathlib import Path

import msgspec

from benchwright.core.benchmark import Data, Figure, Row
from benchwright.core.content import Text
from benchwright.core.response import Response, said
from benchwright.core.sample import Sample
from benchwright.models.records import records

PROJECTS = ("PA19", "PA20", "PA21", "PA22")


def read(data: Data, split: str) -> Iterator[Sample]:
    """Yield the classes of all projects, each with its whole project."""
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


def canonical(sample: Sample) -> Response:
    """Return the authors' class."""
    files = msgspec.json.decode(sample.metadata["project"], type=dict[str, str])
    return said(f"```java\n{files['src/main/java/' + sample.metadata['target']]}\n```")


def header(sample: Sample) -> str:
    """Return what the authors say before the class: their words and the context."""
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


FIGURES = (
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
)
