"""IFEval: 541 prompts whose 834 instructions on form a program can verify."""

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

CARD = Card(
    name="ifeval",
    version="1",
    title="IFEval",
    summary="Instructions on form that a program can verify: lengths, words, formats, languages.",
    paper="Zhou et al. 2023, arXiv:2311.07911",
    licence="Apache-2.0",
    size=541,
    sources=(
        Source(
            kind="folder",
            location="ifeval",
            files={"test": "data/en_input_data.jsonl"},
            digests={
                "data/en_input_data.jsonl": (
                    "48a13f6e56fcd38da37fb9a7da78277792643bb96a1b0e60e79405e6a5d10fca"
                )
            },
            note="shisa-ai/M-IFEval@06f08ff, where kinds are written with a language; otherwise as "
            "google-research/instruction_following_eval, of which the first 45 were compared.",
        ),
        Source(
            kind="hub",
            location="google/IFEval",
            revision="966cd89545d6b6acfd7638bc708b98261ca58e84",
            files={"test": "ifeval_input_data.jsonl"},
            note="Revision as public projects pin it; not fetched by us: digest unverified, "
            "content not compared with the folder's.",
        ),
    ),
    metric=Metric(name="prompt-level strict accuracy", average="micro"),
    stratum="group",
    reference_scores=(
        ReferenceScore(
            model="GPT-4 (2023-11)",
            score=0.7689,
            setting="prompt-level strict, 0-shot",
            read_at="Zhou et al. 2023, table 3",
        ),
        ReferenceScore(
            model="PaLM 2 S",
            score=0.4307,
            setting="prompt-level strict, 0-shot",
            read_at="Zhou et al. 2023, table 3",
        ),
    ),
    notes="Four numbers: prompt-level strict is the score's mean, the other three are figures. "
    "The released code counts a letter drawn at random where a prompt names # or ! (2 prompts); "
    "here the sign that the prompt names is counted. The language is told by langdetect with "
    "seed 0, as released without a fixed seed; a text without letters counts as in the language. "
    "A text without sense can keep instructions on form: read the score as that.",
)


def _read(data: Data, split: str) -> Iterator[Sample]:
    return read_instructions(data.path(split), "en")


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
