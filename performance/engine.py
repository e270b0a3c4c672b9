"""What the engine itself costs: CPU per sample, memory, time; no model behind it.

``python performance/engine.py [10000 100000 …] [--latency] [--picture FOLDER]``

Each run is the whole command line in a process of its own: questions from a file, asked of the
scripted model at no latency by log-likelihood of letters, answers and measurements written
durably. Then: a rerun of the complete pool, and another scorer over the kept answers. The process's
start is part of every figure. Goals: 0.2 ms (0.08) a sample, 400 MiB at any number, time linear, a
rerun of 1,000,000 in 10 s.

``--latency``: an answer takes 25 to 75 ms (50 in the mean), 64 and 512 out at once, against the
smaller of in-flight / 0.05 s and 1 / CPU per sample (of the run at no latency of as many samples):
the whole command less one of few samples, and the asking alone, from the first question to the last
answer, as the run itself keeps it in the pool.
``--picture`` draws memory and seconds against samples, ours and the goal, into a folder.
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import NamedTuple

from questions import write

LATENCY = 0.05
IN_FLIGHT = {64: 20_000, 512: 100_000}
"""Requests out at once → samples: some 15 seconds at the ideal rate."""
MEMORY = 400
RERUN_SECONDS = 10


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


def seconds_of_asking(pool: Path) -> float:
    """Return the time from first question to last answer that the run in ``pool`` kept."""
    query = "select value from run_metrics where metric = 'seconds' and model <> ''"
    command = [sys.executable, "-m", "benchwright", "query", query, "--pool", str(pool), "--json"]
    done = subprocess.run(command, check=True, stdout=subprocess.PIPE, text=True)
    return float(json.loads(done.stdout)["rows"][0]["value"])


def asking(questions: Path, pool: Path) -> list[str]:
    """Return the command line that asks ``questions`` of the scripted model."""
    return [
        *("run", f"file:{questions}", "--input", "question", "--choices", "options"),
        *("--target", "answer", "--id", "id", "--ask", "letters"),
        *("--model", "scripted:load", "--pool", str(pool)),
    ]


def at_no_latency(numbers: list[int]) -> dict[str, dict[int, Cost]]:
    """Measure run, rerun and another scorer at every number of samples; print a line each."""
    found: dict[str, dict[int, Cost]] = {}
    print("| samples | work | CPU ms / sample | wall s | peak MiB | bytes / sample |")
    print("|---|---|---|---|---|---|")
    for number in numbers:
        with tempfile.TemporaryDirectory() as temporary:
            folder = Path(temporary)
            # Nothing is remembered of an earlier measurement's file, which is the same.
            os.environ["BENCHWRIGHT_CACHE"] = str(folder / "cache")
            questions, pool = folder / "load.jsonl", folder / "pool"
            write(questions, number)
            run = asking(questions, pool)
            again = ["score", "load", "--scorer", "likeliest_per_byte", "--pool", str(pool)]
            for name, arguments in {"run": run, "rerun": run, "another scorer": again}.items():
                cost = measured(*arguments)
                found.setdefault(name, {})[number] = cost
                print(
                    f"| {number:,} | {name} | {1000 * cost.cpu / number:.3f} | {cost.wall:.1f} "
                    f"| {cost.megabytes:.0f} | {size(pool) / number:.0f} |",
                    flush=True,
                )
    return found


def at_latency() -> None:
    """Measure the throughput with answers that take their time; print a line each."""
    print(
        "\n| in flight | samples | seconds | answers / s | of in-flight / 50 ms | of the bound "
        "| asking, of the bound |"
    )
    print("|---|---|---|---|---|---|---|")
    for out, number in IN_FLIGHT.items():
        with tempfile.TemporaryDirectory() as temporary:
            folder = Path(temporary)
            os.environ["BENCHWRIGHT_CACHE"] = str(folder / "cache")
            few, many = folder / "few.jsonl", folder / "load.jsonl"
            write(few, out)
            write(many, number)
            free = measured(*asking(many, folder / "free"))
            slow = ["--model-option", f"latency={LATENCY}", "--concurrency", str(out)]
            start = measured(*asking(few, folder / "few"), *slow)
            cost = measured(*asking(many, folder / "pool"), *slow)
            # Start-up, the pool's samples and the table are the small run's, but for their growth.
            seconds = cost.wall - start.wall
            rate, ideal = (number - out) / seconds, out / LATENCY
            bound = min(ideal, number / free.cpu)
            asked = (number - out) / seconds_of_asking(folder / "pool")
            print(
                f"| {out} | {number:,} | {seconds:.1f} | {rate:,.0f} | {rate / ideal:.1%} "
                f"| {rate / bound:.1%} of {bound:,.0f} | {asked / bound:.1%} |",
                flush=True,
            )


def draw(folder: Path, found: dict[str, dict[int, Cost]]) -> None:
    """Draw memory and seconds against samples."""
    from plot import lines

    folder.mkdir(parents=True, exist_ok=True)
    works = ("run", "rerun")
    common = {"x": "samples", "x_scale": "log"}
    lines(
        folder / "engine-memory.svg",
        title="Peak memory of a run",
        y="MiB",
        series={work: [(n, c.megabytes) for n, c in found[work].items()] for work in works},
        limits={"goal": MEMORY},
        **common,  # type: ignore[arg-type]
    )
    lines(
        folder / "engine-seconds.svg",
        title="Seconds of a run, a model of no latency",
        y="CPU seconds",
        y_scale="log",
        series={work: [(n, c.cpu) for n, c in found[work].items()] for work in works},
        limits={"goal of a rerun of 1,000,000": RERUN_SECONDS},
        **common,  # type: ignore[arg-type]
    )


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("numbers", type=int, nargs="*", default=[10_000, 100_000])
    parser.add_argument("--latency", action="store_true")
    parser.add_argument("--picture", type=Path, metavar="FOLDER")
    chosen = parser.parse_args()
    found = at_no_latency(chosen.numbers)
    if chosen.latency:
        at_latency()
    if chosen.picture:
        draw(chosen.picture, found)


if __name__ == "__main__":
    main()
