"""Another scorer over a million kept answers: time and memory of ``benchwright score``.

``python performance/rescore.py [1000000]``

The pool is made through the pool's own interface (samples, answers with their requests, and
measurements), so that no model has to be waited for; what is measured is the command.
"""

from __future__ import annotations

import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

from engine import measured

from benchwright.core.benchmark import Card
from benchwright.core.canonical import cache_key
from benchwright.core.conditions import Conditions
from benchwright.core.content import Text
from benchwright.core.measurement import Measurement, Outcome
from benchwright.core.request import Generation, Origin, Request
from benchwright.core.response import Response
from benchwright.core.sample import Sample
from benchwright.pool import Pool

BENCHMARK, MODEL, KEY = "load@1-000000000000", "load", "0" * 32
CONDITIONS = Conditions(solver="load@1", ask="generate")
BATCH = 20_000


def samples(number: int) -> Iterator[Sample]:
    """Yield ``number`` four-choice questions."""
    for n in range(number):
        options = (str(n), str(2 * n + 1), str(-n - 1), f"{n}.5")
        yield Sample(
            id=f"q{n}", input=(Text(f"What is {n} and a half?"),), choices=options, target="D"
        )


def fill(pool: Pool, number: int) -> None:
    """Keep an answer and a measurement of every question."""
    card = Card(
        name="load", version="1", title="Load", summary="Questions made by rule.", paper="none",
        licence="none", size=number,
    )  # fmt: skip
    pool.save_samples(BENCHMARK, samples(number))
    pool.save_card(BENCHMARK, card, {"": number})
    pool.save_conditions(CONDITIONS)
    rows: list[Measurement] = []
    with pool.journal(MODEL, KEY) as journal:
        for n, sample in enumerate(samples(number)):
            request = Request(
                prompt=(sample.text,), generation=Generation(), origin=Origin(sample=sample.id)
            )
            key = cache_key(request, KEY)
            text = f"The answer is ({'ABCD'[n % 4]})."
            response = Response(parts=(Text(text),), tokens_in=9, tokens_out=5, seconds=0.1)
            journal.put(key, request, response, "r")
            rows.append(
                Measurement(
                    model_key=KEY, benchmark=BENCHMARK, sample=sample.id, variant="", repeat=0,
                    conditions=CONDITIONS.digest(), scorer="choice_letter@1", model=MODEL,
                    asked="generate", outcome=Outcome.SCORED, value=float(n % 4 == 3),
                    answer="ABCD"[n % 4], target="D", request_keys=[key.hex()], run="r",
                )
            )  # fmt: skip
            if len(rows) == BATCH:
                journal.commit()
                pool.measurements.write(rows)
                rows = []
        pool.measurements.write(rows)


def main() -> None:
    """Measure and print."""
    number = int(sys.argv[1]) if sys.argv[1:] else 1_000_000
    with tempfile.TemporaryDirectory() as temporary:
        path = Path(temporary) / "pool"
        with Pool.open(path) as pool:
            fill(pool, number)
        print(f"made {number:,} kept answers", flush=True)
        cost = measured("score", "load", "--scorer", "first_letter", "--pool", str(path))
        print(
            f"| {number:,} | another scorer | {1000 * cost.cpu / number:.3f} CPU ms / sample "
            f"| {cost.wall:.1f} s | {cost.megabytes:.0f} MiB |"
        )


if __name__ == "__main__":
    main()
