"""TheoremQA: 800 university questions that each need a theorem, with typed answers."""

from __future__ import annotations

from collections.abc import Iterator

from benchwright.benchmarks.layout import Layout
from benchwright.benchmarks.open_answer import OpenAnswer
from benchwright.core.benchmark import Card, Data, Metric, ReferenceScore, Source
from benchwright.core.content import Text
from benchwright.core.request import Generation
from benchwright.core.sample import Sample
from benchwright.models.records import records
from benchwright.scorers.theoremqa import SCORER

_FORMS = {
    "bool": "True or False",
    "option": "an option such as (a)",
    "integer": "a number",
    "float": "a number",
    "list of integer": "a list such as [2, 3, 4]",
    "list of float": "a list such as [2, 3.5]",
}

CARD = Card(
    name="theoremqa",
    version="1",
    title="TheoremQA",
    summary="Questions of mathematics, physics, EE & CS and finance that rest on 350 theorems.",
    paper="Chen et al. 2023, arXiv:2305.12524",
    licence="MIT",
    size=800,
    extras=("math",),
    sources=(
        Source(
            kind="folder",
            location="theoremqa",
            files={"test": "theoremqa_test.json"},
            digests={
                "theoremqa_test.json": (
                    "4a3c8683534cd1866491d309d16e2e4d79e8110bd503c91b5c4fecaa0f3744c8"
                )
            },
            note="TIGER-AI-Lab/TheoremQA@acfc968; the pictures that 53 questions show are not in "
            "it, and those questions are asked without (tag picture).",
        ),
    ),
    metric=Metric(name="accuracy", average="micro"),
    stratum="field",
    reference_scores=(
        ReferenceScore(
            model="GPT-4",
            score=0.434,
            setting="chain of thought",
            read_at="arXiv:2305.12524, table 3; unverified by us",
        ),
    ),
    notes="Asked without worked examples, naming the form of the answer as the authors do for chat "
    "models; their five examples for base models are not in the data. Tolerances are theirs: "
    "4 % for floats, rounding for integers, any order for lists.",
)


def _read(data: Data, split: str) -> Iterator[Sample]:
    for _, record in records(data.path(split)):
        kind = record["Answer_type"]
        wanted = f'End with "The answer is" and {_FORMS[kind]}.'
        yield Sample(
            id=record["id"],
            input=(Text(f"{record['Question']}\n\nReason step by step. {wanted}"),),
            target=str(record["Answer"]),
            tags={
                "field": record["field"],
                "subfield": record["subfield"],
                "answer_type": kind,
                "picture": "yes" if record["Picture"] else "no",
            },
        )


BENCHMARK = OpenAnswer(
    card=CARD,
    read=_read,
    official=SCORER,
    layout=Layout(name="theoremqa", lead="Problem:\n", cue="\n\nSolution:", shown="target"),
    generation=Generation(max_tokens=2048),
    raw_stop=("\nProblem:",),
)
