from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import duckdb
import numpy as np
import polars
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from benchwright.analysis.responses.narrowing import to_columns
from benchwright.analysis.responses.reading import read_responses
from benchwright.analysis.responses.table import Responses, Scale
from benchwright.core.errors import DataError, DescriptionError, UnknownName

COLUMNS: dict[str, list[Any]] = {
    "model": ["b", "a", "b", "a", "c"],
    "item": ["q2", "q1", "q1", "q2", "q1"],
    "score": [1.0, 0.0, 1.0, None, 0.0],
}


def cells(table: Responses) -> dict[tuple[str, str, str], float]:
    columns = to_columns(table)
    keys = zip(columns["model"], columns["benchmark"], columns["item"], strict=True)
    return dict(zip(keys, columns["score"].tolist(), strict=True))


def read(score: list[Any], **options: Any) -> Responses:
    """Read one model's scores on as many items."""
    items = [f"q{number}" for number in range(len(score))]
    return read_responses({"model": ["a"] * len(score), "item": items, "score": score}, **options)


def test_a_mapping_of_columns_is_a_table_item_by_item() -> None:
    table = read_responses({**COLUMNS, "score": [1.0, 0.0, 1.0, 1.0, 0.0]})

    assert table.notes == ()
    assert table.models == ("a", "b", "c")
    assert list(table.items) == ["q1", "q2"]
    assert table.start.tolist() == [0, 3, 5]
    assert table.model.tolist() == [0, 1, 2, 0, 1]
    assert table.score.tolist() == [0, 1, 0, 1, 1]
    assert table.groups[0].scale is Scale.BINARY
    assert table.model.dtype.itemsize + table.score.dtype.itemsize <= 8


@pytest.mark.parametrize("ending", ["parquet", "csv", "tsv", "jsonl", "csv.gz"])
def test_every_kind_of_file_gives_the_same_table(tmp_path: Path, ending: str) -> None:
    path = tmp_path / f"scores.{ending}"
    form = {"parquet": "parquet", "jsonl": "json"}.get(ending, "csv")
    packed = ", compression gzip" if ending.endswith("gz") else ""
    separated = ", delimiter '\t'" if ending == "tsv" else ""
    with duckdb.connect() as connection:
        connection.execute(
            "create table t as select unnest(?) as model, unnest(?) as item, unnest(?) as score",
            list(COLUMNS.values()),
        )
        connection.execute(f"copy t to '{path}' (format {form}{packed}{separated})")

    assert cells(read_responses(path)) == cells(read_responses(COLUMNS))


def test_data_frames_need_no_pyarrow() -> None:
    assert cells(read_responses(polars.DataFrame(COLUMNS))) == cells(read_responses(COLUMNS))


def test_several_files_and_patterns_are_one_table(tmp_path: Path) -> None:
    for number, model in enumerate(COLUMNS["model"]):
        line = {name: values[number] for name, values in COLUMNS.items()}
        path = tmp_path / f"[{number}] {model}.jsonl"
        path.write_text(json.dumps(line), encoding="utf-8")

    assert cells(read_responses(tmp_path / "*.jsonl")) == cells(read_responses(COLUMNS))
    assert len(read_responses(tmp_path / "[0] b.jsonl")) == 1


def test_a_file_that_is_not_there_is_named(tmp_path: Path) -> None:
    with pytest.raises(DataError, match=r"absent\.csv: there is no such file"):
        read_responses(tmp_path / "absent.csv")
    with pytest.raises(DescriptionError, match="one kind"):
        (tmp_path / "scores.xlsx").touch()
        read_responses(tmp_path / "scores.xlsx")


def test_a_damaged_file_is_named(tmp_path: Path) -> None:
    (tmp_path / "scores.parquet").write_bytes(b"PAR1 nothing of the kind PAR1")

    with pytest.raises(DataError, match=r"scores\.parquet"):
        read_responses(tmp_path / "scores.parquet")


def test_missing_columns_are_all_named_with_the_nearest() -> None:
    with pytest.raises(DataError) as raised:
        read_responses({"model": ["a"], "item_id": ["q"], "scores": [1.0]})

    assert "columns={'item': 'item_id'}" in str(raised.value)
    assert "columns={'score': 'scores'}" in str(raised.value)


def test_synonyms_count_only_where_they_are_declared() -> None:
    columns = {"model": ["a"], "question_id": [7], "acc": [1.0]}
    declared = {"item": "question_id", "score": "acc"}

    assert cells(read_responses(columns, columns=declared)) == {("a", "all", "7"): 1.0}
    with pytest.raises(UnknownName, match="question_id"):
        read_responses(columns, columns={"item": "question", "score": "acc"})
    with pytest.raises(UnknownName, match="meaning"):
        read_responses(columns, columns={"thing": "question_id"})


