"""MATH: 5,000 competition problems whose answer is an expression."""

from __future__ import annotations

from collections.abc import Iterator

from benchwright.benchmarks.mathematics import BOXED, form
from benchwright.benchmarks.open_answer import OpenAnswer
from benchwright.core.benchmark import Card, Data, Metric, ReferenceScore, Source
from benchwright.core.content import Text
from benchwright.core.request import Generation
from benchwright.core.sample import Sample
from benchwright.models.records import records
from benchwright.scorers.math_answer import SCORER

CARD = Card(
    name="math",
    version="1",
    title="MATH (test split)",
    summary="Competition mathematics; the answer is a number, an expression, an interval, a set …",
    paper="Hendrycks et al. 2021, arXiv:2103.03874",
    licence="MIT",
    size=5_000,
    extras=("math",),
    sources=(
        Source(
            kind="folder",
            location="math",
            files={"test": "math_test_5000.csv.gz"},
            digests={
                "math_test_5000.csv.gz": (
                    "6951b6c49140626c1571a5f99fd31fa51d5e45ad8755ae76eaa52408ba627c0d"
                )
            },
            note="openai/simple-evals, math_test.csv: the 5,000 test problems with their answers; "
            "levels and subjects are not in it.",
        ),
        Source(
            kind="folder",
            location="math",
            files={"test": "math_test.csv"},
            note="The same file as openai/simple-evals names it; digest unverified.",
        ),
    ),
    metric=Metric(name="accuracy", average="micro"),
    stratum="form",
    reference_scores=(
        ReferenceScore(
            model="GPT-2 1.5B (fine-tuned)",
            score=0.069,
            setting="greedy, the authors' comparison of strings",
            read_at="arXiv:2103.03874, table 1",
        ),
        ReferenceScore(
            model="Minerva 540B",
            score=0.336,
            setting="4 shots, greedy, sympy equivalence",
            read_at="arXiv:2206.14858, table 3",
        ),
    ),
    notes="Asked without worked examples: the four of Minerva, which many use, come from the train "
    "split, which is not in the data. The answer may be written in any equivalent way; the form "
    "that a problem asks for (factored, simplified) is not judged. The tag form is ours.",
)


def _read(data: Data, split: str) -> Iterator[Sample]:
    for row, (_, record) in enumerate(records(data.path(split))):
        target = str(record["Answer"]).strip()
        yield Sample(
            id=f"test/{row}",
            input=(Text(record["Question"]),),
            target=target,
            tags={"form": form(target)},
        )


BENCHMARK = OpenAnswer(
    card=CARD,
    read=_read,
    official=SCORER,
    layout=BOXED,
    generation=Generation(max_tokens=2048),
    raw_stop=("\nProblem:",),
)
