"""HumanEval and MBPP on a small code model, on this machine: pass@1 with its interval.

``python performance/coder.py WEIGHTS.gguf --data FOLDER [--take N] [--pool coder-pool]``

WEIGHTS is any GGUF file; Qwen2.5-Coder-0.5B-Instruct (Q4, sha256 1d961463…) is what the figures of
``performance/RESULTS.md`` were made with. Both sets are asked whole and greedily, in the model's
own chat template (``--raw``: as raw text, the completion that base models are asked for), and every
program is run in the sandbox. Its Q5_0 tensors have no fast kernel: ``--weights-as q8_0`` converts
them. A run that was stopped is gone on with by the same command.
The tables say how answers ended and what programs failed by.
"""

from __future__ import annotations

import argparse
import hashlib
import re
import sys
import time
from collections import Counter
from pathlib import Path

from benchwright import open_pool, run
from benchwright.analysis.leaderboard import standings
from benchwright.core.table import Table

SETS = ("humaneval", "mbpp")
_KIND = re.compile(r"\b[A-Z]\w*(?:Error|Exception|Iteration|Exit)\b")


def arguments() -> argparse.Namespace:
    """Return what the command line says."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("weights", type=Path)
    parser.add_argument("--data", type=Path, required=True)
    parser.add_argument("--take", type=int, default=0, help="samples of each; 0 asks all")
    parser.add_argument("--tokens", type=int, default=512)
    parser.add_argument("--pool", type=Path, default=Path("coder-pool"))
    parser.add_argument("--raw", action="store_true")
    parser.add_argument("--weights-as", default="", metavar="FORMAT", help="such as q8_0")
    parser.add_argument("--sandbox", default="auto")
    parser.add_argument("sets", nargs="*", default=SETS)
    return parser.parse_intermixed_args()


def main() -> None:
    """Ask both, then print the tables."""
    told = arguments()
    with told.weights.open("rb") as stream:
        digest = hashlib.file_digest(stream, "sha256").hexdigest()
    print(f"{told.weights.name}: sha256 {digest[:16]}…", flush=True)
    for name in told.sets or SETS:
        began, spent = time.monotonic(), time.process_time()
        result = run(
            name,
            model=f"llama:{told.weights}",
            format=told.weights_as,
            data=str(told.data),
            pool=told.pool,
            take=str(told.take) if told.take else "",
            max_tokens=told.tokens,
            template="none" if told.raw else "auto",
            sandbox=told.sandbox,
        )
        took, cpu = time.monotonic() - began, time.process_time() - spent
        print(f"{name}: {result.status}, {took:.0f} s, {cpu:.0f} CPU s", file=sys.stderr)
    print(table(told.pool))
    print(reasons(told.pool))


def table(pool: Path) -> Table:
    """Return pass@1 with its interval, and how answers ended, for each set and way of asking."""
    rows = []
    with open_pool(pool) as opened:
        for line in standings(opened):
            score, ended = line.estimate, line.estimate.outcomes
            outcomes = ", ".join(f"{name} {n}" for name, n in ended.items() if n)
            rows.append(
                (line.cell.benchmark.partition("@")[0], line.cell.asked, score.rows, score.value,
                 score.low, score.high, outcomes)
            )  # fmt: skip
    return Table(
        columns=("benchmark", "asked", "n", "pass@1", "low", "high", "outcomes"),
        rows=tuple(rows),
        caption="pass@1 with 95 % intervals.",
    )


def reasons(pool: Path, shown: int = 8) -> Table:
    """Return what programs failed by: the kind of exception, or the limit."""
    counts: Counter[tuple[str, str]] = Counter()
    with open_pool(pool) as opened:
        found = opened.query(
            "select benchmark, explanation from measurements where outcome = 'scored' and value = 0"
        )
        for row in found.records():
            problem = str(row["explanation"])
            kind = _KIND.findall(problem)
            told = kind[-1] if kind else problem.partition(": ")[2][:40]
            counts[str(row["benchmark"]).partition("@")[0], told] += 1
    return Table(
        columns=("benchmark", "failed by", "programs"),
        rows=tuple((*key, n) for key, n in counts.most_common(shown * len(SETS))),
        caption="What programs failed by.",
    )


if __name__ == "__main__":
    main()
