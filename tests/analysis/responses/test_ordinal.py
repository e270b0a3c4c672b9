from __future__ import annotations

from pathlib import Path

import pytest

from benchwright.analysis.agreement.correlation import kendall
from benchwright.analysis.estimators.pairs import strengths
from benchwright.analysis.estimators.wins import wins
from benchwright.analysis.responses import linkage, narrowed, read_responses
from benchwright.core.errors import DataError


def test_the_worked_check_of_onebench_comes_out_of_a_table_of_scores() -> None:
    # A beats B twice, A ties B once, B beats C twice, A beats C once; a tie is two wins.
    rows = [
        ("AB", (9, 3)), ("AB", (0.5, 0.1)), ("AB", (1, 1)),
        ("BC", (1, 0)), ("BC", (7, -2)), ("AC", (1, 0)),
    ]  # fmt: skip
    table = read_responses(
        {
            "model": [model for models, _ in rows for model in models],
            "item": [number for number, _ in enumerate(rows) for _ in range(2)],
            "score": [float(score) for _, scores in rows for score in scores],
        }
    )

    won = wins(table, tie=1)

    assert won.tolist() == [[0, 3, 1], [1, 0, 2], [0, 0, 0]]
    assert strengths(won, alpha=0.01) == pytest.approx([2.15697, 1.10074, -3.25771], abs=2e-5)
    assert kendall([1, 2, 3, 4, 5], [1, 3, 2, 4, 5]) == pytest.approx(0.8)


def test_given_matrices_are_read_as_their_readme_counts_them(data_folder: Path) -> None:
    table = read_responses(data_folder / "responses" / "mmlu_pro.parquet")

    assert (len(table), len(table.models), len(table.items)) == (347_215, 29, 12_032)
    assert len(table.groups) == 14
    answered = table.counts().sum(axis=1)
    kept = [name for name, count in zip(table.models, answered, strict=True) if count >= 12_012]
    dense = narrowed(table, models=kept)
    everyone = (dense.start[1:] - dense.start[:-1]) == 28
    assert everyone.sum() == 12_002
    assert linkage(table).weak == ()


def test_rows_that_repeat_a_cell_are_noticed_in_real_data(data_folder: Path) -> None:
    path = data_folder / "responses" / "cruxeval_all.parquet"

    with pytest.raises(DataError, match="more than one score"):
        read_responses(path)
    assert len(read_responses(path, duplicates="mean").models) == 37
    assert len(read_responses(path, "temp = '0.2'").items) == 1600
