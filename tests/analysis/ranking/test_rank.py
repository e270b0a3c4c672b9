from __future__ import annotations

from pathlib import Path

import msgspec
import numpy as np
import pytest

from benchwright.analysis.ranking.differences import differences
from benchwright.analysis.ranking.rank import rank
from benchwright.analysis.ranking.result import Ranking
from benchwright.analysis.responses.table import Group, Scale, from_matrix
from benchwright.core.errors import DescriptionError, UnknownName

NAN = np.nan
HARD = {
    "all wrong": np.zeros((3, 20)),
    "all half right": np.full((3, 20), 0.5),
    "one item": np.array([[1.0], [0.0], [0.0]]),
    "one cell": np.array([[1.0]]),
    "no common item": np.where(np.eye(4) == 1, 1.0, NAN),
    "right against wrong": np.array(
        [[1.0] * 20 + [NAN] * 5, [0.0] * 20 + [NAN] * 5, [NAN] * 5 + [1.0] * 20]
    ),
}


def test_the_first_claim_names_who_may_be_the_best(draw) -> None:  # type: ignore[no-untyped-def]
    scores = draw(1, models=4, items=300)
    scores[0], scores[1] = 1.0, 1.0
    scores[2:, :100] = 0.0
    found = rank(from_matrix(scores, models=["ada", "bob", "cat", "dan"]), estimator="mean")
    (claim,) = found.claims
    assert claim.startswith(
        "May be claimed at 95%, all at once: the best of 4 is one of ada and bob"
    )
    assert found.to_table().caption.startswith(claim)


def test_models_that_nothing_links_are_ranked_apart_and_the_note_says_so() -> None:
    scores = np.full((5, 40), np.nan)
    scores[:3, :20] = np.random.default_rng(0).integers(0, 2, (3, 20))
    scores[3:, 20:] = np.random.default_rng(1).integers(0, 2, (2, 20))
    table = from_matrix(scores, models=["a", "b", "c", "x", "y"])

    apart = rank(table, estimator="mean")

    assert {line.model: line.component for line in apart.lines} == {
        "a": 0,
        "b": 0,
        "c": 0,
        "x": 1,
        "y": 1,
    }
    assert {line.rank for line in apart.lines if line.component == 1} <= {1, 2}
    assert all(line.coverage == 1 for line in apart.lines)
    assert apart.notes[0].startswith("NOT LINKED")
    assert len(apart.claims) == 2
    assert "component" in apart.to_table().columns

    together = rank(table, estimator="mean", anyway=True)
    assert {line.component for line in together.lines} == {0}
    assert "anyway" in together.notes[0]


def test_benchmarks_may_count_the_same_whatever_their_number_of_items() -> None:
    groups = [Group(name=name, scale=Scale.BINARY) for name in ("large", "small")]
    scores = np.array([[1.0] * 90 + [0.0] * 10, [0.0] * 80 + [1.0] * 20])
    table = from_matrix(scores, models=["a", "b"], groups=groups, group=[0] * 90 + [1] * 10)
    assert rank(table, estimator="mean").lines[0].model == "a"
    by_benchmark = rank(table, estimator="mean", weigh="benchmarks")
    assert by_benchmark.lines[0].model == "b"
    assert by_benchmark.lines[0].score == pytest.approx((10 / 90 + 1) / 2)
    assert "every benchmark counting the same" in by_benchmark.to_table().caption


def test_a_ranking_survives_json(draw) -> None:  # type: ignore[no-untyped-def]
    found = rank(from_matrix(draw(2)), estimator="mean")
    assert msgspec.json.decode(msgspec.json.encode(found), type=Ranking) == found


def test_a_single_model_has_no_rank_to_claim() -> None:
    found = rank(from_matrix(np.array([[1.0, 0.0, 1.0]]), models=["ada"]), estimator="mean")
    assert found.claims == ("ada is alone: there is no rank to claim.",)
    assert (found.lines[0].rank, found.lines[0].tier) == (1, 1)


@pytest.mark.parametrize("fill", [0.0, 1.0, 0.5])
def test_constant_scores_separate_nobody(fill: float) -> None:
    found = rank(from_matrix(np.full((3, 20), fill)), estimator="mean")
    assert {line.tier for line in found.lines} == {1}
    assert "no two models are separated" in found.claims[0]


