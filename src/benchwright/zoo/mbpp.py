"""MBPP: 500 small Python functions told in a sentence, with three tests each."""

from __future__ import annotations

from collections.abc import Iterator

from benchwright.benchmarks.coding import called, size, together
from benchwright.benchmarks.layout import Layout
from benchwright.benchmarks.open_answer import OpenAnswer
from benchwright.benchmarks.pass_at_k import PASS_AT_K
from benchwright.core.benchmark import Card, Data, Metric, Source
from benchwright.core.content import Text
from benchwright.core.request import Generation
from benchwright.core.sample import Sample
from benchwright.models.records import records
from benchwright.scorers.unit_tests import SCORER

CARD = Card(
    name="mbpp",
    version="1",
    title="Mostly Basic Python Problems",
    summary="Small Python functions written from a sentence and three tests.",
    paper="Austin et al. 2021, arXiv:2108.07732",
    licence="CC-BY-4.0",
    size=500,
    runtimes=("python",),
    stratum="solution",
    sources=(
        Source(
            kind="folder",
            location="mbpp",
            files={"test": "mbpp.jsonl"},
            digests={
                "mbpp.jsonl": "ccf64ceae9c5403bf50a044cb6d505bfd2a2963ee58338ba268fd65beab92a9f"
            },
            note="google-research/google-research, mbpp/mbpp.jsonl; tasks 11 to 510 are the test "
            "split, 1 to 10 are for prompts.",
        ),
        Source(
            kind="hub",
            location="google-research-datasets/mbpp",
            revision="4bb6404fdc6cacfda99d4ac4205087b89d32030c",
            files={
                "test": "full/test-00000-of-00001.parquet",
                "prompt": "full/prompt-00000-of-00001.parquet",
            },
            note="Revision as several public projects pin it; digests unverified.",
        ),
    ),
    metric=Metric(name="pass@1"),
    notes="The authors' prompt with tasks 2, 3 and 4 as worked examples; the tests are shown. A "
    "program passes if the three tests hold within 30 seconds. For pass@k ask every question k "
    "times or more, with --temperature above 0.",
)

_TEST = range(11, 511)
_PROMPT = (2, 3, 4, 1, 5, 6, 7, 8, 9, 10)


def _read(data: Data, split: str) -> Iterator[Sample]:
    place = "prompt" if split == "shots" and "prompt" in data.source.files else "test"
    found = {record["task_id"]: record for _, record in records(data.path(place))}
    for task in _PROMPT if split == "shots" else _TEST:
        record = found[task]
        shown = "\n".join(record["test_list"])
        checks = f"{record['test_setup_code']}\n{shown}\n".lstrip()
        *others, entry = called(checks, record["code"])
        yield Sample(
            id=f"mbpp/{task}",
            input=(Text(f"{record['text']} Your code should pass these tests:\n\n{shown}"),),
            target=record["code"],
            tags={"solution": size(record["code"])},
            metadata={
                "entry_point": entry,
                "uses": " ".join(others),
                "checks": checks,
                "together": together(others),
                "seconds": "30",
                "solution": f"{record['code']}\n[DONE]",
            },
        )


BENCHMARK = OpenAnswer(
    card=CARD,
    read=_read,
    official=SCORER,
    shots=3,
    shots_source="tasks 2, 3 and 4, as the authors'",
    layout=Layout(
        name="mbpp",
        lead="You are an expert Python programmer, and here is your task: ",
        cue="\n[BEGIN]\n",
        gap="",
        shown="solution",
    ),
    generation=Generation(max_tokens=512, stop=("[DONE]",)),
    raw_stop=(),
    figures=PASS_AT_K,
)
