from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from benchwright.analysis.leaderboard import standings
from benchwright.analysis.responses.narrowing import to_columns
from benchwright.analysis.responses.reading import read_responses
from benchwright.analysis.responses.table import Responses, Scale
from benchwright.core.benchmark import Card, Metric
from benchwright.core.errors import DescriptionError, UnknownName
from benchwright.core.measurement import Outcome
from benchwright.pool import Pool

OTHER = "poems@2-def"


def cells(table: Responses) -> dict[tuple[str, str, str], float]:
    columns = to_columns(table)
    keys = zip(columns["model"], columns["benchmark"], columns["item"], strict=True)
    return dict(zip(keys, columns["score"].tolist(), strict=True))


def means(table: Responses) -> dict[tuple[str, str], float]:
    found: dict[tuple[str, str], list[float]] = {}
    for (model, group, _), score in cells(table).items():
        found.setdefault((model, group), []).append(score)
    return {key: float(np.mean(some)) for key, some in found.items()}


def test_a_pool_is_a_table_of_its_samples(pool, row) -> None:  # type: ignore[no-untyped-def]
    pool.add([row("q1"), row("q2", 0.0), row("q2", 1.0, model="bob", model_key="b" * 32)])

    table = read_responses(pool)

    assert table.models == ("ada", "bob")
    assert cells(table) == {
        ("ada", "quiz", "q1"): 1,
        ("ada", "quiz", "q2"): 0,
        ("bob", "quiz", "q2"): 1,
    }
    assert (table.groups[0].name, table.groups[0].size) == ("quiz", 10)
    assert table.groups[0].scale is Scale.BINARY


def test_rows_count_as_the_card_declares_and_failures_that_may_pass_are_unknown(pool, row) -> None:  # type: ignore[no-untyped-def]
    pool.save_card({"": 10}, Metric(policy={"refused": "expected_chance", "empty": "left_out"}))
    pool.add(
        [
            row("scored"),
            row("unparsed", None),
            row("refused", None, outcome=Outcome.REFUSED, chance=0.25),
            row("guess unknown", None, outcome=Outcome.REFUSED),
            row("empty", None, outcome=Outcome.EMPTY),
            row("timeout", None, outcome=Outcome.FAILED, failure="timeout"),
        ]
    )

    table = read_responses(pool)

    assert {item: score for (_, _, item), score in cells(table).items()} == {
        "scored": 1.0,
        "unparsed": 0.0,
        "refused": 0.25,
    }
    assert any("3 of 6 rows are unknown" in note for note in table.notes)
    assert any("refused count as a guess's expected value" in note for note in table.notes)


def test_means_are_those_of_the_leaderboard(pool, row) -> None:  # type: ignore[no-untyped-def]
    pool.add(
        row(f"q{n}", value, repeat=repeat, model=model, model_key=model * 32)
        for model in "ab"
        for n in range(6)
        for repeat in range(2)
        for value in [None if n == 3 else float((n * 7 + repeat * 3 + ord(model)) % 2)]
    )

    expected = {line.model: line.estimate.value for line in standings(pool)}

    assert {
        model: mean for (model, _), mean in means(read_responses(pool)).items()
    } == pytest.approx(expected)


@pytest.mark.parametrize("fold", ["plain", "all", "mean", "min", "vote", "gap"])
def test_folds_are_those_of_the_leaderboard(pool, row, fold: str) -> None:  # type: ignore[no-untyped-def]
    conditions = pool.save_conditions(perturbation="rotate_choices@1")
    values = {"right": [1, 1, 1], "half": [1, 0, 1], "shy": [0, 1, 0], "lost": [1, None, 1]}
    pool.add(
        row(
            sample,
            value,
            variant=f"rotate:{place}" if place else "",
            conditions=conditions,
            outcome=Outcome.FAILED if value is None else Outcome.SCORED,
            failure="timeout" if value is None else "",
        )
        for sample, some in values.items()
        for place, value in enumerate(some)
    )

    lines = standings(pool, folds=(fold,) if fold != "plain" else ())  # type: ignore[arg-type]
    expected = next(line for line in lines if line.fold.startswith(fold)).estimate

    table = read_responses(pool, fold=fold)
    assert len(table) == expected.n
    assert float(table.score.mean()) == pytest.approx(expected.value)
    assert any(fold in note for note in table.notes)


