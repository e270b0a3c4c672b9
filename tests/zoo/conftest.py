"""The benchmarks of the zoo, each with its real data."""

from __future__ import annotations

import importlib
from collections.abc import Callable
from pathlib import Path

import pytest
from msgspec.structs import replace

from benchwright.benchmarks.loading import locate
from benchwright.core.benchmark import Benchmark, Card, Data
from benchwright.core.errors import DataError

Loaded = tuple[Benchmark, Data]
RECORDS = Path(__file__).parent / "records"
"""A few records of benchmarks whose public data is not in the data folder, in its format."""


def benchmark(name: str) -> Benchmark:
    found: Benchmark = importlib.import_module(f"benchwright.zoo.{name}").BENCHMARK
    return found


def records_of(card: Card) -> Data:
    """The few records kept here, as a declared subset."""
    (first, *_) = card.sources
    kept = replace(first, kind="folder", location=card.name, digests={}, subset="records")
    return locate(replace(card, sources=(kept,)), folder=RECORDS)


@pytest.fixture(scope="session")
def versions() -> dict[str, str]:
    """Versions that one test found by loading everything, for another that needs them."""
    return {}


@pytest.fixture
def load(data_folder: Path) -> Callable[[str], Loaded]:
    def loaded(name: str) -> Loaded:
        found = benchmark(name)
        if (RECORDS / name).is_dir():
            return found, records_of(found.card)
        try:
            return found, locate(found.card, folder=data_folder)
        except DataError as absent:
            if str(absent).startswith(f"{name}: not in"):
                pytest.skip(str(absent))
            raise

    return loaded
