"""MMLU-Pro: 12,032 questions with up to ten options, asked with worked reasoning."""

from __future__ import annotations

from collections.abc import Iterator

from benchwright.benchmarks.layout import Layout
from benchwright.benchmarks.multiple_choice import MultipleChoice
from benchwright.core.benchmark import Card, Data, Metric, ReferenceScore, Source
from benchwright.core.content import Text
from benchwright.core.request import Generation
from benchwright.core.sample import Sample
from benchwright.models.records import records
from benchwright.scorers.mmlu_pro_chain import SCORER

_INSTRUCTION = (  # the authors', word for word: it is part of the benchmark
    "The following are multiple choice questions (with answers) about {}. Think step by step and "
    'then finish your answer with "the answer is (X)" where X is the correct letter choice.\n'
)
_PUBLISHED = {
    "gemini-1.5-pro-002": 0.7011,
    "DeepSeek-Coder-V2": 0.6363,
    "Meta-Llama-3_1-70B-Instruct": 0.628,
    "Meta-Llama-3_1-8B-Instruct": 0.4417,
    "Yi-6b-Chat": 0.268,
}

CARD = Card(
    name="mmlu_pro",
    version="1",
    title="MMLU-Pro",
    summary="Reasoning over knowledge questions of 14 categories with up to ten options.",
    paper="Wang et al. 2024, arXiv:2406.01574",
    licence="MIT (data set card); Apache-2.0 (repository)",
    size=12_032,
    sources=(
        Source(
            kind="folder",
            location="mmlu_pro",
            files={"test": "test.jsonl.gz", "shots": "validation.json"},
            digests={
                "test.jsonl.gz": "e78f74540318ab4cd1f3dd98931177f09d5154ad69b746ac36e2eba666074243",
                "validation.json": (
                    "ed996ef5638822245d2c134bf901df1a3789548bb0fdfa9d36f60a904e07419c"
                ),
            },
            note="Questions as embedded in the authors' published outputs "
            "(TIGER-AI-Lab/MMLU-Pro@f418b11).",
        ),
        Source(
            kind="hub",
            location="TIGER-Lab/MMLU-Pro",
            revision="b189ec765aa7ed75c8acfea42df31fdae71f97be",
            files={
                "test": "data/test-00000-of-00001.parquet",
                "shots": "data/validation-00000-of-00001.parquet",
            },
            digests={
                "data/test-00000-of-00001.parquet": (
                    "0e24a191921c2f453518a537a8b2117bd137e7714d4ef1565e9ba06c1ecb9ad8"
                ),
            },
            note="Revision and test digest as several public projects pin them; not fetched by us. "
            "The validation file's digest is unverified.",
        ),
    ),
    metric=Metric(name="accuracy", average="micro"),
    stratum="category",
    reference_scores=tuple(
        ReferenceScore(
            model=model,
            score=score,
            setting="5-shot worked reasoning; an answer that no rule reads is wrong",
            read_at="letters in TIGER-AI-Lab/MMLU-Pro eval_results, counted",
        )
        for model, score in _PUBLISHED.items()
    ),
    notes="An answer that no rule reads is wrong here, as in the reference scores. The authors' "
    "scripts draw a random option instead: in expectation the worth `expected_chance`. "
    "DeepSeek-Coder-V2 was run on 10,351 questions and gemini-1.5-pro-002 on 12,020.",
)


def _read(data: Data, split: str) -> Iterator[Sample]:
    for _, record in records(data.path(split)):
        solution = str(record["cot_content"]).removeprefix("A: Let's think step by step.").strip()
        yield Sample(
            id=f"{'validation/' if split == 'shots' else ''}{record['question_id']}",
            input=(Text(record["question"]),),
            choices=tuple(option for option in record["options"] if option != "N/A"),
            target=record["answer"],
            tags={"category": record["category"], "source": record["src"]},
            metadata={"solution": solution} if split == "shots" else {},
        )


def _header(sample: Sample) -> str:
    return _INSTRUCTION.format(sample.tags["category"])


BENCHMARK = MultipleChoice(
    card=CARD,
    read=_read,
    asks=("generate", "letters", "options"),
    shots=5,
    shots_tag="category",
    shots_source="the category's first validation questions, with worked reasoning",
    layouts={
        "generate": Layout(
            name="mmlu_pro",
            header=_header,
            lead="Question:\n",
            listing="\nOptions:\n",
            strip=False,
            cue="\nAnswer: Let's think step by step.",
            shown="solution",
            turns=False,
        ),
    },
    generation=Generation(max_tokens=2048, stop=("Question:",)),
    scorers={"generate": SCORER},
    raw_stop=(),
    drop_shots=True,
)
