from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from benchwright.analysis.ranking.joint import Joint, judged
from benchwright.analysis.ranking.ranks import claimed, ranks_of
from benchwright.analysis.responses.table import from_matrix

SEEDS = st.integers(0, 10_000)
FEW = settings(max_examples=15, deadline=None)


def answers(seed: int, models: int = 7, items: int = 40, hidden: float = 0.3) -> np.ndarray:
    random = np.random.default_rng(seed)
    scores = (random.random((models, items)) < random.random((models, 1))).astype(float)
    scores[random.random(scores.shape) < hidden] = np.nan
    scores[:, 0] = 1.0
    return scores


def ranked(scores: np.ndarray, estimator: str = "mean", **told) -> Joint:  # type: ignore[no-untyped-def]
    names = told.pop("models", [f"m{number}" for number in range(len(scores))])
    return judged(from_matrix(scores, models=names, **told), estimator=estimator)


@FEW
@given(SEEDS)
def test_intervals_hold_the_score_and_the_rank_and_claims_hold_the_rank_intervals(
    seed: int,
) -> None:
    for line in ranked(answers(seed)).lines():
        assert line.low <= line.score <= line.high
        assert line.claim_low <= line.rank_low <= line.rank <= line.rank_high <= line.claim_high


@FEW
@given(SEEDS)
def test_claims_and_tiers_agree_with_the_pairs_that_are_separated(seed: int) -> None:
    joint = ranked(answers(seed, items=120))
    lines = joint.lines()
    low, high = claimed(joint.pairs)
    assert [line.claim_low for line in lines] == low.tolist()
    assert [line.claim_high for line in lines] == high.tolist()
    for a, one in enumerate(lines):
        for b, other in enumerate(lines):
            if joint.pairs.separated[a, b]:
                assert one.score > other.score
                assert one.tier != other.tier
    assert [line.tier for line in lines] == sorted(line.tier for line in lines)


@FEW
@given(SEEDS)
def test_the_order_of_models_and_items_changes_nothing(seed: int) -> None:
    scores = answers(seed)
    random = np.random.default_rng(seed)
    models, items = random.permutation(7), random.permutation(40)
    one = ranked(scores)
    other = ranked(scores[models][:, items], models=[f"m{number}" for number in models])
    assert one.models == other.models
    assert one.scores == pytest.approx(other.scores)
    for here, there in zip(one.lines(), other.lines(), strict=True):
        assert (here.low, here.high) == pytest.approx((there.low, there.high), abs=1e-6)
        assert (here.rank, here.tier) == (there.rank, there.tier)
        assert (here.claim_low, here.claim_high) == (there.claim_low, there.claim_high)


@FEW
@given(SEEDS)
def test_duplicates_of_known_sources_change_no_interval(seed: int) -> None:
    scores = answers(seed)
    one = ranked(scores)
    other = ranked(np.repeat(scores, 2, axis=1), source=np.repeat(np.arange(40), 2))
    assert one.models == other.models
    assert other.low == pytest.approx(one.low, abs=1e-4)
    assert other.high == pytest.approx(one.high, abs=1e-4)


@FEW
@given(SEEDS, st.sampled_from(["mean", "additive", "rasch"]))
def test_a_model_is_never_above_one_that_beats_it_on_every_item(seed: int, estimator: str) -> None:
    scores = answers(seed, hidden=0.0)
    scores[3] = np.minimum(scores[2], scores[3])
    lines = {line.model: line for line in ranked(scores, estimator).lines()}
    assert lines["m2"].rank <= lines["m3"].rank
    assert lines["m2"].tier <= lines["m3"].tier


def test_equal_scores_share_a_rank_and_stand_by_name() -> None:
    row = (np.arange(30) % 3 > 0).astype(float)
    joint = ranked(np.stack([row, row, row * 0]), models=["zoe", "ada", "bob"])
    assert joint.models == ("ada", "zoe", "bob")
    assert [line.rank for line in joint.lines()] == [1, 1, 3]
    assert [line.tier for line in joint.lines()] == [1, 1, 2]


def test_unknown_scores_come_last() -> None:
    assert ranks_of(np.array([0.9, 0.5, np.nan, np.nan])).tolist() == [1, 2, 3, 3]


def test_a_model_with_one_answer_may_have_any_rank() -> None:
    scores = np.full((3, 50), np.nan)
    scores[0], scores[1] = 1.0, 0.0
    scores[2, 7] = 1.0
    line = next(line for line in ranked(scores).lines() if line.model == "m2")
    assert (line.claim_low, line.claim_high) == (1, 3)
    assert (line.rank_low, line.rank_high) == (1, 3)


def test_a_full_finite_benchmark_has_ranks_without_doubt() -> None:
    joint = judged(from_matrix(answers(1, hidden=0.0)), estimator="mean", population="items")
    for line in joint.lines():
        assert line.low == line.high == pytest.approx(line.score)
        assert line.claim_low == line.claim_high == line.rank or line.claim_low == line.rank
