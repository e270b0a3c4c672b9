"""SimpleQA: 4,326 short questions of fact with one answer that does not change."""

from __future__ import annotations

import ast
from collections.abc import Iterator, Sequence

from msgspec.structs import replace

from benchwright.benchmarks.open_answer import PLAIN, OpenAnswer
from benchwright.benchmarks.shares import share, told
from benchwright.core.benchmark import Card, Data, Figure, Metric, ReferenceScore, Row, Source
from benchwright.core.content import Text
from benchwright.core.request import Generation
from benchwright.core.sample import Sample
from benchwright.models.records import records
from benchwright.scorers.simpleqa_judge import GRADES, SCORER

_PUBLISHED = {
    "gpt-4.5-preview-2025-02-27": 0.625,
    "o3": 0.494,
    "o1": 0.426,
    "gpt-4.1-2025-04-14": 0.416,
    "gpt-4o-2024-05-13": 0.390,
    "gpt-4o-mini-2024-07-18": 0.095,
}
_DIGEST = "feee3f7e7db3617e94e8fcf1977b756ec420ef8568f4e0fcbbe0e92e9d5fc032"

CARD = Card(
    name="simpleqa",
    version="1",
    title="SimpleQA",
    summary="Short questions of fact, graded as correct, incorrect or not attempted.",
    paper="Wei et al. 2024, arXiv:2411.04368",
    licence="MIT",
    size=4_326,
    sources=(
        Source(
            kind="folder",
            location="simpleqa",
            files={"test": "simple_qa_test_set.csv"},
            digests={"simple_qa_test_set.csv": _DIGEST},
            note="The authors' file (openai/simple-evals); several public projects pin this "
            "digest.",
        ),
        Source(
            kind="hub",
            location="basicv8vc/SimpleQA",
            revision="e319282ab125c3dbd0c7fd00be2e4dd54e7e8f94",
            files={"test": "simple_qa_test_set.csv"},
            digests={"simple_qa_test_set.csv": _DIGEST},
            note="A copy by others; revision and path as two public projects give them. That the "
            "file is the authors' to the byte is unverified.",
        ),
    ),
    metric=Metric(name="correct", average="micro"),
    stratum="topic",
    reference_scores=tuple(
        ReferenceScore(
            model=model,
            score=score,
            setting="correct; graded by a model with the authors' prompt",
            read_at="openai/simple-evals@ee3b031, README.md",
        )
        for model, score in _PUBLISHED.items()
    ),
    notes="A judge grades every answer: CORRECT, INCORRECT or NOT_ATTEMPTED. The wording of the "
    "judge's question is ours, by the authors' definitions. Figures: correct given attempted, and "
    "the F score, the harmonic mean of it and of correct. An answer without text is not attempted; "
    "one that the judge did not grade is in no figure. In a chat only the question is sent, as the "
    "authors do.",
)


def _read(data: Data, split: str) -> Iterator[Sample]:
    for row, (_, record) in enumerate(records(data.path(split))):
        told_of = ast.literal_eval(record["metadata"])  # a Python literal, as the authors wrote it
        yield Sample(
            id=str(row),
            input=(Text(record["problem"]),),
            target=record["answer"],
            tags={"topic": told_of["topic"], "answer_type": told_of["answer_type"]},
        )


def _given_attempted(rows: Sequence[Row]) -> float | None:
    return share([row for row in rows if row.answer in GRADES[:2]], GRADES[:1], GRADES)


def _f_score(rows: Sequence[Row]) -> float | None:
    correct, given = share(told(rows), GRADES[:1], GRADES), _given_attempted(rows)
    if not correct or not given:
        return None if correct is None else 0.0
    return 2 * correct * given / (correct + given)


BENCHMARK = OpenAnswer(
    card=CARD,
    read=_read,
    official=SCORER,
    chat_layout=replace(PLAIN, name="simpleqa", lead="", cue=""),
    generation=Generation(max_tokens=512),
    raw_stop=("\n\n",),
    figures=(
        Figure(
            name="correct given attempted",
            about="CORRECT / (CORRECT + INCORRECT), 0 to 1 (Wei et al. 2024).",
            of=_given_attempted,
        ),
        Figure(
            name="F score",
            about="Harmonic mean of correct and correct given attempted, 0 to 1 (Wei et al. 2024).",
            of=_f_score,
        ),
    ),
)
