"""HumanEval+: HumanEval's functions with many more tests."""

from __future__ import annotations

from collections.abc import Iterator

from benchwright.benchmarks.coding import HUMANEVAL_STOP, INSTRUCTED, VERBATIM, above, size
from benchwright.benchmarks.evalplus import against, released
from benchwright.benchmarks.open_answer import OpenAnswer
from benchwright.benchmarks.pass_at_k import PASS_AT_K
from benchwright.core.benchmark import Card, Data, Metric, Source
from benchwright.core.content import Text
from benchwright.core.request import Generation
from benchwright.core.sample import Sample
from benchwright.models.records import records
from benchwright.scorers.unit_tests import SCORER

CARD = Card(
    name="humaneval_plus",
    version="1",
    title="HumanEval+",
    summary="HumanEval's functions, judged by many more tests than the original ones.",
    paper="Liu et al. 2023, arXiv:2305.01210",
    licence="Apache-2.0",
    size=164,
    runtimes=("python",),
    stratum="solution",
    sources=(
        Source(
            kind="folder",
            location="humaneval",
            files={"test": "evalplus_HumanEvalPlus.jsonl.gz", "solutions": "HumanEval.jsonl"},
            subset="early-base-inputs",
            digests={
                "HumanEval.jsonl": (
                    "1d49078ba3e2b196b9344535bef34a43021f038fad9561d6ee7c53450609a6a2"
                ),
                "evalplus_HumanEvalPlus.jsonl.gz": (
                    "c5bdcde32a8cb5574e51c17fb89d9e15a688be5aa71ec588deadf48131011426"
                ),
            },
            note="An early file from the history of evalplus/evalplus: the original inputs only, "
            "and unfinished reference solutions, so that HumanEval's own stand in for them.",
        ),
        Source(
            kind="hub",
            location="evalplus/humanevalplus",
            revision="d32357cf319e50e9c8d8dab5ea876c72b0fd321b",
            files={"test": "data/test-00000-of-00001-5973903632b82d40.parquet"},
            digests={
                "data/test-00000-of-00001-5973903632b82d40.parquet": (
                    "4436f5c03d77c17e0cbc57543b90665b5c1266f55a43992a5ed7922cd34a7558"
                )
            },
            note="Revision and digest as public projects pin them; not fetched by us.",
        ),
    ),
    metric=Metric(name="pass@1"),
    notes="Scores on the early file are not HumanEval+ scores: it has no added inputs. A program "
    "passes if every output is the reference's; floats within 1e-6, as evalplus compares them.",
)


def _read(data: Data, split: str) -> Iterator[Sample]:
    early = "solutions" in data.source.files
    known = records(data.path("solutions")) if early else ()
    solutions = {record["task_id"]: record["canonical_solution"] for _, record in known}
    for _, record in records(data.path(split)):
        prompt, entry = record["prompt"], record["entry_point"]
        solution = solutions.get(record["task_id"]) or record["canonical_solution"]
        given = above(prompt, entry)
        if early:
            checks = against(f"{prompt}{solution}", entry, record["base_input"], 0)
        else:
            checks = f"{given}\n{released(record['test'])}\ncheck({entry})\n"
        yield Sample(
            id=record["task_id"],
            input=(Text(prompt),),
            target=solution,
            tags={"solution": size(solution)},
            metadata={
                "entry_point": entry,
                "prompt": prompt,
                "above": given,
                "checks": checks,
                "seconds": "60",
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
