"""BIG-Bench Hard: 6,511 questions of 27 tasks, asked with the prompts that its authors ship."""

from __future__ import annotations

from collections.abc import Iterator

import msgspec

from benchwright.benchmarks.layout import Layout
from benchwright.benchmarks.prompted import Prompted, Way
from benchwright.benchmarks.shares import macro
from benchwright.core.benchmark import Card, Data, Figure, Metric, ReferenceScore, Source
from benchwright.core.content import Text
from benchwright.core.request import Generation
from benchwright.core.sample import Sample
from benchwright.models.records import whole
from benchwright.scorers.bbh_answer import SCORER

_FAMILIES = {
    "logical_deduction": ("three_objects", "five_objects", "seven_objects"),
    "tracking_shuffled_objects": ("three_objects", "five_objects", "seven_objects"),
}
_ALONE = """boolean_expressions causal_judgement date_understanding disambiguation_qa dyck_languages
    formal_fallacies geometric_shapes hyperbaton movie_recommendation multistep_arithmetic_two
    navigate object_counting penguins_in_a_table reasoning_about_colored_objects ruin_names
    salient_translation_error_detection snarks sports_understanding temporal_sequences web_of_lies
    word_sorting"""
TASKS = dict(
    sorted(
        [(name, name) for name in _ALONE.split()]
        + [(f"{family}_{size}", family) for family, sizes in _FAMILIES.items() for size in sizes]
    )
)
"""Task → the family that it is averaged in."""
_QUESTIONS = "458d39a058ce0bb513cfaeb5ed37f4c8a6838206c4807d1b94ee66da172dc46b"
_COT = "d1b9ed8527ebd64ef78c4107ad14137367cf7859e4b8f4a4f91b35c5005cf1b9"
_DIRECT = "outputs/code-davinci-002-direct/{task}_few_shot_template_0-255000.json"

CARD = Card(
    name="bbh",
    version="1",
    title="BIG-Bench Hard",
    summary="27 tasks of many steps on which models once did worse than the average person.",
    paper="Suzgun et al. 2022, arXiv:2210.09261",
    licence="MIT",
    size=6_511,
    sources=(
        Source(
            kind="folder",
            location="bbh",
            files={
                "test": "bbh/{task}.json",
                "shots": "cot-prompts/{task}.txt",
                "direct": f"{_DIRECT}.gz",
            },
            digests={
                "bbh/{task}.json": _QUESTIONS,
                "cot-prompts/{task}.txt": _COT,
                f"{_DIRECT}.gz": "d681bc94e01568a8322b920774d375e9e373cc15c8c13f17554e319e685c1699",
            },
            note="suzgunmirac/BIG-Bench-Hard@9ee07bd, the recorded outputs packed.",
        ),
        Source(
            kind="folder",
            location="bbh",
            files={
                "test": "bbh/{task}.json",
                "shots": "cot-prompts/{task}.txt",
                "direct": f"code-davinci-002-{_DIRECT}",
            },
            digests={
                "bbh/{task}.json": _QUESTIONS,
                "cot-prompts/{task}.txt": _COT,
                f"code-davinci-002-{_DIRECT}": (
                    "b8435a059d874e503504921e2844d5abed60414e49c70b82563aa985728d5913"
                ),
            },
            note="The authors' repository as it is: suzgunmirac/BIG-Bench-Hard@9ee07bd.",
        ),
    ),
    metric=Metric(name="accuracy", average="macro:family/task"),
    stratum="task",
    reference_scores=(
        ReferenceScore(
            model="code-davinci-002",
            score=0.739,
            setting="3-shot chain of thought (generate)",
            read_at="the paper, table 2; comes out of the recorded outputs (docs/parity.md)",
        ),
        ReferenceScore(
            model="code-davinci-002",
            score=0.566,
            setting="3-shot answer only (direct)",
            read_at="the paper, table 2; comes out of the recorded outputs (docs/parity.md)",
        ),
    ),
    notes="The paper's averages are over 23 tasks: the three sizes of logical deduction count as "
    "one task, and so do those of tracking shuffled objects. The mean over all 27 stands beside "
    "it. No hub copy is named because none holds the prompts as they were shipped; those of "
    "`direct` stand only in the authors' recorded outputs, and differ from the others in two "
    "questions and one instruction. Three questions have no letter as their target.",
)


def _read(data: Data, split: str) -> Iterator[Sample]:
    for task, family in TASKS.items():
        for row, record in enumerate(whole(data.path(split, task=task))["examples"]):
            yield Sample(
                id=f"{task}/{row}",
                input=(Text(record["input"]),),
                target=record["target"],
                tags={"task": task, "family": family},
            )


def _cot(data: Data) -> dict[str, str]:
    texts = {task: data.path("shots", task=task).read_text(encoding="utf-8") for task in TASKS}
    return {task: text.partition("\n-----\n")[2] for task, text in texts.items()}


def _direct(data: Data) -> dict[str, str]:
    texts = {}
    for task in TASKS:
        asked = whole(data.path("direct", task=task))["outputs"][0]["input"]
        texts[task] = asked.rpartition("\n\nQ: ")[0]
    return texts


_LAYOUT = Layout(
    name="bbh", lead="Q: ", cue="\nA: Let's think step by step.", gap="", turns=False, strip=False
)
_WAYS = {
    "generate": Way(
        official=SCORER,
        layout=_LAYOUT,
        shots=3,
        shots_tag="task",
        shots_source="the authors' chain-of-thought prompts",
        texts=_cot,
        generation=Generation(max_tokens=1024),
        raw_stop=("\n\nQ:",),
    ),
    "direct": Way(
        official=SCORER,
        layout=msgspec.structs.replace(_LAYOUT, name="bbh, direct", cue="\nA:"),
        shots=3,
        shots_tag="task",
        shots_source="the authors' answer-only prompts",
        texts=_direct,
        generation=Generation(max_tokens=256),
        raw_stop=("\n\n",),
    ),
}
BENCHMARK = Prompted(
    card=CARD,
    read=_read,
    ways=_WAYS,
    figures=(
        Figure(
            name="mean of 27 tasks",
            about="Mean of the 27 tasks' accuracies, from 0 to 1; the paper's mean is of 23.",
            of=lambda rows: macro(rows, "task"),
        ),
    ),
)
