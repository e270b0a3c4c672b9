from __future__ import annotations

import random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from benchwright.benchmarks.take import take
from benchwright.core.content import Text
from benchwright.core.errors import DescriptionError
from benchwright.core.sample import Sample


def samples(count: int = 60) -> list[Sample]:
    return [
        Sample(id=str(n), input=(Text("?"),), tags={"topic": "rare" if n < 3 else f"t{n % 4}"})
        for n in range(count)
    ]


@given(st.integers(1, 70), st.integers(), st.randoms())
def test_a_draw_does_not_depend_on_order(n: int, seed: int, shuffled: random.Random) -> None:
    again = samples()
    shuffled.shuffle(again)
    one = take(samples(), f"{n}/topic", seed=seed, benchmark="b")
    other = take(again, f"{n}/topic", seed=seed, benchmark="b")
    assert set(one.ids) == set(other.ids)
    assert (
        one.population
        == other.population
        == {"rare": 3, **dict.fromkeys(one.population, 0)}
        | {topic: sum(s.tags["topic"] == topic for s in samples()) for topic in one.population}
    )


@given(st.integers(1, 60), st.integers())
def test_a_larger_draw_holds_the_smaller(n: int, seed: int) -> None:
    small = take(samples(), str(n), seed=seed, benchmark="b").ids
    large = take(samples(), str(n + 1), seed=seed, benchmark="b").ids
    assert len(small) == n
    assert set(small) <= set(large)


def test_ids_come_in_the_order_of_the_samples() -> None:
    ids = take(samples(), "20", seed=1, benchmark="b").ids
    assert list(ids) == sorted(ids, key=int)


def test_a_stratum_with_fewer_samples_gives_all_it_has() -> None:
    taken = take(samples(), "5/topic", seed=0, benchmark="b")
    assert {"0", "1", "2"} <= set(taken.ids)
    assert len(taken.ids) == 3 + 4 * 5


def test_seeds_and_benchmarks_draw_differently() -> None:
    draws = {
        take(samples(), "10", seed=seed, benchmark=name).ids for seed in (0, 1) for name in "ab"
    }
    assert len(draws) == 4


def test_a_draw_is_close_to_uniform() -> None:
    counts = dict.fromkeys(range(60), 0)
    for seed in range(600):
        for drawn in take(samples(), "6", seed=seed, benchmark="b").ids:
            counts[int(drawn)] += 1
    # 60 expected each, standard deviation about 7.3: five of these.
    assert all(23 < count < 97 for count in counts.values())


def test_all_takes_all() -> None:
    assert len(take(samples(), "all", seed=0, benchmark="b").ids) == 60


def test_an_unknown_tag_names_those_there_are() -> None:
    with pytest.raises(DescriptionError, match="no tag 'subject' to draw within; its tags: topic"):
        take(samples(), "5/subject", seed=0, benchmark="b")


@pytest.mark.parametrize("spec", ["", "0", "-1", "x", "5/", "/topic", "1.5", "²", "all/topic"])
def test_anything_else_is_refused_with_the_form(spec: str) -> None:
    with pytest.raises(DescriptionError, match="20/subject"):
        take(samples(), spec, seed=0, benchmark="b")