def test_scores_that_are_text_are_refused() -> None:
    with pytest.raises(DataError, match="numbers"):
        read(["good"])


def test_numbers_that_name_items_stay_as_they_are_written(tmp_path: Path) -> None:
    path = tmp_path / "scores.csv"
    path.write_text("model,item,score\na,007,1\na,7,0\n", encoding="utf-8")

    assert cells(read_responses(path)) == {("a", "all", "007"): 1.0, ("a", "all", "7"): 0.0}


def test_an_infinite_score_is_refused_and_says_where() -> None:
    with pytest.raises(DataError, match="'a' on item 'q1' is infinite"):
        read([0.0, float("inf")])


def test_scores_beyond_single_precision_are_refused() -> None:
    with pytest.raises(DataError, match="out of range"):
        read([0.0, 1e300])


def test_unknown_scores_are_no_observations_but_their_models_stay() -> None:
    table = read_responses({"model": ["a", "b"], "item": ["q", "q"], "score": [1.0, float("nan")]})

    assert table.models == ("a", "b")
    assert table.counts().tolist() == [[1], [0]]
    assert any("1 of 2 rows are unknown" in note for note in table.notes)


@pytest.mark.parametrize("score", [[], [float("nan")], [None]])
def test_a_table_without_a_score_is_refused(score: list[Any]) -> None:
    with pytest.raises((DataError, DescriptionError)):
        read(score)


def test_two_scores_of_one_cell_are_refused_unless_said_to_be_repeats() -> None:
    columns: dict[str, Any] = {"model": ["a", "a"], "item": ["q", "q"], "score": [1.0, 0.0]}

    with pytest.raises(DataError, match="'a' has more than one score on item 'q'"):
        read_responses(columns)
    with pytest.raises(DataError, match="repeat 0"):
        read_responses({**columns, "repeat": [0, 0]})
    assert read_responses(columns, duplicates="mean").score.tolist() == [0.5]
    assert read_responses({**columns, "repeat": [0, 1]}).score.tolist() == [0.5]


def test_items_of_two_benchmarks_may_share_a_name() -> None:
    table = read_responses(
        {
            "model": ["a", "a", "b"],
            "item": ["1", "1", "1"],
            "benchmark": ["y", "x", "y"],
            "score": [0.5, 1.0, 7.0],
        }
    )

    assert [group.name for group in table.groups] == ["x", "y"]
    assert [group.scale for group in table.groups] == [Scale.BINARY, Scale.UNBOUNDED]
    assert cells(table) == {("a", "x", "1"): 1.0, ("a", "y", "1"): 0.5, ("b", "y", "1"): 7.0}


def test_conditions_and_scorers_of_a_file_stay_apart() -> None:
    table = read_responses(
        {
            "model": ["a", "a"],
            "item": ["1", "1"],
            "benchmark": ["x", "x"],
            "scorer": ["exact", "judge"],
            "score": [0.0, 1.0],
        }
    )

    assert len(table.groups) == 2
    assert len(set(table.source.tolist())) == 1


def test_a_column_says_what_items_come_from_one_source() -> None:
    columns: dict[str, Any] = {
        "model": ["a", "a", "a"],
        "item": ["1", "2", "3"],
        "source": ["text", None, "text"],
        "score": [0.0, 1.0, 1.0],
    }

    first, second, third = read_responses(columns).source.tolist()
    assert first == third != second
    twice = {
        **columns,
        "model": ["a", "a", "b"],
        "item": ["1", "2", "2"],
        "source": ["s", "t", "u"],
    }
    with pytest.raises(DataError, match="two sources"):
        read_responses(twice)


def test_lower_is_better_is_turned_and_bounds_become_0_and_1() -> None:
    turned = read([0.0, 0.25], lower=("all",))
    assert turned.score.tolist() == [1.0, 0.75]
    assert (turned.groups[0].low, turned.groups[0].high) == (1.0, 0.0)

    percent = read([0, 25, 100], bounds={"all": (0, 100)})
    assert percent.score.tolist() == [0, 0.25, 1]
    assert percent.groups[0].scale is Scale.BOUNDED

    perplexity = read([3.5, 12.0], lower=("all",))
    assert perplexity.score.tolist() == [-3.5, -12.0]
    assert perplexity.groups[0].scale is Scale.UNBOUNDED


def test_percentages_are_not_guessed() -> None:
    assert read([0, 25, 100]).groups[0].scale is Scale.UNBOUNDED


def test_what_is_declared_of_scores_must_be_true_of_them() -> None:
    with pytest.raises(DataError, match="outside of the declared bounds"):
        read([0, 101], bounds={"all": (0, 100)})
    with pytest.raises(DataError, match="are not binary"):
        read([0, 0.5], scales={"all": "binary"})
    with pytest.raises(UnknownName, match="scale"):
        read([0, 0.5], scales={"all": "nominal"})
    with pytest.raises(UnknownName, match="group"):
        read([0, 0.5], lower=("wer",))
    with pytest.raises(DescriptionError, match="bounds"):
        read([0, 0.5], bounds={"all": (1, 0)})
    assert read([3, 1], scales={"all": "ordinal"}).groups[0].scale is Scale.ORDINAL


