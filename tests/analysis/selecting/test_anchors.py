from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from analysis.selecting.matrices import answers
from benchwright.analysis.responses.table import Group, Responses, Scale, from_matrix
from benchwright.analysis.selecting.anchors import anchors_to_file, propose_anchors, silent_items
from benchwright.core.errors import DescriptionError


def pool(seed: int = 0, *, models: int = 20, missing: float = 0.5) -> Responses:
    """Three benchmarks of 30, 20 and 10 items; every model lacks about half of the answers."""
    scores = answers(models, 60, seed=seed)
    scores[np.random.default_rng(seed).random(scores.shape) < missing] = np.nan
    groups = [Group(name=f"b{n}@1", scale=Scale.BINARY) for n in range(3)]
    return from_matrix(scores, groups=groups, group=np.repeat([0, 1, 2], [30, 20, 10]))


@given(st.integers(3, 40), st.integers(0, 5))
@settings(max_examples=30, deadline=None)
def test_every_benchmark_gives_its_share(k: int, seed: int) -> None:
    found = propose_anchors(pool(), k, seed=seed)

    assert len(set(found.chosen.tolist())) == k
    assert sum(found.groups.values()) == k
    for share, count in zip((1 / 2, 1 / 3, 1 / 6), found.groups.values(), strict=True):
        assert abs(count - share * k) <= 1.5
        assert count >= 1


def test_strata_keep_their_shares_within_a_benchmark() -> None:
    strata = ["law" if n % 3 else "art" for n in range(60)]

    found = propose_anchors(pool(), 12, strata=strata)

    art = sum(strata[item] == "art" for item in found.chosen)
    assert art == 4


def test_what_most_models_answered_comes_first() -> None:
    table = pool()
    counts = np.diff(table.start)

    chosen = propose_anchors(table, 12).chosen

    assert counts[chosen].mean() > counts.mean() + 2
    assert propose_anchors(table, 12).answered > (1 - 0.5) + 0.05


def test_items_that_all_models_score_alike_are_passed_over_if_enough_say_so() -> None:
    scores = answers(12, 20, spread=0.3)
    scores[:, 0], scores[:, 1] = 1, 0
    scores[:, 2], scores[3:, 2] = 1, np.nan
    table = from_matrix(scores)

    assert silent_items(table)[[0, 1, 2]].tolist() == [True, True, False]
    assert not {0, 1} & set(propose_anchors(table, 18).chosen.tolist())
    with pytest.raises(DescriptionError, match="can be anchors"):
        propose_anchors(table, 20)


def test_what_is_to_be_asked_is_counted_for_every_model() -> None:
    table = pool()
    found = propose_anchors(table, 10)
    there = ~np.isnan(table.dense(slice(0, 60)))

    for place, name in enumerate(table.models):
        assert found.wanted[name] == 10 - int(there[found.chosen, place].sum())


def test_rows_in_another_order_give_the_same_anchors() -> None:
    table = pool(models=9)
    scores = table.dense(slice(0, 60)).T
    groups = table.groups
    other = from_matrix(scores[::-1], groups=groups, group=table.group, models=table.models[::-1])

    assert (propose_anchors(table, 9).chosen == propose_anchors(other, 9).chosen).all()


def test_a_file_of_anchors_names_samples_and_estimates_nothing() -> None:
    table = pool()

    file = anchors_to_file(table, propose_anchors(table, 12))

    assert [part.benchmark for part in file.parts] == ["b0@1", "b1@1", "b2@1"]
    assert sorted(p for part in file.parts for p in part.places) == list(range(12))
    with pytest.raises(DescriptionError, match="tie models together"):
        file.subset()
