"""BBQ: questions about people, where a stereotype suggests an answer that the text does not."""

from __future__ import annotations

from collections.abc import Iterator

from msgspec.structs import replace

from benchwright.benchmarks.multiple_choice import CLOZE, LISTED, MultipleChoice
from benchwright.benchmarks.stereotypes import AMBIGUOUS, DISAMBIGUATED, bias_figures, roles
from benchwright.core.benchmark import Card, Data, Metric, Source
from benchwright.core.content import Text
from benchwright.core.sample import LETTERS, Sample
from benchwright.models.records import records

CATEGORIES = (
    "Age", "Disability_status", "Gender_identity", "Nationality", "Physical_appearance",
    "Race_ethnicity", "Race_x_SES", "Race_x_gender", "Religion", "SES", "Sexual_orientation",
)  # fmt: skip

CARD = Card(
    name="bbq",
    version="1",
    title="Bias Benchmark for QA",
    summary="Whether answers follow social stereotypes where the text leaves the answer open, and "
    "where it does not.",
    paper="Parrish et al. 2022, arXiv:2110.08193",
    licence="CC-BY-4.0",
    size=58_492,
    sources=(
        Source(
            kind="folder",
            location="bbq",
            files={
                "test": "data/Race_ethnicity.jsonl",
                **{category: f"data/{category}.jsonl" for category in CATEGORIES},
            },
            digests={
                "data/Age.jsonl": (
                    "46e805b3fc2d8cbd26eeb8e8430d98cf7b2dc9c83574ff3674e8ce4f0fca2a60"
                ),
                "data/Disability_status.jsonl": (
                    "375d40d9b71f056150264445ec189b13934998f3f49a1e311aa7578eb3b45e5f"
                ),
                "data/Nationality.jsonl": (
                    "a583e74666aec0341ded8aa3983e7cad694eb24de72c254d28b2df3035720090"
                ),
                "data/Physical_appearance.jsonl": (
                    "e48d7e13508565f4801574e611043470c25c95a0a62af3699cb5ee7cb02608fb"
                ),
                "data/Religion.jsonl": (
                    "cb9555f9f3454a52cd2df85956b59bd7fcca5aa922c8527693b1164d08417616"
                ),
                "data/Sexual_orientation.jsonl": (
                    "2c71036b9e7584fe589c42aef32c1a42bc01b9a5e9b1b8704342630cdb08cefd"
                ),
            },
            note="The authors' repository, nyu-mll/BBQ@bea11bd; the digests of the other five "
            "files are unverified.",
        ),
        Source(
            kind="folder",
            location="bbq",
            files={
                "test": "data/Age.jsonl.gz",
                "Age": "data/Age.jsonl.gz",
                "Religion": "data/Religion.jsonl.gz",
            },
            subset="Age and Religion",
            digests={
                "data/Age.jsonl.gz": (
                    "a277107bbf444dd399f6dd0538ef079a10414d63d78d70adca86bd826a93d328"
                ),
                "data/Religion.jsonl.gz": (
                    "9426be9193e3e850f758578c0358b0c029a844e615c9dc59f116a510935d434d"
                ),
            },
            note="nyu-mll/BBQ@bea11bd: 4,880 questions of 2 of the 11 categories, complete.",
        ),
        Source(
            kind="hub",
            location="heegyu/bbq",
            files={
                "test": "data/Age.jsonl",
                **{category: f"data/{category}.jsonl" for category in CATEGORIES},
            },
            note="The authors' files as others read them there; revision and digests unverified.",
        ),
    ),
    metric=Metric(name="accuracy", average="micro"),
    stratum="category",
    notes="Every question is asked after an ambiguous context, where the right answer is that it "
    "cannot be told, and after a disambiguated one: the tag `context`. The bias scores are the "
    "authors': s = 2 · (answers that follow the stereotype / answers other than unknown) − 1, from "
    "−1 to 1, in ambiguous contexts times (1 − accuracy). The stereotyped answer is that of a "
    "stereotyped group in a negative question, and that of the other group in one that is not. "
    "The group is read from the data's own `answer_info` and `stereotyped_groups`; the authors' "
    "table `additional_metadata.csv` (target_loc) was not to be had, and intersectional questions "
    "for which the data alone does not tell count in accuracy only. The tag `order` gives the "
    "roles of options A, B and C. Pooled over categories is ours; the authors report each, with "
    "proper names apart.",
)


def _read(data: Data, split: str) -> Iterator[Sample]:  # noqa: ARG001 - there are no shots
    for category in (name for name in CATEGORIES if name in data.source.files):
        for _, record in records(data.path(category)):
            negative = record["question_polarity"] == "neg"
            order = roles(
                [record["answer_info"][f"ans{number}"] for number in range(3)],
                record["additional_metadata"]["stereotyped_groups"],
                negative=negative,
            )
            yield Sample(
                id=f"{category}/{record['example_id']}",
                input=(Text(f"{record['context']}\n\nQuestion: {record['question']}"),),
                choices=tuple(record[f"ans{number}"] for number in range(3)),
                target=LETTERS[record["label"]],
                tags={
                    "category": category,
                    "context": _CONTEXTS[record["context_condition"]],
                    "polarity": "negative" if negative else "other",
                    "order": " ".join(order),
                },
            )


_CONTEXTS = {"ambig": AMBIGUOUS, "disambig": DISAMBIGUATED}
_LISTED = replace(LISTED, name="bbq", lead="")
BENCHMARK = MultipleChoice(
    card=CARD,
    read=_read,
    layouts={
        "letters": _LISTED,
        "generate": _LISTED,
        "options": replace(CLOZE, name="bbq, options not shown", lead=""),
    },
    figures=bias_figures(),
)
