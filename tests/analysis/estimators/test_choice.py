"""What is held out, what is chosen, and what is said about it."""

from __future__ import annotations

import numpy as np
import pytest

from analysis.estimators.made import Matrix, drawn, table
from benchwright.analysis.estimators.choice import choose, fit, suitable
from benchwright.analysis.estimators.holding import gaps, hold_blocks, hold_cells, thinned
from benchwright.analysis.responses.table import Scale


def blocky(seed: int) -> tuple[Matrix, np.ndarray]:
    """Return a table of twelve models that each lack half of six groups."""
    scores, group = drawn(seed, 12, 360, groups=6)
    rng = np.random.default_rng(seed)
    for model in range(12):
        scores[model, np.isin(group, rng.permutation(6)[:3])] = np.nan
    return scores, group


def test_blocks_are_held_out_where_blocks_are_missing() -> None:
    scores, group = blocky(0)
    responses = table(scores, group)
    of = gaps(responses)
    assert of.blocks == 1
    held = hold_blocks(responses, of, 10**6, np.random.default_rng(0))
    assert held is not None
    left = held.train.counts()
    gone = (of.counts > 0) & (left == 0)
    assert gone.any()
    np.testing.assert_array_equal(left[~gone], of.counts[~gone])
    assert (left.sum(axis=1) > 0).all()
    choice = choose(responses, suitable(responses))
    assert choice.held == "blocks"
    assert "held-out blocks" in choice.why


def test_cells_are_held_out_where_cells_are_missing() -> None:
    scores, group = drawn(1, 10, 200, groups=2, missing=0.5)
    responses = table(scores, group)
    choice = choose(responses, suitable(responses))
    assert choice.held == "cells"
    assert [name for name, _ in choice.losses[-1:]] == ["mean"]
    assert choice.name in ("rasch", "rasch2")


def test_held_out_cells_are_gone_from_training_and_weigh_what_is_missing_beside_them() -> None:
    scores, group = drawn(2, 6, 100, groups=2)
    scores[0, :30] = np.nan
    responses = table(scores, group)
    held = hold_cells(responses, gaps(responses), 10**6, np.random.default_rng(1))
    assert len(held.train) + len(held.score) == len(responses)
    np.testing.assert_array_equal(held.score, scores.T[held.item, held.model])
    # Only model 0 lacks cells, thirty of its fifty in the first group.
    weighs = (held.model == 0) & (group[held.item] == 0)
    assert (held.weight[weighs] == 30 / 20).all()
    assert (held.weight[~weighs] == 0).all()


def test_a_full_table_needs_no_prediction() -> None:
    scores, group = drawn(3, 4, 30, groups=2)
    fitted, choice = fit(table(scores, group))
    assert choice.name == "mean"
    np.testing.assert_allclose(fitted.scores, scores.mean(axis=1), atol=1e-6)


def test_models_in_islands_are_given_to_the_one_dimensional_model() -> None:
    scores, group = drawn(4, 8, 120, groups=2)
    scores[:4, :60] = np.nan
    scores[4:, 60:] = np.nan
    choice = choose(table(scores, group), ("rasch", "rasch2"))
    assert choice.name == "rasch"
    assert "2 components" in choice.why


def test_the_same_seed_chooses_and_says_the_same() -> None:
    scores, group = blocky(5)
    responses = table(scores, group)
    assert choose(responses, suitable(responses), seed=4) == choose(
        responses, suitable(responses), seed=4
    )


@pytest.mark.parametrize(
    ("scale", "names"),
    [(Scale.ORDINAL, ("pairs",)), (Scale.UNBOUNDED, ("additive",))],
)
def test_scales_say_which_estimators_suit(scale: Scale, names: tuple[str, ...]) -> None:
    assert suitable(table(np.ones((2, 4)), scale=scale)) == names


def test_a_large_table_is_judged_by_a_part_that_keeps_every_group(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("benchwright.analysis.estimators.holding.FITTED", 200)
    scores, group = drawn(6, 10, 300, groups=5, missing=0.2)
    part = thinned(table(scores, group), np.random.default_rng(0))
    assert 100 < len(part) < 400
    assert set(part.group) == set(range(5))
