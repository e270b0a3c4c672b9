from __future__ import annotations

from collections.abc import Callable
from importlib.util import find_spec
from pathlib import Path

import pytest

if not all(map(find_spec, ("gguf", "jinja2", "xllamacpp"))):
    pytest.skip("needs the extra [llama]", allow_module_level=True)

from benchwright.models.llama import batching
from benchwright.models.llama.batching import Measured, measured_batch
from benchwright.models.llama.context import Context, Weights
from benchwright.models.llama.library import open_library

from .asking import opened

Clock = Callable[[], float]
SINGLE = 50.0
"""Tokens a second of batches of one token."""


@pytest.fixture
def weights(tiny: Path) -> Weights:
    return Weights(open_library(), tiny)


def pretended(rates: dict[int, float], monkeypatch: pytest.MonkeyPatch) -> tuple[list[int], Clock]:
    """Let batches have these rates, on a clock that only they move."""
    tried: list[int] = []
    now = 0.0

    def rate(context: Context, batch: int, tokens: int, clock: Clock) -> float:
        nonlocal now
        if batch == 1:
            return SINGLE
        tried.append(batch)
        now += tokens / rates[batch]
        return rates[batch]

    monkeypatch.setattr(batching, "rate", rate)
    return tried, lambda: now


@pytest.mark.llama
@pytest.mark.parametrize(
    ("rates", "chosen", "sizes"),
    [
        ({128: 100.0, 256: 103.0}, 128, [128, 256]),
        ({128: 1000.0, 256: 1200.0, 512: 900.0}, 256, [128, 256, 512]),
        ({128: 1e3, 256: 2e3, 512: 4e3, 1024: 8e3, 2048: 9e3}, 2048, [128, 256, 512, 1024, 2048]),
        ({128: 20.0}, 128, [128]),
    ],
)
def test_sizes_are_tried_while_they_get_faster_and_time_is_left(
    rates: dict[int, float],
    chosen: int,
    sizes: list[int],
    weights: Weights,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    tried, clock = pretended(rates, monkeypatch)
    found = measured_batch(weights, "d", "f16", 1, most=8192, clock=clock)
    assert (found.batch, tried) == (chosen, sizes)


@pytest.mark.llama
def test_what_was_measured_is_remembered_for_the_same_machine_and_settings(
    weights: Weights, monkeypatch: pytest.MonkeyPatch
) -> None:
    tried, clock = pretended({128: 100.0, 256: 90.0}, monkeypatch)
    for threads in (1, 1, 2):
        measured_batch(weights, "d", "f16", threads, most=8192, clock=clock)
    assert tried == [128, 256, 128, 256]


@pytest.mark.llama
def test_no_batch_is_larger_than_the_cache(weights: Weights) -> None:
    found = measured_batch(weights, "d", "f32", 1, most=256)
    assert set(found.rates) <= {128, 256}
    assert all(rate > 0 for rate in found.rates.values())


@pytest.mark.llama
def test_a_damaged_memory_of_it_is_measured_anew(
    weights: Weights, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("BENCHWRIGHT_CACHE", str(tmp_path))
    tried, clock = pretended({128: 100.0, 256: 90.0}, monkeypatch)
    measured_batch(weights, "d", "f16", 1, most=8192, clock=clock)
    (place,) = (tmp_path / "batches").iterdir()
    place.write_text("{")
    found = measured_batch(weights, "d", "f16", 1, most=8192, clock=clock)
    assert found == Measured(batch=128, rates={128: 100.0, 256: 90.0}, step=0.01)
    assert len(tried) == 4


@pytest.mark.llama
def test_a_model_says_its_limit_and_what_it_evaluated(tiny: Path) -> None:
    model = opened(tiny)
    assert model.limit() > 0
    assert model.work.tokens == 0
    model.close()