def test_a_row_without_a_score_is_never_0_unless_the_policy_says_so() -> None:
    columns: dict[str, Any] = {
        "model": ["a", "a", "a"],
        "item": ["1", "2", "3"],
        "score": [1.0, None, None],
        "outcome": ["scored", "unparsed", "failed"],
        "failure": ["", "", "timeout"],
    }

    assert len(read_responses(columns)) == 1
    table = read_responses(columns, policy={"unparsed": "wrong", "failed": "wrong"})
    assert cells(table) == {("a", "all", "1"): 1.0, ("a", "all", "2"): 0.0}
    with pytest.raises(UnknownName, match="outcome"):
        read_responses(columns, policy={"lost": "wrong"})
    with pytest.raises(DataError, match="'correct'"):
        read_responses({**columns, "outcome": ["correct", "unparsed", "failed"]})


def test_variants_of_a_file_become_one_by_fold() -> None:
    columns: dict[str, Any] = {
        "model": ["a"] * 4,
        "item": ["1", "1", "2", "2"],
        "variant": ["", "rotated", "", "rotated"],
        "score": [1.0, 0.0, 1.0, 1.0],
    }

    assert read_responses(columns).score.tolist() == [1, 1]
    assert read_responses(columns, fold="all").score.tolist() == [0, 1]
    assert read_responses(columns, fold="").score.tolist() == [0.5, 1]


def test_conditions_select_rows_by_any_column() -> None:
    columns = {**COLUMNS, "score": [1.0, 0.0, 1.0, 0.5, 0.0], "language": list("fefef")}

    table = read_responses(columns, where="language = 'f' and model <> 'c'")

    assert cells(table) == {("b", "all", "q1"): 1.0, ("b", "all", "q2"): 1.0}
    with pytest.raises(DescriptionError, match="no ranking"):
        read_responses(columns, where="language = 'g'")
    with pytest.raises(UnknownName, match="language"):
        read_responses(columns, where="langage = 'f'")
    with pytest.raises(DescriptionError, match="not SQL"):
        read_responses(columns, where="language = ")


def test_a_condition_cannot_mean_a_column_whose_name_means_something_else() -> None:
    columns = {"model": ["a"], "item": ["q"], "score": [1.0], "sample": ["text of the question"]}

    assert len(read_responses(columns, where="item = 'q'")) == 1
    with pytest.raises(DescriptionError, match="'sample' cannot be named"):
        read_responses(columns, where="sample like 'text%'")


def test_a_condition_cannot_read_other_files(tmp_path: Path) -> None:
    (tmp_path / "secret.csv").write_text("a\n1\n", encoding="utf-8")
    (tmp_path / "scores.csv").write_text("model,item,score\na,1,1\n", encoding="utf-8")
    for source in (COLUMNS, tmp_path / "scores.csv"):
        with pytest.raises(DescriptionError, match=r"secret|Permission"):
            read_responses(
                source, where=f"exists (select 1 from read_csv('{tmp_path}/secret.csv'))"
            )


def test_a_list_of_rows_is_no_table() -> None:
    with pytest.raises(DescriptionError, match="A table is"):
        read_responses(7)
    with pytest.raises(DataError, match="one length"):
        read_responses({"model": ["a"], "item": ["q", "r"], "score": [1.0]})


@settings(max_examples=10, deadline=None)
@given(
    st.dictionaries(
        st.tuples(st.sampled_from("abc"), st.sampled_from("xy"), st.integers(0, 4)),
        st.lists(st.integers(-4, 4).map(lambda n: n / 4), min_size=1, max_size=3),
        min_size=1,
    ),
    st.randoms(use_true_random=False),
)
def test_the_order_of_rows_changes_nothing(
    scores: dict[tuple[str, str, int], list[float]], chance: Any
) -> None:
    rows = [(*key, score) for key, some in scores.items() for score in some]
    tables = []
    for _ in range(2):
        chance.shuffle(rows)
        names = ("model", "benchmark", "item", "score")
        columns = dict(zip(names, map(list, zip(*rows, strict=True)), strict=True))
        tables.append(read_responses(columns, duplicates="mean"))

    one, other = (to_columns(table) for table in tables)
    assert all(np.array_equal(one[name], other[name]) for name in one)
    expected = {
        (model, benchmark, str(item)): pytest.approx(sum(some) / len(some))
        for (model, benchmark, item), some in scores.items()
    }
    assert cells(tables[0]) == expected
