"""HiBench: hierarchical structures in five guises; the questions are generated from a seed."""

from __future__ import annotations

from collections.abc import Iterator

from benchwright.benchmarks.hierarchy.generated import generated
from benchwright.benchmarks.layout import Layout
from benchwright.benchmarks.open_answer import OpenAnswer
from benchwright.core.benchmark import Card, Data, Metric, Source
from benchwright.core.request import Generation
from benchwright.core.sample import Sample
from benchwright.scorers.hibench import SCORER

SEED = 0

CARD = Card(
    name="hibench",
    version="1",
    title="HiBench",
    summary="Reading and changing trees, JSON documents, formulas and code, in three sizes each.",
    paper="Jiang et al. 2025, KDD, arXiv:2503.00912",
    licence="the questions are ours, Apache-2.0; the authors' repository states none",
    size=2_760,
    sources=(
        Source(
            kind="generated",
            location=f"benchmarks/hierarchy, seed {SEED}",
            note="Made by code of ours after the authors' description: the same questions "
            "everywhere, none of them from jzzzzh/HiBench.",
        ),
    ),
    metric=Metric(name="accuracy", average="macro:task"),
    stratum="task",
    notes="Ours: generators, wording, sizes and code snippets. The tasks are those of the authors' "
    "repository (20; the paper counts 30 and 39,519 questions) but for the three on papers, which "
    "need the authors' papers. Not to be compared with published scores: in the released data the "
    "depth of a node is the height of what hangs from it, and the tree to compare with has lost "
    "edges. `hibench_paper` matches answers as released: every truth value is right, a part of a "
    "list is right, order is nothing.",
)


def _read(data: Data, split: str) -> Iterator[Sample]:  # noqa: ARG001 - nothing is read
    yield from generated(SEED)


BENCHMARK = OpenAnswer(
    card=CARD,
    read=_read,
    official=SCORER,
    layout=Layout(name="hibench", lead="", cue="\nAnswer:", shown="target"),
    generation=Generation(max_tokens=1024),
    raw_stop=("\n\n",),
)
