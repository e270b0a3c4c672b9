from __future__ import annotations

import json

import pytest

from benchwright.analysis.leaderboard import leaderboard, per_tag, standings
from benchwright.core.benchmark import Metric
from benchwright.core.errors import DescriptionError
from benchwright.core.measurement import Outcome


def test_a_score_is_the_mean_and_says_what_it_rests_on(pool, row) -> None:  # type: ignore[no-untyped-def]
    pool.add([row("s1"), row("s2", 0.0), row("s3"), row("s4", None)])
    (line,) = standings(pool)
    score = line.estimate
    assert score.value == pytest.approx(0.5)
    assert (score.n, score.size, score.rows, score.coverage) == (4, 10, 4, 0.75)
    assert score.outcomes == {"scored": 3, "unparsed": 1}
    assert not score.incomplete


@pytest.mark.parametrize(
    ("worth", "value", "n"),
    [("wrong", 0.5, 2), ("expected_chance", 0.625, 2), ("left_out", 1.0, 1)],
)
def test_a_row_without_a_score_counts_as_the_policy_says(  # type: ignore[no-untyped-def]
    pool, row, worth, value: float, n: int
) -> None:
    pool.save_card({"": 2}, Metric(policy={"unparsed": worth}))
    pool.add([row("s1"), row("s2", None, chance=0.25)])
    (line,) = standings(pool)
    assert line.estimate.value == pytest.approx(value)
    assert line.estimate.n == n


def test_a_guess_of_unknown_worth_is_left_out_and_flagged(pool, row) -> None:  # type: ignore[no-untyped-def]
    pool.save_card({"": 2}, Metric(policy={"unparsed": "expected_chance"}))
    pool.add([row("s1"), row("s2", None, chance=None)])
    (line,) = standings(pool)
    assert (line.estimate.value, line.estimate.incomplete) == (1.0, True)


@pytest.mark.parametrize(
    ("kind", "value", "incomplete"),
    [("timeout", 1.0, True), ("budget", 1.0, True), ("defect", 1.0, True),
     ("input_too_long", 0.5, False)],
)  # fmt: skip
def test_a_temporary_failure_is_no_wrong_answer_and_a_permanent_one_is(  # type: ignore[no-untyped-def]
    pool, row, kind: str, value: float, incomplete: bool
) -> None:
    pool.add([row("s1"), row("s2", None, outcome=Outcome.FAILED, failure=kind)])
    (line,) = standings(pool)
    assert line.estimate.value == pytest.approx(value)
    assert line.estimate.incomplete is incomplete
    assert ("INCOMPLETE" in leaderboard(pool).caption) is incomplete


def test_what_a_model_cannot_do_counts_as_nothing(pool, row) -> None:  # type: ignore[no-untyped-def]
    pool.add([row("s1"), row("s2", None, outcome=Outcome.UNSUPPORTED, failure="unsupported")])
    (line,) = standings(pool)
    assert (line.estimate.value, line.estimate.n, line.estimate.incomplete) == (1.0, 1, False)


def test_subjects_weigh_as_in_the_full_benchmark(pool, row) -> None:  # type: ignore[no-untyped-def]
    pool.save_card({"law": 300, "art": 100}, Metric())
    pool.add(
        row(f"{subject}/{i}", value, tags={"subject": subject})
        for subject, value in (("law", 1.0), ("art", 0.0))
        for i in range(5)
    )
    (line,) = standings(pool)
    assert line.estimate.value == pytest.approx(0.75)
    assert line.estimate.population == "benchmark"


def test_a_macro_average_weighs_subjects_alike(pool, row) -> None:  # type: ignore[no-untyped-def]
    pool.save_card({"law": 300, "art": 100}, Metric(average="macro:subject"))
    pool.add(
        row(f"{subject}/{i}", value, tags={"subject": subject})
        for subject, value, n in (("law", 1.0, 6), ("art", 0.0, 2))
        for i in range(n)
    )
    (line,) = standings(pool)
    assert line.estimate.value == pytest.approx(0.5)


def test_repeats_of_a_sample_count_once(pool, row) -> None:  # type: ignore[no-untyped-def]
    pool.add([row("s1", 1.0, repeat=r) for r in range(9)] + [row("s2", 0.0)])
    (line,) = standings(pool)
    assert (line.estimate.value, line.estimate.n, line.estimate.rows) == (0.5, 2, 10)


def test_two_models_of_one_name_are_shown_apart(pool, row) -> None:  # type: ignore[no-untyped-def]
    pool.add([row("s1"), row("s1", 0.0, model_key="b" * 32)])
    assert [line.model for line in standings(pool)] == ["ada#aaaaaa", "ada#bbbbbb"]


