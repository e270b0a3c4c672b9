"""MATH, level 5, as ZeroEval asks it: 721 problems whose answer is a whole number."""

from __future__ import annotations

from collections.abc import Iterator

from benchwright.benchmarks.layout import Layout
from benchwright.benchmarks.open_answer import OpenAnswer
from benchwright.core.benchmark import Card, Data, Metric, ReferenceScore, Source
from benchwright.core.content import Text
from benchwright.core.request import Generation
from benchwright.core.sample import Sample
from benchwright.models.records import records
from benchwright.scorers.math_answer import SCORER

_PUBLISHED = {
    "o1-preview-2024-09-12": 0.8447,
    "Qwen2.5-72B-Instruct": 0.6019,
    "gpt-4o-2024-05-13": 0.5479,
    "Qwen2.5-7B-Instruct": 0.5146,
    "Meta-Llama-3.1-70B-Instruct": 0.4313,
    "Qwen2.5-3B-Instruct": 0.2552,
    "Phi-3.5-mini-instruct": 0.1872,
}

CARD = Card(
    name="math_level5",
    version="1",
    title="MATH level 5 (ZeroEval's 721)",
    summary="The hardest competition problems of MATH whose answer is a whole number.",
    paper="Hendrycks et al. 2021, arXiv:2103.03874; selected by ZeroEval (WildEval/ZeroEval)",
    licence="MIT (data); Apache-2.0 (ZeroEval)",
    size=721,
    extras=("math",),
    sources=(
        Source(
            kind="folder",
            location="math",
            files={"test": "zeroeval_math-l5_items.jsonl.gz"},
            digests={
                "zeroeval_math-l5_items.jsonl.gz": (
                    "b98247db275a9ffeababf2123b85577afee24b8576d16f6924afa02304d8e475"
                )
            },
            note="WildEval/ZeroEval@8c1485e, data_prep; every problem is in the MATH test split.",
        ),
    ),
    metric=Metric(name="accuracy", average="micro"),
    reference_scores=tuple(
        ReferenceScore(
            model=model,
            score=score,
            setting="0-shot, JSON answer, ZeroEval's released rule (scorer zeroeval_paper)",
            read_at="WildEval/ZeroEval@8c1485e result_dirs/*.summary.json",
        )
        for model, score in _PUBLISHED.items()
    ),
    notes="All level-5 problems of MATH are 1,324; these 721 have whole numbers as answers, two of "
    "them numerals of base 3. Asked as ZeroEval does, for JSON with reasoning and answer; an "
    "answer in another form is read as well (scorer zeroeval: only JSON).",
)


def _read(data: Data, split: str) -> Iterator[Sample]:
    for _, record in records(data.path(split)):
        yield Sample(
            id=f"math-l5/{record['id']}",
            input=(Text(record["prompt"]),),
            target=str(record["answer"]),
            metadata={"problem": record["problem"]},
        )


BENCHMARK = OpenAnswer(
    card=CARD,
    read=_read,
    official=SCORER,
    layout=Layout(name="zeroeval", lead="", strip=False, cue="", shown="target"),
    generation=Generation(max_tokens=4096),
    raw_stop=("\n## Question",),
)
