"""Boards: what is read, what is refused, and what is never guessed."""

from __future__ import annotations

import math
from pathlib import Path

import numpy as np
import pytest

from benchwright.analysis.agreement.boards import (
    from_responses,
    from_rows,
    plain_name,
    rows_of,
    scaled,
)
from benchwright.analysis.agreement.sources import has_items, read_board
from benchwright.analysis.responses.table import Group, Scale, from_matrix
from benchwright.core.errors import DataError, DescriptionError, UnknownName

ROWS = [("a", "x", 1.0), ("b", "x", 2.0), ("a", "y", 30.0), ("b", "y", None)]


def test_a_board_is_made_of_rows_and_knows_what_is_missing() -> None:
    board = from_rows(ROWS)

    assert (board.models, board.scenarios) == (("a", "b"), ("x", "y"))
    np.testing.assert_array_equal(board.scores, [[1, 30], [2, np.nan]])


def test_where_lower_is_better_scores_change_sign() -> None:
    assert from_rows(ROWS, lower=["y"]).column("y")[0] == -30
    with pytest.raises(UnknownName, match="'z'"):
        from_rows(ROWS, lower=["z"])


def test_several_scores_in_one_cell_are_refused_unless_said_what_counts() -> None:
    rows = [*ROWS, ("a", "x", 3.0)]

    with pytest.raises(DataError, match="'a' has 2 scores on 'x'"):
        from_rows(rows)
    assert from_rows(rows, repeated="mean").column("x")[0] == 2
    best = from_rows(rows, repeated="best", lower=["x"])
    assert best.column("x")[0] == -1
    assert best.notes == ("1 cells had several scores: their best",)


def test_infinite_scores_are_refused_and_nan_is_none() -> None:
    with pytest.raises(DataError, match="infinite"):
        from_rows([("a", "x", math.inf)])
    assert from_rows([("a", "x", math.nan), ("b", "x", 1.0)]).models == ("b",)


def test_spellings_of_one_model_are_one_only_when_asked_for() -> None:
    rows = [("meta-llama/Llama-3.1 8B", "x", 1.0), ("llama_3.1-8b", "y", 2.0)]

    assert len(from_rows(rows).models) == 2
    matched = from_rows(rows, match_names=True)
    assert matched.models == ("llama318b",)
    assert matched.notes == ("1 models go by several spellings, taken as one",)
    assert plain_name("command-r+") != plain_name("command-r")
    assert plain_name("模型") == "模型"


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("long.csv", "Model,Benchmark,Score\na,x,1\nb,x,2\na,y,30\n"),
        ("wide.csv", "model,x,y,note\na,1,30,good\nb,2,,bad\n"),
        ("wide.tsv", "model\tx\ty\na\t1\t30\nb\t2\t\n"),
    ],
)
def test_files_in_rows_and_in_columns_give_the_same_board(
    tmp_path: Path, name: str, text: str
) -> None:
    (tmp_path / name).write_text(text, encoding="utf-8")

    board = read_board(tmp_path / name)

    assert (board.models, board.scenarios) == (("a", "b"), ("x", "y"))
    np.testing.assert_array_equal(board.scores, [[1, 30], [2, np.nan]])


@pytest.mark.parametrize(
    ("text", "said"),
    [("name,x\na,1\n", "no column named model"), ("model,x\n", "holds no scores")],
)
def test_files_that_are_no_board_are_refused(tmp_path: Path, text: str, said: str) -> None:
    (tmp_path / "scores.csv").write_text(text, encoding="utf-8")

    with pytest.raises(DataError, match=said):
        read_board(tmp_path / "scores.csv")
    with pytest.raises(DataError, match="no such file"):
        read_board(tmp_path / "absent.csv")


def test_benchmark_means_leave_out_models_that_answered_little() -> None:
    scores = np.full((3, 8), np.nan)
    scores[0] = [1, 0, 1, 0, 1, 1, 1, 1]
    scores[1, :4] = 1
    scores[2, 0] = 1
    groups = [Group(name=name, scale=Scale.BINARY) for name in ("one", "two")]
    table = from_matrix(scores, models=["a", "b", "c"], groups=groups, group=[0] * 4 + [1] * 4)

    board = from_responses(table)

    np.testing.assert_array_equal(board.scores, [[0.5, 1], [1, np.nan], [np.nan, np.nan]])
    assert board.notes == ("1 means over less than 50% of a benchmark's items were left out",)


def test_sources_are_read_together(tmp_path: Path) -> None:
    (tmp_path / "one.csv").write_text("model,x\na,1\nb,2\n", encoding="utf-8")
    (tmp_path / "two.csv").write_text(
        "model,benchmark,item,score\na,y,1,1\na,y,2,0\nb,y,1,1\nb,y,2,1\n", encoding="utf-8"
    )

    board = read_board(tmp_path / "one.csv", tmp_path / "two.csv", lower=["x"])

    assert (has_items(tmp_path / "one.csv"), has_items(tmp_path / "two.csv")) == (False, True)
    np.testing.assert_array_equal(board.scores, [[-1, 0.5], [-2, 1]])
    assert next(iter(rows_of(board))) == ("a", "x", -1)
    with pytest.raises(DescriptionError, match="holds scores only"):
        read_board(tmp_path / "one.csv", where="model = 'a'")
    with pytest.raises(DescriptionError, match="nothing to compare"):
        read_board()


def test_names_that_look_like_numbers_stay_as_they_are_written(tmp_path: Path) -> None:
    (tmp_path / "scores.csv").write_text("model,scenario,score\n007,1.0,3\n7,1.0,4\n", "utf-8")

    board = read_board(tmp_path / "scores.csv")

    assert (board.models, board.scenarios) == (("007", "7"), ("1.0",))


def test_families_are_read_and_a_model_without_one_is_its_own(tmp_path: Path) -> None:
    text = "model,family,scenario,score\na,llama,x,1\nb,llama,x,2\nc,,x,3\nd,,x,4\n"
    (tmp_path / "scores.csv").write_text(text, encoding="utf-8")

    clusters = read_board(tmp_path / "scores.csv").clusters().tolist()

    assert clusters[0] == clusters[1]
    assert len(set(clusters)) == 3


def test_scaled_scores_go_from_nought_to_one_and_equal_ones_are_one() -> None:
    board = from_rows(
        [
            *((m, "x", v) for m, v in zip("abc", (10.0, 20.0, 40.0), strict=True)),
            *((m, "y", 7.0) for m in "ab"),
            ("a", "z", 1e308),
            ("b", "z", -1e308),
        ]
    )

    np.testing.assert_allclose(
        scaled(board).scores, [[0, 1, 1], [1 / 3, 1, 0], [1, np.nan, np.nan]]
    )
