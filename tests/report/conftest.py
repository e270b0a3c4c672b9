"""A pool whose questions, answers and names are as hostile as text can be."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from benchwright.core.benchmark import Card, Metric
from benchwright.core.canonical import cache_key
from benchwright.core.conditions import Conditions
from benchwright.core.content import Image, Message, Text
from benchwright.core.measurement import Measurement, Outcome
from benchwright.core.request import Generation, Origin, Request
from benchwright.core.response import ContinuationScore, Response
from benchwright.core.run import Run
from benchwright.core.sample import Sample
from benchwright.pool import Pool

HOSTILE = "</script><script>alert('x')</script><img src=x onerror=alert(1)>&amp;\u2028\u2029\"'`"
SHOTS = f"Question: what? {HOSTILE} Answer: that.\n" * 20
PNG = bytes.fromhex(
    "89504e470d0a1a0a0000000d4948445200000001000000010806000000"
    "1f15c4890000000a49444154789c6360000000020001e221bc330000000049454e44ae426082"
)
BENCHMARK = "quiz@1-abc"
MODELS = ("ada", HOSTILE)


def question(number: int) -> str:
    """Return the text of one question."""
    return f"Question {number}: {HOSTILE} and what then, in forty characters or more?"


@pytest.fixture
def pool(tmp_path: Path) -> Iterator[Pool]:
    """Two models, four questions by log-likelihood, two with pictures by generation."""
    with filled(tmp_path / "pool") as pool:
        yield pool


@pytest.fixture(scope="module")
def unchanged(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Pool]:
    """The same pool, for tests that only look at it."""
    with filled(tmp_path_factory.mktemp("unchanged") / "pool") as pool:
        yield pool


@contextmanager
def filled(folder: Path) -> Iterator[Pool]:
    """Make the pool in ``folder``."""
    with Pool.open(folder) as pool:
        pool.save_card(
            BENCHMARK,
            Card(
                name="quiz",
                version="1",
                title=f"Quiz {HOSTILE}",
                summary="Made up.",
                paper="none",
                licence="CC0",
                size=40,
                metric=Metric(),
                stratum="subject",
            ),
            {"law": 20, HOSTILE: 20},
        )
        pool.save_samples(
            BENCHMARK,
            (Sample(id=f"s{n}", input=(Text(question(n)),), target="A") for n in range(6)),
        )
        letters = Conditions(solver="choice@1", ask="letters", shots=5)
        generate = Conditions(solver="choice@1", ask="generate")
        for conditions in (letters, generate):
            pool.save_conditions(conditions)
        for place, name in enumerate(MODELS):
            _measure(pool, name, f"{place + 1}" * 32, letters, generate, right=place == 0)
        pool.save_run(Run(id="r1", started_at="2026-01-01T00:00:00Z", status="complete"))
        yield pool


def _measure(
    pool: Pool, name: str, key: str, letters: Conditions, generate: Conditions, *, right: bool
) -> None:
    picture = pool.put_media(PNG, "image/png")
    journal = pool.journal(name, key)
    rows = []
    for n in range(6):
        origin = Origin(benchmark="quiz", sample=f"s{n}")
        if n < 4:
            request = Request(
                prompt=(SHOTS, question(n)), continuations=(" A", " B"), origin=origin
            )
            scores = (
                ContinuationScore(logprob=lp, tokens=1, bytes=2, greedy=False) for lp in (-1, -2)
            )
            response = Response(continuations=tuple(scores), finish="scored")
        else:
            parts = (Text(question(n)), Image(picture))
            request = Request(
                messages=(Message(role="user", parts=parts),),
                generation=Generation(),
                origin=origin,
            )
            response = Response(parts=(Text(f"{name} says {HOSTILE} to {n}"),), reasoning=HOSTILE)
        journal.put(cache_key(request, key), request, response, "r1")
        unread = n == 5
        rows.append(
            Measurement(
                model_key=key,
                benchmark=BENCHMARK,
                sample=f"s{n}",
                variant="",
                repeat=0,
                conditions=(letters if n < 4 else generate).digest(),
                scorer="choice@1",
                model=name,
                asked=(letters if n < 4 else generate).label(),
                tags={"subject": "law" if n % 2 else HOSTILE},
                outcome=Outcome.UNPARSED if unread else Outcome.SCORED,
                value=None if unread else float(right or n == 0),
                answer=None if unread else HOSTILE,
                target="A",
                explanation=HOSTILE,
                extractors_agree=n != 4,
                chance=0.5,
                finish=response.finish,
                request_keys=[cache_key(request, key).hex()],
                run="r1",
            )
        )
    journal.close()
    pool.measurements.write(rows)
