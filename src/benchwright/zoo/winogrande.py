"""WinoGrande: 1,267 sentences whose blank is one of two things, scored by the sentence's ending."""

from __future__ import annotations

from collections.abc import Iterator

from benchwright.benchmarks.layout import Layout
from benchwright.benchmarks.multiple_choice import MultipleChoice
from benchwright.core.benchmark import Card, Data, Metric, ReferenceScore, Source
from benchwright.core.content import Text
from benchwright.core.sample import LETTERS, Sample
from benchwright.models.records import records

CARD = Card(
    name="winogrande",
    version="1",
    title="WinoGrande (validation)",
    summary="Which of two things a blank stands for, where only common sense tells.",
    paper="Sakaguchi et al. 2020, arXiv:1907.10641",
    licence="CC-BY-4.0",
    size=1_267,
    sources=(
        Source(
            kind="folder",
            location="winogrande",
            files={"test": "validation.jsonl"},
            digests={
                "validation.jsonl": (
                    "69f3d7f3a900d775339b04c7de672609c40fca573e50f594f2ae66d8782505be"
                ),
            },
            note="The whole validation split of winogrande_xl, as carried by "
            "adkipnis/metabench@fe74e29. No train split, so no worked examples.",
        ),
        Source(
            kind="hub",
            location="allenai/winogrande",
            revision="01e74176c63542e6b0bcb004dcdea22d94fb67b5",
            files={
                "test": "winogrande_xl/validation-00000-of-00001.parquet",
                "shots": "winogrande_xl/train-00000-of-00001.parquet",
            },
            note="Revision and paths as several public projects pin them; not fetched by us, "
            "digests unverified.",
        ),
    ),
    metric=Metric(name="accuracy", average="micro"),
    reference_scores=(
        ReferenceScore(
            model="GPT-3 175B",
            score=0.702,
            setting="0-shot, partial scoring",
            read_at="Brown et al. 2020, arXiv:2005.14165, section 3.4",
        ),
    ),
    notes="Partial scoring: each option is put into the blank, and the log-likelihood of the rest "
    "of the sentence is summed (lm-evaluation-harness: `winogrande`, `acc`). The rest is the same "
    "for both, so nothing is divided by a length; scorers per byte or character do not apply. "
    "0 shots by default; the hub's source holds the train split for more. `letters` and "
    "`generate` are ours, for models without log-likelihoods.",
)


def _read(data: Data, split: str) -> Iterator[Sample]:
    place = "train/" if split == "shots" else ""
    for row, (_, record) in enumerate(records(data.path(split))):
        yield Sample(
            id=f"{place}{row}",
            input=(Text(record["sentence"]),),
            choices=(record["option1"], record["option2"]),
            target=LETTERS[int(record["answer"]) - 1],
        )


_LISTED = Layout(
    name="winogrande",
    header=lambda sample: "Which option does the blank (_) stand for?\n\n",  # noqa: ARG005
    lead="Sentence: ",
)
BENCHMARK = MultipleChoice(
    card=CARD,
    read=_read,
    asks=("partial", "letters", "generate"),
    shots_source="the first train sentences",
    layouts={"letters": _LISTED, "generate": _LISTED},
)
