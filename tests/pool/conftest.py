"""Fixtures of the pool's tests: a pool, and rows to put into it."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from benchwright.core.measurement import Measurement, Outcome
from benchwright.core.request import Origin, Request
from benchwright.pool import Pool

MeasurementMaker = Callable[..., Measurement]
RequestMaker = Callable[..., Request]


@pytest.fixture
def pool(tmp_path: Path) -> Iterator[Pool]:
    """Open an empty pool in a folder whose name is awkward for globs and SQL."""
    with Pool.open(tmp_path / "my [old] pool's *") as opened:
        yield opened


@pytest.fixture
def measured() -> MeasurementMaker:
    """Make a measurement of a numbered sample; anything can be said otherwise."""

    def make(sample: int | str = 0, **fields: object) -> Measurement:
        described: dict[str, object] = {
            "model_key": "ab" * 16,
            "benchmark": "mmlu@1",
            "sample": str(sample),
            "variant": "",
            "repeat": 0,
            "conditions": "c0",
            "scorer": "choice@1",
            "model": "small",
            "asked": "letters, 5-shot",
            "outcome": Outcome.SCORED,
            "value": 1.0,
            "run": "run-1",
        }
        return Measurement(**{**described, **fields})  # type: ignore[arg-type]

    return make


@pytest.fixture
def asked() -> RequestMaker:
    """Make a raw log-likelihood request of a benchmark's numbered sample."""

    def make(sample: int | str = 0, *, benchmark: str = "mmlu", shots: str = "") -> Request:
        return Request(
            prompt=(shots or "Shot. " * 60, f"Question {sample}?"),
            continuations=(" A", " B"),
            origin=Origin(benchmark=benchmark, sample=str(sample)),
        )

    return make
