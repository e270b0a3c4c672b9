"""MMEvalPro: 2,138 questions on pictures, each with what must be seen and what must be known."""

from __future__ import annotations

from collections.abc import Iterator

from benchwright.benchmarks.layout import Layout
from benchwright.benchmarks.open_answer import OpenAnswer
from benchwright.benchmarks.triplets import figures
from benchwright.core.benchmark import Card, Data, Metric, ReferenceScore, Source
from benchwright.core.content import Text
from benchwright.core.request import Generation
from benchwright.core.response import Response, said
from benchwright.core.sample import LETTERS, Sample
from benchwright.models.records import records
from benchwright.scorers.recorded_letter import SCORER

CARD = Card(
    name="mmevalpro",
    version="1",
    title="MMEvalPro (recorded letters)",
    summary="Whether a right answer about a picture rests on seeing and knowing what it needs.",
    paper="Huang et al. 2025, arXiv:2407.00468",
    licence="CC-BY-SA-4.0",
    size=6_414,
    modalities=("text", "image"),
    sources=(
        Source(
            kind="folder",
            location="mmevalpro",
            files={"test": "demo_model_output.json"},
            digests={
                "demo_model_output.json": (
                    "730ea5a2df00d7eab6f7b2ae27cf3f820daccd6f70939b9aa1786abbdac20226"
                ),
            },
            note="chenllliang/MMEvalPro@c6fb541: the keys of all questions, with one model's "
            "letters. Neither questions nor pictures: models are not asked, recorded letters are "
            "scored.",
        ),
    ),
    metric=Metric(name="average accuracy", average="micro"),
    stratum="source",
    reference_scores=(
        ReferenceScore(
            model="the authors' demonstration",
            score=0.3307,
            setting="genuine accuracy, pooled",
            read_at="chenllliang/MMEvalPro@c6fb541 demo_score.json",
        ),
    ),
    notes="For recorded letters only, until the pictures can be had: `replay:` with `id=index`, "
    "`output=model_output`. A letter must be all of the output; nothing is extracted, as in the "
    "authors' script. Genuine accuracy counts a triplet whose three questions are all right. Three "
    "keys are no letter (5236, 5927, 6335), so no letter equals them; published scores have it so.",
)


def _read(data: Data, split: str) -> Iterator[Sample]:
    for _, record in records(data.path(split)):
        triplet, kind, source = str(record["triplet_id"]), record["eval_type"], record["source"]
        told = f"{source}, triplet {triplet}, {kind}: the question and its picture are not here."
        yield Sample(
            id=str(record["index"]),
            input=(Text(told),),
            target=record["answer"],
            tags={"source": source, "type": kind, "triplet": triplet},
        )


def _canonical(sample: Sample) -> Response | None:
    return said(sample.target) if sample.target in LETTERS else None


BENCHMARK = OpenAnswer(
    card=CARD,
    read=_read,
    official=SCORER,
    layout=Layout(name="mmevalpro", lead="", cue="", shown="target"),
    generation=Generation(max_tokens=16),
    figures=figures(),
    canonical=_canonical,
)