def test_what_is_not_comparable_stays_apart_under_short_names(pool, row) -> None:  # type: ignore[no-untyped-def]
    pool.save_card({"": 5}, Metric(), name=OTHER)
    letters = pool.save_conditions(ask="letters", shots=5)
    options = pool.save_conditions(ask="options", shots=5)
    pool.add([row("q", conditions=letters), row("q", 0.0, conditions=options)])
    pool.add([row("q", conditions=options, scorer="judge@2"), row("q", benchmark=OTHER)])

    table = read_responses(pool)

    assert [group.name for group in table.groups] == [
        "poems",
        "quiz (letters, 5-shot; choice@1)",
        "quiz (options, 5-shot; choice@1)",
        "quiz (options, 5-shot; judge@2)",
    ]
    # One question asked in three ways is one source; the same id elsewhere is another question.
    assert len(set(table.source[1:].tolist())) == 1
    assert table.source[0] != table.source[1]


def test_metrics_whose_card_says_that_lower_is_better_are_turned(pool, row) -> None:  # type: ignore[no-untyped-def]
    pool.save_card({"": 10}, Metric(lower_is_better=("wer", "perplexity")))
    pool.add(
        [
            row("q1", 0.25, scorer="wer@1"),
            row("q1", 12.5, scorer="perplexity@1"),
            row("q1", 1.0, scorer="exact@1"),
        ]
    )

    table = read_responses(pool)

    assert {group.scorer: (group.low, group.high) for group in table.groups} == {
        "exact@1": (0, 1), "perplexity@1": (0, -1), "wer@1": (1, 0),
    }  # fmt: skip
    assert table.score.tolist() == [1.0, -12.5, 0.75]
    assert any("Lower is better in" in note for note in table.notes)


def test_namesakes_are_named_apart_also_where_a_condition_leaves_one_of_them(pool, row) -> None:  # type: ignore[no-untyped-def]
    pool.add([row("q1"), row("q2", model_key="b" * 32)])

    assert read_responses(pool).models == ("ada#aaaaaa", "ada#bbbbbb")
    assert read_responses(pool, "sample = 'q1'").models == ("ada#aaaaaa",)


def test_variants_alone_have_no_plain_ranking(pool, row) -> None:  # type: ignore[no-untyped-def]
    pool.add([row("q1", variant="rotate:1")])

    with pytest.raises(DescriptionError, match="variants of samples only"):
        read_responses(pool)
    assert len(read_responses(pool, fold="")) == 1
    with pytest.raises(UnknownName, match="fold"):
        read_responses(pool, fold="most")


def test_an_empty_pool_has_no_ranking(pool) -> None:  # type: ignore[no-untyped-def]
    with pytest.raises(DescriptionError, match="no ranking"):
        read_responses(pool)


def test_a_pool_says_itself_what_its_columns_mean(pool) -> None:  # type: ignore[no-untyped-def]
    with pytest.raises(DescriptionError, match="for files"):
        read_responses(pool, columns={"item": "sample"})


def test_a_folder_is_read_in_one_pass_as_in_two(
    tmp_path: Path,
    row,  # type: ignore[no-untyped-def]
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    benchmarks = ["quiz@1-abc", OTHER]
    with Pool.open(tmp_path / "pool") as pool:
        for benchmark, policy in zip(benchmarks, [{}, {"unparsed": "left_out"}], strict=True):
            card = Card(
                name=benchmark.partition("@")[0], version="1", title="", summary="", paper="",
                licence="", size=4, metric=Metric(policy=policy),
            )  # fmt: skip
            pool.save_card(benchmark, card, {"": 4})
        pool.measurements.write(
            [
                row(f"q{n}", value, benchmark=benchmark, variant=variant, model=m, model_key=m * 32)
                for benchmark in benchmarks
                for n, value in enumerate([1.0, 0.0, None, 0.5])
                for variant in ("", "turned")
                for m in "ab"
            ]
        )
        once = read_responses(pool, "model <> 'b' or sample <> 'q3'")
        monkeypatch.setattr("benchwright.analysis.responses.reading._MANY", 0)
        twice = read_responses(pool, "model <> 'b' or sample <> 'q3'")
    with pytest.raises(DescriptionError, match="open_pool"):
        read_responses(tmp_path / "pool")

    assert cells(once) == cells(twice)
    assert len(once) == (4 + 3) + (3 + 2)
    assert once.groups == twice.groups
    assert once.notes == twice.notes
    assert np.array_equal(once.source, twice.source)
