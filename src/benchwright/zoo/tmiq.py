"""TMIQ: commands to measuring instruments, and ranked answers to questions on electronics."""

from __future__ import annotations

from benchwright.benchmarks.instruments import FIGURES, read
from benchwright.benchmarks.layout import Layout
from benchwright.benchmarks.open_answer import OpenAnswer
from benchwright.core.benchmark import Card, Metric, Source
from benchwright.core.request import Generation
from benchwright.scorers.tmiq import SCORER

CARD = Card(
    name="tmiq",
    version="1",
    title="Test and Measurement Intelligence Quotient",
    summary="Writing SCPI commands and ranking answers to questions on electronic engineering.",
    paper="arXiv:2503.02123 (2025)",
    licence="unknown: the authors' items are not public",
    size=0,
    sources=(
        Source(
            kind="folder",
            location="tmiq",
            files={"test": "commands.jsonl", "ranked": "ranked.jsonl"},
            subset="own-items",
            note="No public copy of the authors' items was found; unverified. The format is ours: "
            "commands.jsonl with request, command and instrument, ranked.jsonl with question and "
            "options, the best first.",
        ),
    ),
    metric=Metric(name="match", average="macro:family"),
    stratum="family",
    notes="Ours: prompts, the format of the items, how commands are normalised and orders are "
    "read, the scale of position match, and one mean of both families. A public review of the "
    "paper reports 56 to 73 % exact commands and about 33 % first match. Chain-of-thought and "
    "output formats are compared with perturbations and `benchwright compare`; the paper's "
    "efficiency (geometric mean of score, cost and time, each against the best model) needs "
    "several models and is asked of the pool.",
)

BENCHMARK = OpenAnswer(
    card=CARD,
    read=read,
    official=SCORER,
    layout=Layout(name="tmiq", lead="", cue="\nAnswer:", shown="target"),
    generation=Generation(max_tokens=256),
    raw_stop=("\n\n",),
    figures=FIGURES,
)
