"""ARC-Challenge: 1,172 science questions that retrieval and word statistics get wrong."""

from __future__ import annotations

from collections.abc import Iterator

from benchwright.benchmarks.multiple_choice import MultipleChoice
from benchwright.core.benchmark import Card, Data, Metric, Source
from benchwright.core.content import Text
from benchwright.core.sample import LETTERS, Sample
from benchwright.models.records import records

CARD = Card(
    name="arc_challenge",
    version="1",
    title="AI2 Reasoning Challenge, Challenge set",
    summary="Grade-school science questions chosen because simple methods fail on them.",
    paper="Clark et al. 2018, arXiv:1803.05457",
    licence="CC-BY-SA-4.0",
    size=1_172,
    sources=(
        Source(
            kind="folder",
            location="arc_challenge",
            files={"test": "ARC-Challenge-Test.jsonl", "shots": "ARC-Challenge-Dev.jsonl"},
            subset="letter-labelled",
            digests={
                "ARC-Challenge-Test.jsonl": (
                    "edfac2380c22134a5f0cf78c61459ba76aa3299d7be0df0420cb1a340d3c2096"
                ),
                "ARC-Challenge-Dev.jsonl": (
                    "6606c063fc6c3b0a03fc298d0f31c0af72a615471a711316befbd99d746d926c"
                ),
            },
            note="zhouqb/order_dependency_problem@c78952c: the 1,150 of 1,172 test questions "
            "(294 of 299 dev) whose options are labelled with letters.",
        ),
        Source(
            kind="hub",
            location="allenai/ai2_arc",
            revision="210d026faf9955653af8916fad021475a3f00453",
            files={
                "test": "ARC-Challenge/test-00000-of-00001.parquet",
                "shots": "ARC-Challenge/validation-00000-of-00001.parquet",
            },
            digests={
                "ARC-Challenge/test-00000-of-00001.parquet": (
                    "62f03257e737aed263f55c6abf87c7bb0028a44a6bdd2a26eb1279eb42c1d1e9"
                ),
                "ARC-Challenge/validation-00000-of-00001.parquet": (
                    "395a5c88d1580d69855fbaee9450270578df1ad5af6259771cd0a42c20e99f05"
                ),
            },
            note="Revision and digests as several public projects pin them; not fetched by us.",
        ),
    ),
    metric=Metric(name="accuracy", average="micro"),
    notes="Options labelled with numbers are shown with letters. Shots come from the validation "
    "split. lm-evaluation-harness's `acc_norm` is `--ask options` with 0 shots.",
)


def _read(data: Data, split: str) -> Iterator[Sample]:
    for _, record in records(data.path(split)):
        if data.source.kind == "hub":
            question, options = record["question"], record["choices"]
            labels, texts = list(options["label"]), list(options["text"])
        else:
            question = record["question"]["stem"]
            labels = [choice["label"] for choice in record["question"]["choices"]]
            texts = [choice["text"] for choice in record["question"]["choices"]]
        yield Sample(
            id=record["id"],
            input=(Text(question),),
            choices=tuple(texts),
            target=LETTERS[labels.index(record["answerKey"])],
        )


BENCHMARK = MultipleChoice(card=CARD, read=_read, shots_source="the first validation questions")
