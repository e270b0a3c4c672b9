"""Wrong keys: planted ones come first, labelled ones too, and scores alone still tell something."""

from __future__ import annotations

import gzip
import json
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from benchwright.analysis.agreement.keys import wrong_keys
from benchwright.analysis.responses.table import Responses, from_matrix
from benchwright.core.errors import DescriptionError


def world(
    seed: int = 0, models: int = 12, items: int = 200
) -> tuple[Responses, list[str | None], set[str]]:
    """Models right seven times in ten, errors spread; the keys of ten items name another answer."""
    chance = np.random.default_rng(seed)
    truth = chance.integers(0, 4, items)
    right = chance.random((models, items)) < np.linspace(0.55, 0.9, models)[:, None]
    given_ = np.where(right, truth, (truth + chance.integers(1, 4, (models, items))) % 4)
    key = truth.copy()
    bad = chance.choice(items, 10, replace=False)
    key[bad] = (truth[bad] + 1) % 4
    said: list[str | None] = ["ABCD"[answer] for answer in given_.T.ravel()]
    return from_matrix((given_ == key).astype(float)), said, set(map(str, bad))


def test_planted_wrong_keys_come_first_and_what_is_right_is_named() -> None:
    table, said, bad = world()

    found = wrong_keys(table, answers=said, limit=10)

    assert {one.item for one in found} == bad
    assert all(one.votes > one.answered / 2 > one.hits for one in found)
    assert all(one.other in tuple("ABCD") for one in found)


def test_scores_alone_find_most_of_them() -> None:
    table, _, bad = world()

    found = wrong_keys(table, limit=10)

    assert len({one.item for one in found} & bad) >= 7
    assert all(one.other is None for one in found)


def test_the_evidence_is_the_sum_of_the_formula() -> None:
    scores = np.array([[1.0, 1.0, 0.0], [1.0, 0.0, 0.0], [0.0, 1.0, 1.0]])
    said = ["a", "a", "b", "c", "d", "c", "x", "x", "e"]
    p = np.array([3 / 5, 2 / 5, 3 / 5])
    weight = np.log(p * 3 / (1 - p))

    found = {one.item: one for one in wrong_keys(from_matrix(scores), answers=said)}

    assert found["2"].evidence == pytest.approx(weight[0] + weight[1] - weight[2])
    assert (found["2"].other, found["2"].votes, found["2"].hits) == ("x", 2, 1)
    missed = np.log((1 - (1 - p) / 3) / (1 - p))
    alone = {one.item: one for one in wrong_keys(from_matrix(scores))}
    assert alone["2"].evidence == pytest.approx(missed[0] + missed[1] - weight[2])


def test_models_below_chance_are_no_witnesses() -> None:
    scores = np.zeros((3, 40))
    scores[0, :30] = 1

    found = wrong_keys(from_matrix(scores), answers=["A"] * 120, options=2)

    # Two models never right: all that counts is the word of the first.
    assert found[0].evidence == pytest.approx(np.log((31 / 42) / (11 / 42)))
    assert {one.item for one in found[:10]} == set(map(str, range(30, 40)))


def test_answers_that_do_not_fit_and_scores_that_are_no_answers_are_refused() -> None:
    table, said, _ = world()

    with pytest.raises(DescriptionError, match="do not fit a table of 2400"):
        wrong_keys(table, answers=said[1:])
    with pytest.raises(DescriptionError, match="at least two answers"):
        wrong_keys(table, options=1)
    with pytest.raises(DescriptionError, match="right or wrong"):
        wrong_keys(from_matrix([[3.0, 7.0]]))


def test_items_that_nobody_answered_are_no_suspects() -> None:
    scores = np.array([[1.0, np.nan, 0.0], [0.0, np.nan, 1.0]])

    assert {one.item for one in wrong_keys(from_matrix(scores))} == {"0", "2"}
    unread = wrong_keys(from_matrix(scores), answers=[None] * 4)
    assert all(one.other is None and one.votes == 0 for one in unread)


@given(seed=st.integers(0, 10**6))
@settings(max_examples=20, deadline=None)
def test_names_of_answers_and_order_of_models_change_nothing(seed: int) -> None:
    table, said, _ = world(seed, models=5, items=20)
    order = np.random.default_rng(seed).permutation(5)
    scores = table.dense(slice(0, 20)).T
    renamed = {"A": "w", "B": "x", "C": "y", "D": "z", None: None}
    other = [renamed[said[5 * item + int(model)]] for item in range(20) for model in order]

    one = {s.item: s.evidence for s in wrong_keys(table, answers=said)}
    two = {s.item: s.evidence for s in wrong_keys(from_matrix(scores[order]), answers=other)}

    assert two == pytest.approx(one)


@pytest.mark.data
def test_the_first_hundred_suspects_hold_three_times_as_many_wrong_keys_as_chance(
    data_folder: Path,
) -> None:
    with gzip.open(
        data_folder / "mmlu_redux" / "mmlu_redux_2.jsonl.gz", "rt", encoding="utf-8"
    ) as f:
        rows = [json.loads(line) for line in f.read().split("\n") if line]
    models = sorted(rows[0]["preds"])
    table = from_matrix(
        [[float(row["preds"][model] == row["answer"]) for row in rows] for model in models]
    )
    said = [row["preds"][model] or None for row in rows for model in models]
    wrong = np.array([row["error_type"] == "wrong_groundtruth" for row in rows])

    for answers in (said, None):
        found = wrong_keys(table, answers=answers)
        hits = wrong[[one.place for one in found]].sum()
        assert hits >= 3 * 100 * wrong.mean()
