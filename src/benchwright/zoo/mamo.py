"""MAMO: 1,209 word problems to be written as optimisation models or ODE programs for a solver."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from benchwright.benchmarks.layout import Layout
from benchwright.benchmarks.open_answer import OpenAnswer
from benchwright.core.benchmark import Card, Data, Figure, Metric, ReferenceScore, Row, Source
from benchwright.core.content import Text
from benchwright.core.request import Generation
from benchwright.core.response import said
from benchwright.core.sample import Sample
from benchwright.models.records import records
from benchwright.scorers._mamo import RUNTIMES, written
from benchwright.scorers.mamo import SCORER

_FILES = {
    "test": "optimization/Easy_LP/mamo_easy_lp.jsonl",
    "complex_lp": "optimization/Complex_LP/mamo_complex_lp.jsonl",
    "ode": "ode/mamo_ode.jsonl",
}
_PARTS = {"easy_lp": "test", "complex_lp": "complex_lp", "ode": "ode"}
_LP = (
    "Write the following problem as a complete model in the LP file format, such that the optimal "
    "value of the objective answers the question. Sections: Minimize or Maximize with one "
    "objective, Subject To, Bounds where needed, Generals for variables that must be whole, End. "
    "Put a space between a coefficient and its variable, and all variables on the left side of a "
    "constraint. Give only the file."
)
_ODE = (
    "Write a complete Python program that solves the following problem with ordinary differential "
    "equations (numpy, scipy and sympy may be imported) and prints nothing but the final number, "
    "rounded as the question asks. Give only the program."
)

CARD = Card(
    name="mamo",
    version="1",
    title="MAMO: mathematical modelling with solvers",
    summary="Linear programmes and differential equations in words, solved by what a model writes.",
    paper="Huang et al. 2024, arXiv:2405.13144",
    licence="CC-BY-SA-4.0",
    size=1_209,
    extras=("mamo",),
    runtimes=RUNTIMES,
    sources=(
        Source(
            kind="folder",
            location="mamo",
            files=_FILES,
            digests={
                _FILES["test"]: "b37ae7d9fc0b8c39e172d070aed84e600549407886ef970083c0f6cadc2e60a6",
                _FILES["complex_lp"]: (
                    "07eb3db3d2af099871dfa4425b14887775179c158c38944fe4fe152b615bbfc3"
                ),
                _FILES["ode"]: "e877c8e12add7ec6b528e3cd64d83d48dac019f9d3f09327f803f802ef015dfa",
            },
            note="FreedomIntelligence/Mamo@2c91069, folder data.",
        ),
    ),
    metric=Metric(name="accuracy", average="macro:part"),
    stratum="part",
    reference_scores=(
        ReferenceScore(
            model="GPT-4",
            score=0.6636,
            setting="Easy-LP; LP file, COPT",
            read_at="arXiv:2405.13144; unverified by us",
        ),
    ),
    notes="The instruction is ours; the authors' has worked examples. HiGHS (Python package "
    "highspy) reads and solves the files where the authors have COPT: the two differ in what "
    "syntax they forgive. The authors give ODE programs 300 seconds; here it is 60.",
)


def _read(data: Data, _: str) -> Iterator[Sample]:
    for part, place in _PARTS.items():
        task = _ODE if part == "ode" else _LP
        for _number, record in records(data.path(place)):
            yield Sample(
                id=f"{part}/{record['id']}",
                input=(Text(f"{task}\n\n{record['Question']}"),),
                target=record["Answer"].strip(),
                tags={"part": part, "type": record["Type"]},
            )


def _executable(rows: Sequence[Row]) -> float | None:
    return sum(row.answer is not None for row in rows) / len(rows) if rows else None


BENCHMARK = OpenAnswer(
    card=CARD,
    read=_read,
    official=SCORER,
    canonical=lambda sample: said(written(sample.tags["part"], sample.target)),
    layout=Layout(name="mamo", lead="", strip=False, cue="\n"),
    generation=Generation(max_tokens=2048),
    figures=(
        Figure(
            name="executable rate",
            about="Share of answers that ran and printed a result, 0 to 1 (the authors' scripts).",
            of=_executable,
        ),
    ),
)
