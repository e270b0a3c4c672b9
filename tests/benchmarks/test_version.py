from __future__ import annotations

import random
import tracemalloc
from collections.abc import Iterator

import pytest
from hypothesis import given
from hypothesis import strategies as st

from benchwright.benchmarks.version import benchmark_version
from benchwright.core.benchmark import Card
from benchwright.core.content import Text
from benchwright.core.errors import DataError
from benchwright.core.sample import Sample

CARD = Card(name="tiny", version="3", title="", summary="", paper="", licence="", size=0)


def sample(name: str, text: str = "?", target: str = "x") -> Sample:
    return Sample(id=name, input=(Text(text),), target=target)


@given(st.lists(st.text(max_size=5), min_size=1, unique=True), st.randoms())
def test_the_order_of_samples_does_not_matter(names: list[str], shuffled: random.Random) -> None:
    samples = [sample(name, text=name[::-1]) for name in names]
    again = samples.copy()
    shuffled.shuffle(again)
    assert benchmark_version(CARD, samples) == benchmark_version(CARD, again)


@pytest.mark.parametrize("changed", [sample("a", text="!"), sample("a", target="y"), sample("c")])
def test_any_changed_question_target_or_id_is_another_version(changed: Sample) -> None:
    before = benchmark_version(CARD, [sample("a"), sample("b")])
    assert benchmark_version(CARD, [changed, sample("b")]) != before


def test_tags_are_not_content() -> None:
    tagged = Sample(id="a", input=(Text("?"),), target="x", tags={"topic": "t"})
    assert benchmark_version(CARD, [tagged]) == benchmark_version(CARD, [sample("a")])


def test_a_subset_is_declared_in_the_version() -> None:
    whole = benchmark_version(CARD, [sample("a")])
    part = benchmark_version(CARD, [sample("a")], subset="held out")
    assert whole.startswith("3-")
    assert part == whole.replace("3-", "3+held-out-")


def test_one_id_with_two_contents_stops() -> None:
    many = [sample(str(n)) for n in range(5000)]
    with pytest.raises(DataError, match="17 and 5001 have the same id and other content"):
        benchmark_version(CARD, [*many, sample("16", text="!")])


def test_the_same_sample_twice_stops() -> None:
    with pytest.raises(DataError, match="1 and 2 have the same id"):
        benchmark_version(CARD, [sample("a"), sample("a")])


def test_no_samples_are_an_error() -> None:
    with pytest.raises(DataError, match="no samples"):
        benchmark_version(CARD, [])


def test_memory_is_at_most_sixty_bytes_a_sample() -> None:
    def many(count: int) -> Iterator[Sample]:
        return (sample(f"some/longer/identifier/{n}") for n in range(count))

    def peak(count: int) -> int:
        tracemalloc.start()
        benchmark_version(CARD, many(count))
        _, most = tracemalloc.get_traced_memory()
        tracemalloc.stop()
        return most

    assert (peak(60_000) - peak(20_000)) / 40_000 <= 60
