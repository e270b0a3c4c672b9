"""BIG-Bench Extra Hard: 4,520 questions of 23 tasks, each a harder successor of one of BBH's."""

from __future__ import annotations

from collections.abc import Iterator

from benchwright.benchmarks.layout import Layout
from benchwright.benchmarks.prompted import Prompted, Way
from benchwright.benchmarks.shares import mean
from benchwright.core.benchmark import Card, Data, Figure, Metric, ReferenceScore, Source
from benchwright.core.content import Text
from benchwright.core.request import Generation
from benchwright.core.sample import Sample
from benchwright.models.records import whole
from benchwright.scorers.bbeh_match import SCORER

_TASKS = """boardgame_qa boolean_expressions buggy_tables causal_understanding disambiguation_qa
    dyck_languages geometric_shapes hyperbaton linguini movie_recommendation multistep_arithmetic
    nycc object_counting object_properties sarc_triples shuffled_objects spatial_reasoning sportqa
    temporal_sequence time_arithmetic web_of_lies word_sorting zebra_puzzles"""
TASKS = tuple(_TASKS.split())
"""The tasks, in the order of their folders."""
_SUFFIX = (  # the paper's, word for word: it is part of the benchmark
    "Think step by step, and when you provide the final answer, please use the prefix "
    '"The answer is:" without any modification, and provide the answer directly, with no '
    'formatting, no bolding, and no markup. For instance: "The answer is: 42" or "The answer is: '
    'yes". If the question is multiple choice with a single correct answer, the final answer must '
    'only be the letter corresponding to the correct answer. For example, "The answer is: (a)".'
)
PUBLISHED = {  # model: (harmonic mean, micro average, micro average of mini), in percent
    "o3-mini (high)": (44.8, 54.2, 56.7),
    "Gemini 2.0 Flash": (9.8, 23.9, 27.0),
    "Gemini 2.0 Flash-Lite": (8.0, 19.7, 22.2),
    "DeepSeek R1": (6.8, 34.9, 37.2),
    "GPT4o": (6.0, 22.3, 23.5),
    "Distill R1 Qwen 32b": (5.2, 19.2, 15.4),
    "Gemma3 27b": (4.9, 18.8, 17.4),
    "Gemma3 12b": (4.5, 16.3, 14.3),
    "Gemma3 4b": (3.4, 11.0, 13.3),
    "Gemma2 27b IT": (4.0, 14.8, 15.0),
    "Llama 3.1 8b Instruct": (3.6, 10.6, 11.5),
    "Random": (2.4, 8.4, 8.4),
}
READ_AT = "google-deepmind/bbeh@80d12ca leaderboard.md"
LICENCE = "CC-BY-4.0 (data); Apache-2.0 (code)"
PAPER = "Kazemi et al. 2025, arXiv:2502.19187"

QUESTIONS = "bbeh/benchmark_tasks/bbeh_{task}/task.json"
DIGEST = "801fce90fe0929941752b77e96c3e3cbb5a98c25df9ce9d8f5c4fe16ff5f6364"

CARD = Card(
    name="bbeh",
    version="1",
    title="BIG-Bench Extra Hard",
    summary="23 tasks that replace those of BIG-Bench Hard, made much harder.",
    paper=PAPER,
    licence=LICENCE,
    size=4_520,
    sources=(
        Source(
            kind="folder",
            location="bbeh",
            files={"test": QUESTIONS},
            digests={QUESTIONS: DIGEST},
            note="The authors' repository: google-deepmind/bbeh@80d12ca.",
        ),
    ),
    metric=Metric(name="adjusted harmonic mean", average="harmonic:task"),
    stratum="task",
    reference_scores=tuple(
        ReferenceScore(
            model=model,
            score=round((harmonic - 1) / 100, 4),
            setting=f"harmonic mean of (percent + 1), published as {harmonic}; ours is less 1; "
            f"micro average {average}",
            read_at=READ_AT,
        )
        for model, (harmonic, average, _) in PUBLISHED.items()
    ),
    notes="The published figure is the harmonic mean of (percent + 1); 1 is taken off here, so "
    "that 0 is 0. The instruction to answer with a prefix is the paper's, after the question. "
    "Six questions of linguini and one of spatial_reasoning come more than once.",
)


def _read(data: Data, split: str) -> Iterator[Sample]:
    for task in TASKS:
        for row, record in enumerate(whole(data.path(split, task=task))["examples"]):
            yield sample(f"{task}/{row}", record, task)


def sample(name: str, record: dict[str, str], task: str) -> Sample:
    """Return one question as the authors' records have it."""
    question = (Text(record["input"]),)
    return Sample(id=name, input=question, target=record["target"], tags={"task": task})


WAY = Way(
    official=SCORER,
    layout=Layout(name="bbeh", lead="", cue=f"\n\n{_SUFFIX}"),
    generation=Generation(max_tokens=4096),
)
BENCHMARK = Prompted(
    card=CARD,
    read=_read,
    ways={"generate": WAY},
    figures=(
        Figure(
            name="micro average",
            about="Mean over all questions, from 0 to 1; the leaderboard's second column.",
            of=mean,
        ),
    ),
)
