"""Checks per second of the sandbox, and what each attack comes to.

    python performance/sandbox.py            # both, as Markdown
    python performance/sandbox.py --checks 400 --workers 2

The speed is that of small Python checks (a function and three asserts, judged apart) with so many
workers; beside it, measured in the same run in turns, a plain `python -c` for each check without
any walls, as many at once. Processor seconds are all of the machine's, the kernel's included, so
that cells which other processes reap are counted; run it on a machine that does nothing else.
"""

from __future__ import annotations

import argparse
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from benchwright.core.execution import Program
from benchwright.sandbox import Sandbox, open_sandbox
from benchwright.testing.attacks import ATTACKS, scene, wrong

SOURCE = """
def similar_elements(one, other):
    return tuple(sorted(set(one) & set(other)))
"""
CHECKS = """
assert similar_elements((3, 4, 5, 6), (5, 7, 4, 10)) == (4, 5)
assert similar_elements((1, 2, 3, 4), (5, 4, 3, 7)) == (3, 4)
assert similar_elements((11, 12, 14, 13), (17, 15, 14, 13)) == (13, 14)
"""
ROUNDS = 3


def main() -> None:
    """Measure, then attack."""
    reader = argparse.ArgumentParser(description=__doc__)
    reader.add_argument("--checks", type=int, default=200, help="small checks per round")
    reader.add_argument("--workers", type=int, default=2, help="how many at once")
    reader.add_argument("--sandbox", default="auto", help="auto, bubblewrap, docker, podman, none")
    reader.add_argument("--only", choices=("speed", "attacks"), help="one of the two")
    given = reader.parse_args()
    if given.only != "attacks":
        print(speeds(given.sandbox, given.checks, given.workers))
    if given.only != "speed":
        print(attacks(given.sandbox))


def speeds(kind: str, checks: int, workers: int) -> str:
    """Return the table of checks per second."""
    with open_sandbox(kind, workers=workers) as sandbox:
        ways: dict[str, Callable[[int], None]] = {
            f"sandbox ({sandbox.kind}), apart": lambda number: judged(sandbox, number, apart=True),
            f"sandbox ({sandbox.kind}), weaker mode": lambda number: judged(
                sandbox, number, apart=False
            ),
            "`python -c` for each, no walls": plain,
        }
        measured: dict[str, list[tuple[float, float]]] = {name: [] for name in ways}
        for way in ways.values():
            timed(way, workers * 2, workers)
        for _ in range(ROUNDS):
            for name, way in ways.items():
                measured[name].append(timed(way, checks, workers))
    lines = [
        f"{checks} small checks, {workers} at once, median of {ROUNDS} rounds in turns:",
        "",
        "| way | checks a second | processor ms a check (whole machine) |",
        "|---|---:|---:|",
    ]
    for name, rounds in measured.items():
        seconds = sorted(one for one, _ in rounds)[ROUNDS // 2]
        used = sorted(two for _, two in rounds)[ROUNDS // 2]
        lines.append(f"| {name} | {checks / seconds:.0f} | {1000 * used / checks:.1f} |")
    return "\n".join([*lines, ""])


def judged(sandbox: Sandbox, number: int, *, apart: bool) -> None:
    """Have one check judged, whose text no other has."""
    program = Program(files={"main.py": f"{SOURCE}# {number}\n"}, checks=CHECKS, apart=apart)
    ran = sandbox.run(program)
    if ran.passed is not True:
        raise SystemExit(f"a right answer was not passed: {ran}")


def plain(number: int) -> None:
    """Run the same check in a process without walls."""
    text = f"{SOURCE}# {number}\n{CHECKS}"
    subprocess.run([sys.executable, "-I", "-c", text], check=True)


def timed(way: Callable[[int], None], checks: int, workers: int) -> tuple[float, float]:
    """Return the seconds that ``checks`` of one way take, and the machine's processor seconds."""
    before, began = busy(), time.perf_counter()
    with ThreadPoolExecutor(workers) as threads:
        list(threads.map(way, range(checks)))
    return time.perf_counter() - began, busy() - before


def busy() -> float:
    """Return the processor seconds that this machine has spent on anything."""
    fields = Path("/proc/stat").read_text().split("\n", 1)[0].split()[1:]
    user, nice, system, _, _, interrupts, soft, *_ = map(int, fields)
    return (user + nice + system + interrupts + soft) / 100


def attacks(kind: str) -> str:
    """Return the table of the attack list, each run for real."""
    lines = ["| attack | must come of it | came of it |", "|---|---|---|"]
    with (
        tempfile.TemporaryDirectory() as folder,
        scene(Path(folder)) as stage,
        open_sandbox(kind, workers=1) as sandbox,
    ):
        for attack in ATTACKS:
            ran = sandbox.run(stage.program(attack))
            amiss = [text for text in (wrong(attack, ran), *stage.harm()) if text]
            verdict = "checks hold" if ran.passed else "not passed"
            said = "; ".join([verdict, ran.ending, *([ran.problem] if ran.problem else [])])
            came = f"**WRONG: {'; '.join(amiss)}**" if amiss else said
            shown = came.replace("|", "\\|").replace("\n", " ").replace(str(folder), "…")
            lines.append(f"| {attack.name} | {attack.must} | {shown[:160]} |")
    return "\n".join([*lines, ""])


if __name__ == "__main__":
    main()
