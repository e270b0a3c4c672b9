"""PIQA: 1,838 everyday goals, each with a solution that works and one that does not."""

from __future__ import annotations

from collections.abc import Iterator

from benchwright.benchmarks.layout import Layout
from benchwright.benchmarks.multiple_choice import MultipleChoice
from benchwright.core.benchmark import Card, Data, Metric, ReferenceScore, Source
from benchwright.core.content import Text
from benchwright.core.errors import DataError
from benchwright.core.sample import LETTERS, Sample
from benchwright.models.records import records

CARD = Card(
    name="piqa",
    version="1",
    title="Physical Interaction: Question Answering (validation)",
    summary="Which of two ways to reach an everyday goal works.",
    paper="Bisk et al. 2020, arXiv:1911.11641",
    licence="AFL-3.0",
    size=1_838,
    sources=(
        Source(
            kind="folder",
            location="piqa",
            files={"test": "valid.jsonl", "labels": "valid-labels.lst"},
            digests={
                "valid.jsonl": "93503cc97c679e459b065c3d13e848282e44b2a25213985bed3e5d458abef72d",
                "valid-labels.lst": (
                    "b4192dc3a2a0363d9d60ccf79800cbbe2f32ebb17726efdde6970e0b8131bceb"
                ),
            },
            note="ybisk/ybisk.github.io@21edab4, piqa/data. No train questions, so no worked "
            "examples; the test split has no labels.",
        ),
        Source(
            kind="hub",
            location="baber/piqa",
            revision="142f6d7367fd9877f0fb3b5734ea6a545f54cdd1",
            files={"test": "piqa_validation.parquet", "shots": "piqa_train.parquet"},
            digests={
                "piqa_validation.parquet": (
                    "2b17ee1215b1ceb2ddabf4c90a05c5a8b833bef9d207960f57d111c43a2080f3"
                ),
                "piqa_train.parquet": (
                    "3114602b31fa724309a6c493cc86368c4eab7ab6e79e285056fd5ce3b60ddf02"
                ),
            },
            note="The copy that lm-evaluation-harness reads; revision as several public projects "
            "pin it, digests as one does; not fetched by us.",
        ),
    ),
    metric=Metric(name="accuracy", average="micro"),
    reference_scores=(
        ReferenceScore(
            model="GPT-3 175B",
            score=0.81,
            setting="0-shot; its authors found overlap with the training data",
            read_at="Brown et al. 2020, arXiv:2005.14165, section 3.6",
        ),
    ),
    notes="The authors' metric is accuracy; how a language model's likelihoods are compared is the "
    "field's custom: per character here, which lm-evaluation-harness calls `acc_norm`; its `acc` "
    "is the scorer `likeliest`. 0 shots by default; the hub's source holds the train split. White "
    "space at the end of a solution is the authors' and stays where solutions are compared.",
)


def _read(data: Data, split: str) -> Iterator[Sample]:
    place = "train/" if split == "shots" else ""
    found = [record for _, record in records(data.path(split))]
    if "labels" in data.source.files:
        labels = data.path("labels").read_text("utf-8").split()
        if len(labels) != len(found):
            raise DataError(f"piqa: {len(found)} questions, {len(labels)} labels")
        found = [{**r, "label": label} for r, label in zip(found, labels, strict=True)]
    for row, record in enumerate(found):
        yield Sample(
            id=f"{place}{row}",
            input=(Text(record["goal"]),),
            choices=(record["sol1"], record["sol2"]),
            target=LETTERS[int(record["label"])],
        )


_LISTED = Layout(
    name="piqa",
    header=lambda sample: "Which option is the better way to reach the goal?\n\n",  # noqa: ARG005
    lead="Goal: ",
    strip_options=True,
)
BENCHMARK = MultipleChoice(
    card=CARD,
    read=_read,
    asks=("options", "letters", "generate"),
    shots_source="the first train questions",
    layouts={"letters": _LISTED, "generate": _LISTED},
)
