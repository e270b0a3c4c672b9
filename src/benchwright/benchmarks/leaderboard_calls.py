"""The Berkeley Function-Calling Leaderboard's single-turn questions, and its numbers."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from typing import cast

from benchwright.benchmarks.functions import right_calls
from benchwright.benchmarks.shares import macro, mean
from benchwright.core.benchmark import Data, Figure, Row
from benchwright.core.content import Text
from benchwright.core.errors import DataError
from benchwright.core.sample import Sample
from benchwright.models.records import Record, lines
from benchwright.scorers._calls.checking import Language

_CATEGORIES = (
    "simple_python",
    "simple_java",
    "simple_javascript",
    "multiple",
    "parallel",
    "parallel_multiple",
    "irrelevance",
    "live_simple",
    "live_multiple",
    "live_parallel",
    "live_parallel_multiple",
    "live_irrelevance",
    "live_relevance",
)
_WANTED = {"irrelevance": "none", "relevance": "some"}


def read(data: Data, split: str) -> Iterator[Sample]:
    """Yield the samples of the single-turn categories, in the leaderboard's order.

    Raises:
        DataError: a category's questions or keys are absent.
    """
    questions = {path.name.partition(".")[0]: path for path in data.paths(split)}
    keys = {path.name.partition(".")[0]: path for path in data.paths("answers")}
    for category in _CATEGORIES:
        file = f"BFCL_v4_{category}"
        if file not in questions:
            raise DataError(f"bfcl: there is no {file}")
        answers = {}
        if file in keys:
            answers = {row["id"]: row["ground_truth"] for _, row in lines(keys[file])}
        for _, record in lines(questions[file]):
            yield _sample(record, category, answers.get(record["id"], []))


def _sample(record: Record, category: str, answers: list[Record]) -> Sample:
    (turns,), functions = record["question"], record["function"]
    kind = category.removeprefix("live_")
    wanted = _WANTED.get(kind, "calls")
    named = kind.partition("_")[2] if kind.startswith("simple_") else "python"
    language = cast("Language", named)
    right = {"none": "no call", "some": "any call"}.get(wanted, "")
    if wanted == "calls":
        if not answers:
            raise DataError(f"bfcl: {record['id']} has no right answer")
        pairs = [next(iter(one.items())) for one in answers]
        right = right_calls(pairs, functions, language)[0]
    return Sample(
        id=record["id"],
        input=(Text("\n".join([turn["content"] for turn in turns])),),
        target=right,
        tags={
            "category": category,
            "group": _group(category, kind),
            "language": language,
        },
        metadata={
            "wanted": wanted,
            "language": language,
            "turns": json.dumps(turns, ensure_ascii=False),
            "functions": json.dumps(functions, ensure_ascii=False),
            "answers": json.dumps(answers, ensure_ascii=False),
        },
    )


def _group(category: str, kind: str) -> str:
    if category.startswith("live_") and kind not in _WANTED:
        return "live"
    return "simple" if kind.startswith("simple_") else kind


def _rows(rows: Sequence[Row], *groups: str) -> list[Row]:
    return [row for row in rows if row.tags.get("group") in groups]


def _non_live(rows: Sequence[Row]) -> float | None:
    means = [macro(_rows(rows, "simple"), "category")]
    means += [mean(_rows(rows, group)) for group in ("multiple", "parallel", "parallel_multiple")]
    found = [value for value in means if value is not None]
    return sum(found) / len(found) if found else None


def _live(rows: Sequence[Row]) -> float | None:
    return mean(_rows(rows, "live"))


def _irrelevance(rows: Sequence[Row]) -> float | None:
    return macro(_rows(rows, "irrelevance"), "category")


def _relevance(rows: Sequence[Row]) -> float | None:
    return mean(_rows(rows, "relevance"))


def _single_turn(rows: Sequence[Row]) -> float | None:
    parts = [_non_live(rows), _live(rows), _irrelevance(rows)]
    found = [part for part in parts if part is not None]
    return sum(found) / len(parts) if len(found) == len(parts) else None


_SCRIPT = "bfcl_eval/eval_checker/eval_runner_helper.py"
FIGURES = (
    Figure(
        name="single-turn score",
        about="Mean of non-live, live and irrelevance: their equal parts of the overall score "
        f"({_SCRIPT}); the rest of that score, multi-turn and agentic, is not asked here.",
        of=_single_turn,
    ),
    Figure(
        name="non-live",
        about="Mean over simple (itself over three languages), multiple, parallel and parallel "
        f"multiple ({_SCRIPT}).",
        of=_non_live,
    ),
    Figure(
        name="live",
        about=f"Share right of the four live categories, every question alike ({_SCRIPT}).",
        of=_live,
    ),
    Figure(
        name="irrelevance",
        about=f"Mean of the two irrelevance categories: no call where none fits ({_SCRIPT}).",
        of=_irrelevance,
    ),
    Figure(
        name="relevance",
        about=f"Share of 16 live questions with any call at all ({_SCRIPT}).",
        of=_relevance,
    ),
)
"""The leaderboard's own numbers."""
