"""Run every reference solution of the code sets in the sandbox: which pass, and why others do not.

PYTHONPATH=src python tools/references.py DATA [BENCHMARK...]

A solution is taken as an answer: read by the official scorer, run with the problem's own tests.
Problems that need packages which are not here are counted, not run. Exit code 1: one did not pass.
"""

from __future__ import annotations

import importlib
import sys
import time
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from benchwright.benchmarks.loading import locate
from benchwright.core.benchmark import Asking, Benchmark
from benchwright.core.errors import DataError
from benchwright.core.execution import Program, ProgramNotRun, Ran
from benchwright.core.flow import drive
from benchwright.core.measurement import Score
from benchwright.core.request import Request
from benchwright.core.response import Response, said
from benchwright.core.sample import Sample
from benchwright.sandbox import Sandbox, open_sandbox

CODE = (
    "humaneval",
    "humaneval_plus",
    "mbpp",
    "mbpp_plus",
    "humaneval_pro",
    "mbpp_pro",
    "bigcodebench_lite_pro",
    "cruxeval_input",
)
WORKERS = 2


class Verdict:
    """What came of one reference solution."""

    def __init__(self, sample: Sample, score: Score | None, told: str, *, apart: bool) -> None:
        """Keep it."""
        self.sample, self.score, self.told, self.apart = sample, score, told, apart


def verdicts(name: str, data: Path, sandbox: Sandbox) -> Iterator[Verdict]:
    """Yield what came of the solutions of benchmark ``name``, in the order of its samples.

    Raises:
        DataError: its data is not in ``data``.
    """
    benchmark: Benchmark = importlib.import_module(f"benchwright.zoo.{name}").BENCHMARK
    samples = benchmark.samples(locate(benchmark.card, folder=data, shots=False))
    scorer = benchmark.scorer(Asking(ask=benchmark.asks[0], chat=True))

    def run(sample: Sample) -> Verdict:
        crossed: list[bool] = []

        def execute(program: Program) -> Ran:
            crossed.append(program.apart)
            return sandbox.run(program)

        judged = scorer(sample, said(sample.target))
        try:
            score = judged if isinstance(judged, Score) else drive(judged, _silent, execute)
        except ProgramNotRun as cause:
            return Verdict(sample, None, cause.reason, apart=all(crossed))
        return Verdict(sample, score, score.explanation, apart=all(crossed))

    with ThreadPoolExecutor(WORKERS) as workers:
        yield from workers.map(run, samples)


def main(arguments: Sequence[str]) -> int:
    """Print one line per benchmark, and each solution that did not pass."""
    if not arguments:
        sys.stderr.write(__doc__ or "")
        return 2
    data, *named = arguments
    failed = 0
    print("| benchmark | solutions | pass | tests in one process with them | not run | seconds |")
    print("|---|---|---|---|---|---|")
    listed = []
    with open_sandbox("auto", workers=WORKERS) as sandbox:
        for name in named or CODE:
            began = time.monotonic()
            try:
                found = list(verdicts(name, Path(data), sandbox))
            except DataError as absent:
                print(f"| {name} | {str(absent).splitlines()[0]} | | | | |", flush=True)
                continue
            passed = sum(v.score is not None and v.score.value == 1 for v in found)
            unrun = sum(v.score is None for v in found)
            together = sum(not v.apart for v in found)
            took = time.monotonic() - began
            cells = (name, len(found), passed, together, unrun, f"{took:.0f}")
            print(f"| {' | '.join(map(str, cells))} |", flush=True)
            bad = [v for v in found if v.score is None or v.score.value != 1]
            listed += [f"- {name} {v.sample.id}: {' '.join(v.told.split())[:200]}" for v in bad]
            failed += len(bad) - unrun
    print("\n" + "\n".join(listed) if listed else "\nEvery reference solution passes.")
    return 1 if failed else 0


def _silent(request: Request) -> Response:
    raise AssertionError(f"a reference solution asks nobody: {request}")


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
