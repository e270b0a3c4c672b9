"""JavaBench's recorded answers, compiled and tested again, beside the verdicts recorded with them.

``python performance/javabench.py CHECKOUT [--project PA19] [--model gpt-4o-2024-05-13] [--take 1]``

CHECKOUT is a checkout of java-bench/JavaBench with its ``output/``. The first ``--take`` recorded
answers of each class (holistic synthesis, selective context) are judged by ``javabench_paper`` in
the sandbox; printed are the records whose verdict differs: whether the class is whole, whether it
compiles, and how many tests hold. The corrected rule's verdict stands beside it. JUnit 5, Mockito
and the annotations are Debian's (junit5, libmockito-java, libjetbrains-annotations-java).
"""

from __future__ import annotations

import argparse
import json
from collections import Counter
from pathlib import Path
from typing import Any

from benchwright.benchmarks.loading import locate
from benchwright.core.flow import drive
from benchwright.core.measurement import Score
from benchwright.core.request import Request
from benchwright.core.response import Response, said
from benchwright.core.sample import Sample
from benchwright.core.table import Table
from benchwright.sandbox import Sandbox, open_sandbox
from benchwright.scorers.javabench import SCORER as CORRECTED
from benchwright.scorers.javabench import JavaBench
from benchwright.scorers.javabench_paper import SCORER as RELEASED
from benchwright.zoo.javabench import BENCHMARK, CARD


def recorded(record: dict[str, Any]) -> str:
    """Return the recorded verdict in our words."""
    if not record["can_replace"]:
        return "none"
    if record["has_todo"]:
        return "unwritten"
    if record["compile_errors"]:
        return "complete"
    held, run = record["test_result"]
    return f"compiled {held}/{run}"


def judged(scorer: JavaBench, sample: Sample, answer: str, sandbox: Sandbox) -> Score:
    """Return our verdict."""

    def unasked(request: Request) -> Response:
        raise AssertionError(request)

    verdict = scorer(sample, said(answer))
    return verdict if isinstance(verdict, Score) else drive(verdict, unasked, sandbox.run)


def main() -> None:
    """Judge and print."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("checkout", type=Path)
    parser.add_argument("--project", default="PA19")
    parser.add_argument("--model", default="gpt-4o-2024-05-13")
    parser.add_argument("--take", type=int, default=1)
    wanted = parser.parse_args()
    home = wanted.checkout / "output/holistic-selective" / f"result-{wanted.project}" / wanted.model
    answers = [
        json.loads(line) for line in (home / "samples.jsonl").read_text().split("\n") if line
    ]
    verdicts = json.loads((home / "single_class.json").read_text())
    samples = {s.id: s for s in BENCHMARK.samples(locate(CARD, folder=wanted.checkout))}
    seen: Counter[str] = Counter()
    rows: list[tuple[str, str, str, str]] = []
    judged_all = passed = corrected_passed = 0
    with open_sandbox("auto", workers=1) as sandbox:
        for answer, verdict in zip(answers, verdicts, strict=True):
            name = answer["task_id"]
            seen[name] += 1
            if seen[name] > wanted.take:
                continue
            theirs = recorded(verdict)
            ours = judged(RELEASED, samples[name], answer["completion"], sandbox)
            better = judged(CORRECTED, samples[name], answer["completion"], sandbox)
            judged_all += 1
            passed += ours.value == 1
            corrected_passed += better.value == 1
            if theirs != (ours.answer or "none") or ours.value != better.value:
                rows.append((name, theirs, ours.answer or "none", better.answer or "none"))
    differing = sum(row[1] != row[2] for row in rows)
    caption = (
        f"{wanted.project}, {wanted.model}: {judged_all - differing} of {judged_all} verdicts as "
        f"recorded; classes that pass all tests: {passed} by the released rule, "
        f"{corrected_passed} by the corrected one."
    )
    columns = ("class", "recorded", "javabench_paper", "javabench")
    print(Table(columns=columns, rows=tuple(rows), caption=caption))


if __name__ == "__main__":
    main()