def test_a_single_item_separates_nobody() -> None:
    found = rank(from_matrix(np.array([[1.0], [0.0], [0.0]])), estimator="mean")
    assert {line.tier for line in found.lines} == {1}
    assert [line.rank for line in found.lines] == [1, 2, 2]


def test_a_table_without_scores_has_no_ranking() -> None:
    with pytest.raises(DescriptionError, match="no scores"):
        rank(from_matrix(np.full((2, 3), np.nan)))


def test_unknown_ways_are_refused_by_name(draw) -> None:  # type: ignore[no-untyped-def]
    table = from_matrix(draw(3))
    with pytest.raises(UnknownName, match="benchmarks"):
        rank(table, weigh="benchmark")  # type: ignore[arg-type]
    with pytest.raises(UnknownName, match="population"):
        rank(table, population="question")  # type: ignore[arg-type]
    with pytest.raises(DescriptionError, match="confidence"):
        rank(table, confidence=95)


def test_a_file_is_ranked_as_its_matrix_is(tmp_path: Path, draw) -> None:  # type: ignore[no-untyped-def]
    scores = draw(4, models=3, items=12, hidden=0.2)
    lines = ["model,item,score"] + [
        f"m{model},i{item:02},{scores[model, item]:g}"
        for model, item in zip(*np.nonzero(~np.isnan(scores)), strict=True)
    ]
    (tmp_path / "scores.csv").write_text("\n".join(lines))
    found = rank(tmp_path / "scores.csv", estimator="mean")
    same = rank(from_matrix(scores, models=["m0", "m1", "m2"]), estimator="mean")
    assert [line.model for line in found.lines] == [line.model for line in same.lines]
    assert [line.low for line in found.lines] == pytest.approx([line.low for line in same.lines])


def test_differences_of_chosen_models_are_corrected_for_these_only(draw) -> None:  # type: ignore[no-untyped-def]
    table = from_matrix(draw(5, models=8, items=100))
    every = {(one.a, one.b): one for one in differences(table, estimator="mean")}
    some = differences(table, ["0", "3", "5"], estimator="mean")
    assert len(every) == 28
    assert len(some) == 3
    for one in some:
        among = every[one.a, one.b]
        assert (one.low, one.high, one.p) == (among.low, among.high, among.p)
        assert among.all_low <= one.all_low <= one.low <= one.value <= one.high
        assert one.p <= one.p_all <= among.p_all + 0.02
    with pytest.raises(UnknownName, match="model in this table"):
        differences(table, ["0", "nine"], estimator="mean")
    with pytest.raises(DescriptionError, match="two models"):
        differences(table, ["0"], estimator="mean")


@pytest.mark.parametrize("population", ["questions", "items"])
@pytest.mark.parametrize("estimator", ["auto", "additive", "rasch2"])
@pytest.mark.parametrize("scores", HARD.values(), ids=HARD)
def test_whatever_the_table_the_intervals_are_in_order(scores, estimator, population) -> None:  # type: ignore[no-untyped-def]
    found = rank(from_matrix(scores), estimator=estimator, population=population)
    assert len(found.lines) == len(scores)
    for line in found.lines:
        assert line.low <= line.score <= line.high
        assert line.claim_low <= line.rank_low <= line.rank <= line.rank_high <= line.claim_high


@pytest.mark.parametrize("column", ["scorer", "asked"])
def test_samples_asked_or_judged_in_two_ways_count_twice_and_the_note_says_so(column: str) -> None:
    groups = [
        Group(
            name=f"b ({way})",
            scale=Scale.BINARY,
            benchmark="b@1",
            scorer=way if column == "scorer" else "s@1",
            asked=way if column == "asked" else "",
            conditions=way if column == "asked" else "c",
        )
        for way in ("first", "second")
    ]
    table = from_matrix(np.tile([[1, 0], [1, 1]], 4), groups=groups, group=[0, 1] * 4)

    caption = rank(table).to_table().caption

    assert "COUNTED SEVERAL TIMES: the samples of b@1 were asked or judged" in caption
    assert f"--where \"{column} = 'first'\"" in caption
    assert "COUNTED" not in rank(from_matrix(np.eye(4))).to_table().caption


def test_models_that_are_each_alone_share_a_sentence_and_a_reason() -> None:
    found = rank(from_matrix(np.where(np.eye(3, dtype=bool), 1.0, np.nan)))

    assert found.claims == ("0, 1 and 2 are each alone: there is no rank to claim.",)
    assert found.why.count("predicted") <= 1
