from __future__ import annotations

import importlib
from pathlib import Path

import pytest

import benchwright.zoo
from benchwright.core.benchmark import Benchmark
from benchwright.testing.checks import check_benchmark

FOLDER = Path(benchwright.zoo.__file__).parent
NAMES = sorted(path.stem for path in FOLDER.glob("*.py") if not path.stem.startswith("_"))


@pytest.mark.data
@pytest.mark.parametrize("name", NAMES)
def test_a_benchmark_keeps_its_contract_on_its_real_data(
    load, versions: dict[str, str], name: str
) -> None:
    benchmark, data = load(name)
    versions[name] = check_benchmark(benchmark, data, samples=20)


@pytest.mark.parametrize("name", NAMES)
def test_a_card_is_complete_and_under_its_modules_name(name: str) -> None:
    benchmark: Benchmark = importlib.import_module(f"benchwright.zoo.{name}").BENCHMARK
    card = benchmark.card
    assert card.name == name
    assert all((card.title, card.summary, card.paper, card.licence, card.sources, card.languages))
    for source in card.sources:
        pinned = set(source.files.values()) <= set(source.digests)
        assert pinned or "unverified" in source.note
        assert source.note
    for score in card.reference_scores:
        assert 0 <= score.score <= 1
        assert score.read_at
