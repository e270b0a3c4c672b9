"""100 times ``kill -9`` at random moments: nothing answered is asked again, nothing is lost.

``python performance/kill.py [--kills 100] [--processes 1 2] [--samples 400]``

A counting server in a process of its own answers a benchmark's questions; a run is killed at a
time drawn uniformly between its first and its last answer, then started again, until the kills
are used up; each benchmark starts with an empty pool once its run completes. Counted: requests
repeated although the server had sent their full reply at least 100 ms before a kill (goal 0), and
whether the final pool equals that of an uninterrupted run in identity, outcome, value, answer and
finish of every row. The same for two processes that write at once (a fifth of the kills).
"""

from __future__ import annotations

import argparse
import itertools
import json
import random
import signal
import subprocess
import sys
import tempfile
import time
import urllib.request
from collections import defaultdict
from pathlib import Path

SAFE_SECONDS = 0.1
ROWS = "select id, outcome, value, answer, finish from measurements order by id"


def write_questions(path: Path, number: int) -> None:
    """Write ``number`` questions as JSON Lines."""
    lines = [
        json.dumps({"id": f"q{n}", "question": f"What is {n} plus {n}?", "answer": str(2 * n)})
        for n in range(number)
    ]
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")


class Server:
    """The counting server."""

    def __init__(self, latency: float) -> None:
        """Start it; ``latency`` is its mean seconds an answer."""
        self.process = subprocess.Popen(
            [
                *(sys.executable, "-m", "benchwright.testing.servers"),
                *("--answer", "number", "--latency", str(latency)),
            ],
            stdout=subprocess.PIPE,
            text=True,
        )
        assert self.process.stdout is not None
        self.url = self.process.stdout.readline().strip()

    def log(self) -> list[dict[str, object]]:
        """Return what it received: digest of the body, when the full reply was sent."""
        with urllib.request.urlopen(self.url.removesuffix("/v1") + "/log") as reply:
            found: list[dict[str, object]] = json.load(reply)
        return [entry for entry in found if str(entry["path"]).endswith("completions")]

    def stop(self) -> None:
        """End it."""
        self.process.terminate()
        self.process.wait()


def start(questions: Path, server: Server, pool: Path) -> subprocess.Popen[bytes]:
    """Start a run in a process of its own."""
    return subprocess.Popen(
        [
            *(sys.executable, "-m", "benchwright", "run", f"file:{questions}"),
            *("--input", "question", "--target", "answer", "--id", "id"),
            *("--model", f"openai:stand-in@{server.url}", "--pool", str(pool)),
            *("--concurrency", "8", "--max-tokens", "32", "--json"),
        ],
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )


def answered(server: Server, before: int) -> int:
    """Return how many full replies the server has sent beyond the first ``before``."""
    return sum(1 for entry in server.log()[before:] if entry["sent_at"])


def rows(pool: Path) -> list[tuple[object, ...]]:
    """Return what must be equal between two pools."""
    from benchwright.pool import Pool

    opened = Pool.open(pool, create=False)
    try:
        return list(opened.query(ROWS).rows)
    finally:
        opened.close()


def repeated(log: list[dict[str, object]], kills: list[float]) -> tuple[int, int]:
    """Return (requests asked again, of these the ones fully answered 100 ms before a kill)."""
    asked = defaultdict(list)
    for entry in log:
        asked[entry["digest"]].append(entry)
    again = unsafe = 0
    for entries in asked.values():
        for earlier, later in itertools.pairwise(entries):
            again += 1
            sent, began = earlier["sent_at"], later["received_at"]
            killed = [moment for moment in kills if moment <= began]
            if (sent and killed and sent <= killed[-1] - SAFE_SECONDS) or (sent and not killed):
                unsafe += 1
    return again, unsafe


def one_session(
    folder: Path, questions: Path, server: Server, kills_left: int, span: float, together: int
) -> tuple[Path, list[float]]:
    """Run to the end with kills on the way; return the pool and when the kills were."""
    pool = Path(tempfile.mkdtemp(dir=folder)) / "pool"
    kills: list[float] = []
    while True:
        before = len(server.log())
        running = [start(questions, server, pool) for _ in range(together)]
        if len(kills) < kills_left:
            while answered(server, before) == 0 and any(r.poll() is None for r in running):
                time.sleep(0.005)
            time.sleep(random.uniform(0, span))
            if any(process.poll() is None for process in running):
                for process in running:
                    process.send_signal(signal.SIGKILL)
                kills.append(time.time())
                for process in running:
                    process.wait()
                continue
        if all(process.wait() == 0 for process in running):
            return pool, kills
        raise SystemExit("a run ended with an error")


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--kills", type=int, default=100)
    parser.add_argument("--processes", type=int, nargs="+", default=[1, 2])
    parser.add_argument("--samples", type=int, default=400)
    parser.add_argument("--latency", type=float, default=0.05)
    parser.add_argument("--seed", type=int, default=0)
    chosen = parser.parse_args()
    random.seed(chosen.seed)
    with tempfile.TemporaryDirectory() as temporary:
        folder = Path(temporary)
        questions = folder / "questions.jsonl"
        write_questions(questions, chosen.samples)
        span = chosen.samples * chosen.latency / 8
        for together in chosen.processes:
            totals = {"kills": 0, "sessions": 0, "again": 0, "unsafe": 0, "different": 0}
            reference = Server(chosen.latency)
            expected = rows(one_session(folder, questions, reference, 0, span, 1)[0])
            reference.stop()
            wanted = chosen.kills if together == 1 else max(1, chosen.kills // 5)
            while totals["kills"] < wanted:
                server = Server(chosen.latency)
                left = min(10, wanted - totals["kills"])
                pool, kills = one_session(folder, questions, server, left, span, together)
                again, unsafe = repeated(server.log(), kills)
                totals["kills"] += len(kills)
                totals["sessions"] += 1
                totals["again"] += again
                totals["unsafe"] += unsafe
                totals["different"] += rows(pool) != expected
                server.stop()
                print(f"{together} process(es): {totals}", flush=True)


if __name__ == "__main__":
    main()
