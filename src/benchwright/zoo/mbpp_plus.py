"""MBPP+: the well-formed problems of MBPP with many more tests."""

from __future__ import annotations

from collections.abc import Iterator

from benchwright.benchmarks.coding import (
    EVALPLUS_STOP,
    INSTRUCTED,
    VERBATIM,
    called,
    size,
    together,
)
from benchwright.benchmarks.evalplus import FOUND_OR_NOT, against, released, typed
from benchwright.benchmarks.open_answer import OpenAnswer
from benchwright.benchmarks.pass_at_k import PASS_AT_K
from benchwright.core.benchmark import Card, Data, Metric, Source
from benchwright.core.content import Text
from benchwright.core.request import Generation
from benchwright.core.sample import Sample
from benchwright.models.records import records
from benchwright.scorers.unit_tests import SCORER

CARD = Card(
    name="mbpp_plus",
    version="1",
    title="MBPP+",
    summary="MBPP's well-formed problems, judged by many more tests than the original three.",
    paper="Liu et al. 2023, arXiv:2305.01210",
    licence="Apache-2.0; problems of MBPP: CC-BY-4.0",
    size=378,
    runtimes=("python",),
    stratum="solution",
    sources=(
        Source(
            kind="folder",
            location="mbpp",
            files={"test": "evalplus_MbppPlus.jsonl.gz"},
            subset="early-399",
            digests={
                "evalplus_MbppPlus.jsonl.gz": (
                    "c2ee0726fea8ac23d35428f742eced168a6aee2a1406a81b64b8aef5b73a9b77"
                )
            },
            note="The first release's file, from the history of evalplus/evalplus: 399 problems, "
            "of which EvalPlus later dropped 21 as ill-formed and mended others.",
        ),
        Source(
            kind="hub",
            location="evalplus/mbppplus",
            revision="b2d74c91837c3f2a20c1299ae98133cbe7cfa077",
            files={"test": "data/test-00000-of-00001-d5781c9c51e02795.parquet"},
            digests={
                "data/test-00000-of-00001-d5781c9c51e02795.parquet": (
                    "dc20030b3788fccf617444edcb34138ef13d7e4fafd17bfcb8c1279dbb12399b"
                )
            },
            note="Revision and digest as public projects pin them; not fetched by us.",
        ),
    ),
    metric=Metric(name="pass@1"),
    notes="Asked as evalplus asks: the sentence and the first test in a docstring. In the early "
    "file the inputs are JSON; they are given the types that the arguments of the original tests "
    "have, and the right outputs are the reference's. Floats are right within 1e-6, and eight "
    "functions' results are compared as sets, as evalplus does.",
)


def _read(data: Data, split: str) -> Iterator[Sample]:
    for _, record in records(data.path(split)):
        early = "plus_input" in record
        solution = record["canonical_solution" if early else "code"]
        asserts = record["assertion"] if early else "\n".join(record["test_list"])
        *others, entry = called(asserts, solution)
        if early:
            given = [*record["base_input"], *record["plus_input"]]
            checks = against(solution, entry, typed(given, asserts, entry), record["atol"])
        else:
            checks = "\n".join((*record["test_imports"], released(record["test"])))
        told = record["prompt"].strip("'\n ")
        first = next(line for line in asserts.split("\n") if line.startswith("assert"))
        yield Sample(
            id=f"Mbpp/{str(record['task_id']).rpartition('/')[2]}",
            input=(Text(f'"""\n{told}\n{first}\n"""\n'),),
            target=solution,
            tags={"solution": size(solution)},
            metadata={
                "entry_point": entry,
                "uses": " ".join(others),
                "checks": checks,
                "together": together(others) or ("match objects" * (entry in FOUND_OR_NOT)),
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
    raw_stop=EVALPLUS_STOP,
    figures=PASS_AT_K,
)