def test_namesakes_are_told_apart_by_what_runs_recorded(pool, row) -> None:  # type: ignore[no-untyped-def]
    pool.add([row("s1"), row("s1", 0.0, model_key="b" * 32)])
    for run, key, template in (("r1", "a" * 32, "none"), ("r2", "b" * 32, "own")):
        recorded = {"subject ada": {"key": key, "template": template}}
        pool.connection.execute("insert into runs values (?, ?)", [run, json.dumps(recorded)])
    assert [line.model for line in standings(pool)] == ["ada#template=none", "ada#template=own"]
    assert "Template: none, own" in leaderboard(pool).caption


def test_a_condition_narrows_the_rows(pool, row) -> None:  # type: ignore[no-untyped-def]
    pool.add([row("s1"), row("s2", 0.0), row("s3", model="bob", model_key="b" * 32)])
    (line,) = standings(pool, "model = 'ada' and sample = 's1' -- the easy one")
    assert line.estimate.n == 1


def test_a_wrong_condition_is_named(pool) -> None:  # type: ignore[no-untyped-def]
    with pytest.raises(DescriptionError, match="colour = 'red'"):
        leaderboard(pool, "colour = 'red'")


def test_the_best_stands_first_within_a_benchmark(pool, row) -> None:  # type: ignore[no-untyped-def]
    pool.add([row("s1", 0.0), row("s1", 1.0, model="bob", model_key="b" * 32)])
    assert [line.model for line in standings(pool)] == ["bob", "ada"]


def test_disagreeing_extractors_raise_an_alarm(pool, row) -> None:  # type: ignore[no-untyped-def]
    pool.add([row("s1", extractors_agree=True), row("s2", extractors_agree=False), row("s3")])
    table = leaderboard(pool)
    assert "disagree" in table.caption and "50.0%" in table.caption


def test_the_table_shows_interval_coverage_outcomes_and_policy(pool, row) -> None:  # type: ignore[no-untyped-def]
    pool.add([row("s1"), row("s2", None)])
    table = leaderboard(pool)
    (record,) = table.records()
    assert record["outcomes"] == "1 scored, 1 unparsed"
    assert record["low"] < record["score"] < record["high"]
    assert "unparsed" in table.caption and "count as wrong" in table.caption
    assert "full benchmark" in table.caption


def test_an_empty_pool_has_an_empty_table(pool) -> None:  # type: ignore[no-untyped-def]
    assert leaderboard(pool).rows == ()


def test_every_subject_has_its_own_score(pool, row) -> None:  # type: ignore[no-untyped-def]
    pool.save_card({"law": 300, "art": 3}, Metric())
    pool.add(row(f"law/{i}", 1.0, tags={"subject": "law"}) for i in range(4))
    pool.add(row(f"art/{i}", 0.0, tags={"subject": "art"}) for i in range(3))
    found = {value: score for _, value, score in per_tag(pool, "subject")}
    assert found["law"].value == 1.0 and found["law"].n == 4
    assert found["art"].value == 0.0 and found["art"].high > 0.3  # all asked: of questions like it


def test_cells_of_several_benchmarks_stay_apart(pool, row) -> None:  # type: ignore[no-untyped-def]
    pool.save_card({"": 5}, Metric(), name="exam@1-x")
    pool.add([row("s1"), row("s1", 0.0, benchmark="exam@1-x")])
    assert [line.cell.benchmark for line in standings(pool)] == ["exam@1-x", "quiz@1-abc"]


def test_the_caption_says_which_mean_is_of_chosen_samples(pool, row) -> None:  # type: ignore[no-untyped-def]
    one = row("s1")
    pool.add([one])
    assert "CHOSEN" not in leaderboard(pool).caption
    pool.chosen = frozenset({(one.model_key, one.benchmark, one.conditions, one.scorer)})

    assert f"CHOSEN: the samples of {one.model} on {one.benchmark}" in leaderboard(pool).caption


def test_lines_of_which_lower_is_better_begin_with_the_lowest(pool, row) -> None:  # type: ignore[no-untyped-def]
    worse, better = row("s1", 0.8), row("s1", 0.2, model_key="cd" * 16, model="other")
    name = worse.scorer.partition("@")[0]
    pool.save_card({"": 2}, Metric(lower_is_better=(name,)))
    pool.add([worse, better])

    assert [line.model for line in standings(pool)] == ["other", worse.model]
