"""What the pool costs: microseconds and bytes a row.

python performance/pool.py [rows of the large table, default 1000000]
"""

from __future__ import annotations

import resource
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from benchwright.core.canonical import cache_key
from benchwright.core.measurement import Measurement, Outcome
from benchwright.core.request import Origin, Request
from benchwright.core.response import ContinuationScore, Response
from benchwright.pool import Pool

MODEL_KEY = "5f" * 16
BENCHMARK = "mmlu@1-0123456789abcdef"
RUN = "20260101T120000-host-1234"
ROWS = 10_000
SHOT = "The following is a question about a subject that is two lines long.\n" * 5
QUESTION = "A question of the length that questions of MMLU have on average, which is about " * 5


@contextmanager
def measured(what: str, rows: int) -> Iterator[None]:
    """Print the CPU and wall microseconds per row that the block takes."""
    cpu, wall = time.process_time(), time.perf_counter()
    yield
    cpu, wall = time.process_time() - cpu, time.perf_counter() - wall
    print(f"{what:<46} {cpu / rows * 1e6:8.2f} µs CPU/row {wall / rows * 1e6:8.2f} µs wall/row")


def request(number: int) -> Request:
    """One 5-shot question, asked by letters; shots of 57 subjects."""
    subject = number % 57
    shots = tuple(f"Subject {subject}, shot {shot}. {SHOT}" for shot in range(5))
    return Request(
        prompt=(f"About subject {subject}.\n\n", *shots, f"{number}: {QUESTION}", "Answer:"),
        continuations=(" A", " B", " C", " D"),
        origin=Origin(benchmark="mmlu", sample=f"subject_{subject}/{number}"),
    )


def response(number: int) -> Response:
    """Four log-probabilities with all their digits."""
    return Response(
        continuations=tuple(
            ContinuationScore(
                logprob=-1.2345678901 * (number % 97 + k), tokens=1, bytes=2, greedy=k == 0
            )
            for k in range(4)
        ),
        finish="scored",
        tokens_in=612,
        tokens_cached=480,
        tokens_out=4,
        seconds=0.0123456789 + number / 1e6,
    )


def measurement(number: int, key: str) -> Measurement:
    """The row that such an answer comes to."""
    return Measurement(
        model_key=MODEL_KEY,
        benchmark=BENCHMARK,
        sample=f"subject_{number % 57}/{number}",
        variant="",
        repeat=0,
        conditions="0123456789abcdef",
        scorer="choice@1",
        model="smollm2",
        asked="letters, 5-shot",
        tags={"subject": f"subject_{number % 57}", "category": "STEM"},
        outcome=Outcome.SCORED,
        value=float(number % 3 == 0),
        answer="ABCD"[number % 4],
        target="ABCD"[number % 3],
        chance=0.25,
        finish="scored",
        request_keys=[key],
        tokens_in=612,
        tokens_cached=480,
        tokens_out=4,
        seconds=0.0123456789 + number / 1e6,
        run=RUN,
    )


def size(folder: Path) -> int:
    """Bytes of all files below ``folder``."""
    return sum(path.stat().st_size for path in folder.rglob("*") if path.is_file())


def journal(pool: Pool, *, commit_every: int) -> list[bytes]:
    """Ask, claim, put and commit."""
    requests = [request(number) for number in range(ROWS)]
    responses = [response(number) for number in range(ROWS)]
    keys = [cache_key(one, f"{MODEL_KEY}{commit_every}") for one in requests]
    kept = pool.journal(f"model-{commit_every}", f"{commit_every:032x}"[::-1])
    with measured(f"journal: claim in batches of {commit_every}", ROWS):
        for start in range(0, ROWS, commit_every):
            kept.claim(keys[start : start + commit_every])
    with measured(f"journal: put, commit every {commit_every}", ROWS):
        for number, key in enumerate(keys):
            kept.put(key, requests[number], responses[number], RUN)
            if kept.pending() >= commit_every:
                kept.commit()
        kept.commit()
    with measured("journal: kept, in batches of 1000", ROWS):
        found = sum(len(kept.kept(keys[start : start + 1000])) for start in range(0, ROWS, 1000))
    assert found == ROWS
    kept.close()
    return keys


def large_table(pool: Pool, rows: int) -> None:
    """Read a table of many rows, in the parts as they were written and in joined ones."""
    keys = [f"{number:064x}" for number in range(ROWS)]
    with measured(f"measurements: write {rows} rows by {ROWS}", rows):
        for start in range(0, rows, ROWS):
            pool.measurements.write(
                [measurement(start + number, keys[number]) for number in range(ROWS)]
            )
    with measured(f"identities of {rows} rows", rows):
        identities = pool.measurements.identities(BENCHMARK, model_key=MODEL_KEY)
    assert len(identities) == rows
    probe = [measurement(number, "").identity() for number in range(ROWS)]
    with measured("identities: contains", ROWS):
        assert all(one in identities for one in probe)
    for state in ("as written", "compacted"):
        question = "select model, avg(value) from measurements group by model"
        with pool.connect() as connection, measured(f"{question[:27]}… {state}", rows):
            connection.execute(question).fetchall()
        if state == "as written":
            with measured("compact", rows):
                pool.compact()
    print(f"bytes a row compacted: {size(pool.path / 'measurements') / rows:.0f}")


def main() -> None:
    rows = int(sys.argv[1]) if len(sys.argv) > 1 else 1_000_000
    with tempfile.TemporaryDirectory() as folder, Pool.open(Path(folder) / "pool") as pool:
        pool.query("select count(*) from measurements")
        keys = journal(pool, commit_every=1000)
        answers = size(pool.path / "responses")
        journal(pool, commit_every=20)
        batch = [measurement(number, key.hex()) for number, key in enumerate(keys)]
        with measured(f"measurements: write {ROWS} rows, none there", ROWS):
            pool.measurements.write(batch)
        parts = size(pool.path / "measurements")
        with measured(f"measurements: replace {ROWS} rows", ROWS):
            pool.measurements.write(batch)
        print(
            f"bytes a 5-shot answer: journal {answers / ROWS:.0f}, measurement {parts / ROWS:.0f}"
        )
        with measured("spend", ROWS):
            pool.query("from spend")
        with measured("responses: sum of tokens by SQL", 2 * ROWS):
            pool.query("select sum(tokens_in) from responses")
    with tempfile.TemporaryDirectory() as folder, Pool.open(Path(folder) / "pool") as pool:
        large_table(pool, rows)
    print(f"peak memory {resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024:.0f} MiB")


if __name__ == "__main__":
    main()
