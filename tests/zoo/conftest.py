"""The benchmarks of the zoo, each with its real data."""

from __future__ import annotations

import importlib
from collections.abc import Callable
from pathlib import Path

import pytest

from benchwright.benchmarks.loading import locate
from benchwright.core.benchmark import Benchmark, Data

Loaded = tuple[Benchmark, Data]


def benchmark(name: str) -> Benchmark:
    found: Benchmark = importlib.import_module(f"benchwright.zoo.{name}").BENCHMARK
    return found


@pytest.fixture
def load(data_folder: Path) -> Callable[[str], Loaded]:
    def loaded(name: str) -> Loaded:
        found = benchmark(name)
        return found, locate(found.card, folder=data_folder)

    return loaded
