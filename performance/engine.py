"""What the engine itself costs: CPU per sample, peak memory, bytes on disk; no model behind it.

``python performance/engine.py [10000 100000 …]``

Each run is the whole command line in a process of its own: questions from a file, asked of the
scripted model at no latency by log-likelihood of letters, answers and measurements written
durably. Then: a rerun of the complete pool, and another scorer over the kept answers. The last
column is the price of a rerun per sample; limits named by the issue: 0.5 ms, flat memory.
"""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import NamedTuple

from questions import write


class Cost(NamedTuple):
    """What one process used."""

    cpu: float
    wall: float
    megabytes: float


def measured(*arguments: str) -> Cost:
    """Run ``benchwright`` with ``arguments`` and return what it used."""
    began = time.perf_counter()
    process = subprocess.Popen(
        [sys.executable, "-m", "benchwright", *arguments],
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    _, status, usage = os.wait4(process.pid, 0)
    if status:
        raise SystemExit(f"benchwright {' '.join(arguments)} ended with status {status}")
    wall = time.perf_counter() - began
    return Cost(usage.ru_utime + usage.ru_stime, wall, usage.ru_maxrss / 1024)


def size(folder: Path) -> int:
    """Return the bytes of all files below ``folder``."""
    return sum(path.stat().st_size for path in folder.rglob("*") if path.is_file())


def main() -> None:
    """Measure and print."""
    numbers = [int(text) for text in sys.argv[1:]] or [10_000, 100_000]
    print("| samples | work | CPU ms / sample | wall s | peak MiB | bytes / sample |")
    print("|---|---|---|---|---|---|")
    for number in numbers:
        with tempfile.TemporaryDirectory() as temporary:
            folder = Path(temporary)
            questions, pool = folder / "load.jsonl", folder / "pool"
            write(questions, number)
            run = [
                *("run", f"file:{questions}", "--input", "question", "--choices", "options"),
                *("--target", "answer", "--id", "id", "--ask", "letters"),
                *("--model", "scripted:load", "--pool", str(pool)),
            ]
            works = {
                "run": run,
                "rerun": run,
                "another scorer": [
                    *("score", "load", "--scorer", "likeliest_per_byte", "--pool", str(pool)),
                ],
            }
            for name, arguments in works.items():
                cost = measured(*arguments)
                print(
                    f"| {number:,} | {name} | {1000 * cost.cpu / number:.3f} | {cost.wall:.1f} "
                    f"| {cost.megabytes:.0f} | {size(pool) / number:.0f} |",
                    flush=True,
                )


if __name__ == "__main__":
    main()
