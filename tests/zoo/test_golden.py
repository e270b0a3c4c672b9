"""Every benchmark's version, and its first question as it is sent: drift is a reviewed diff.

A version that changed needs a new card version.
``make golden NAME=gsm8k`` writes a benchmark's file anew.
"""

from __future__ import annotations

import os
from pathlib import Path

import pytest

import benchwright.zoo
from benchwright.benchmarks.version import benchmark_version
from benchwright.core.benchmark import Asking, Benchmark, Data
from benchwright.core.errors import DescriptionError
from benchwright.core.flow import drive
from benchwright.core.request import Request, transcript
from benchwright.core.response import Response
from benchwright.core.sample import Presentation
from benchwright.testing.answering import likely

GOLDEN = Path(__file__).parent / "golden"
ZOO = Path(benchwright.zoo.__file__).parent
NAMES = sorted(path.stem for path in ZOO.glob("*.py") if not path.stem.startswith("_"))


def shown(benchmark: Benchmark, data: Data, asking: Asking) -> str:
    solver = benchmark.solver(asking, data)
    sample = next(iter(benchmark.samples(data)))
    found: list[Request] = []

    def answer(request: Request) -> Response:
        found.append(request)
        return likely(request.continuations, 0) if request.continuations else Response()

    drive(solver(sample, Presentation(), 0), answer)
    head = f"===== {sample.id}: {solver.conditions.label()} [{solver.conditions.digest()}]"
    settings = f"\n--> {dict(sorted(solver.conditions.generation.items()))}"
    sent = [
        f"{transcript(request)}⏎"
        + ("".join(f"\n--> {text!r}" for text in request.continuations) or settings)
        for request in found
    ]
    return "\n".join([head, *sent, ""])


def rendered(benchmark: Benchmark, data: Data, version: str) -> str:
    parts = [f"{benchmark.card.name}@{version}\n"]
    for number, ask in enumerate(benchmark.asks):
        for chat in (False, True):
            # The default way of asking in full, the others with one example: enough to see drift.
            shots = None if not number and not chat else 1 if "shots" in data.source.files else 0
            try:
                parts.append(shown(benchmark, data, Asking(ask=ask, chat=chat, shots=shots)))
            except DescriptionError as refused:
                parts.append(f"===== {ask}, raw: refused\n{refused}\n")
    return "\n".join(parts)


@pytest.mark.data
@pytest.mark.parametrize("name", NAMES)
def test_versions_and_prompts_are_as_they_were(load, versions: dict[str, str], name: str) -> None:
    benchmark, data = load(name)
    path = GOLDEN / f"{name}.txt"
    version = versions.get(name) or benchmark_version(
        benchmark.card, benchmark.samples(data), subset=data.source.subset
    )
    now = rendered(benchmark, data, version)
    if os.environ.get("BENCHWRIGHT_GOLDEN") == "write":
        path.write_text(now, "utf-8")
    assert now == path.read_bytes().decode()  # a prompt may hold carriage returns


def test_golden_prompts_are_of_benchmarks_that_there_are_and_of_all() -> None:
    assert sorted(path.stem for path in GOLDEN.glob("*.txt")) == NAMES
