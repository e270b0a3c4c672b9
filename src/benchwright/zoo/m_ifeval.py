"""M-IFEval: instructions on form in Spanish, French and Japanese, with kinds of their own."""

from __future__ import annotations

from collections.abc import Iterator

from benchwright.benchmarks.instructions import (
    FIGURES,
    NO_CANONICAL,
    PROMPT_ALONE,
    read_instructions,
)
from benchwright.benchmarks.open_answer import OpenAnswer
from benchwright.core.benchmark import Card, Data, Metric, ReferenceScore, Source
from benchwright.core.request import Generation
from benchwright.core.sample import Sample
from benchwright.scorers.instructions_kept import SCORER

_LEADERBOARD = {
    "o1": 0.866,
    "Opus": 0.844,
    "Sonnet": 0.842,
    "GPT4o": 0.827,
    "Haiku": 0.730,
    "Aya 23 8B": 0.507,
}

CARD = Card(
    name="m_ifeval",
    version="1",
    title="M-IFEval",
    summary="Instructions on form in Spanish, French and Japanese that a program can verify.",
    paper="Dussolle et al. 2025, arXiv:2502.04688",
    licence="Apache-2.0",
    languages=("es", "fr", "ja"),
    size=522,
    sources=(
        Source(
            kind="folder",
            location="ifeval",
            files={
                "test": "data/es_input_data.jsonl",
                "fr": "data/fr_input_data.jsonl",
                "ja": "data/ja_input_data.jsonl",
            },
            digests={
                "data/es_input_data.jsonl": (
                    "4c4d06d792890a800da33d39325e19969aeacdc2387cacc9bd6241fb2af73e23"
                ),
                "data/fr_input_data.jsonl": (
                    "a7cd5276fe3cad92cfaad444a9bb5f10cd769b0f3858582a8147b495e7e957ce"
                ),
                "data/ja_input_data.jsonl": (
                    "12bf6df416255a86bc0b8e911e05fadc713b4b06f66232299dbf9ea51f172daa"
                ),
            },
            note="shisa-ai/M-IFEval@06f08ff, which corrects two Japanese prompts of "
            "lightblue-tech/M-IFEval.",
        ),
    ),
    metric=Metric(name="prompt-level strict accuracy", average="macro:language"),
    stratum="language",
    reference_scores=tuple(
        ReferenceScore(
            model=model,
            score=score,
            setting="instruction-level strict, mean of the three languages",
            read_at="lightblue-tech/M-IFEval README, leaderboard",
        )
        for model, score in _LEADERBOARD.items()
    ),
    notes="Ours where the authors take large models: Spanish sentences are Punkt's (theirs: a "
    "parser's), Japanese keywords are looked for in the text (theirs: among Janome's words), and "
    "a Japanese sentence ends in a noun by its last character or a short list (theirs: Janome's "
    "parts of speech). Spanish words are counted as spaCy does, which counts the space between "
    "paragraphs. The mean over languages is the leaderboard's; the authors average the "
    "instruction-level strict accuracy, a figure here.",
)


def _read(data: Data, split: str) -> Iterator[Sample]:
    for language, place in (("es", split), ("fr", "fr"), ("ja", "ja")):
        yield from read_instructions(data.path(place), language)


BENCHMARK = OpenAnswer(
    card=CARD,
    read=_read,
    official=SCORER,
    layout=PROMPT_ALONE,
    generation=Generation(max_tokens=1280),
    raw_stop=(),
    figures=FIGURES,
    no_canonical=NO_CANONICAL,
)
