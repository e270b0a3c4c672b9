from __future__ import annotations

import csv
import io
import json

from hypothesis import given
from hypothesis import strategies as st

from benchwright.core.table import Table

TABLE = Table(
    columns=("model", "score", "n"),
    rows=(("ada|1", 0.51234, 12), ("b_b", None, 7)),
    caption="Made & up.",
)


def test_numbers_are_aligned_right_under_their_heads() -> None:
    lines = str(TABLE).splitlines()
    assert lines[0] == "model  score   n"
    assert lines[2] == "ada|1  0.512  12"
    assert lines[3] == "b_b        –   7"
    assert lines[4] == "Made & up."


def test_a_small_p_value_is_not_shown_as_zero() -> None:
    table = Table(columns=("p",), rows=((0.00001,), (0.0,), (-0.0001,), (float("nan"),)))
    assert [line.strip() for line in str(table).splitlines()[2:]] == [
        "<0.001",
        "0.000",
        "0.000",
        "–",
    ]


def test_markdown_escapes_bars_and_line_ends() -> None:
    text = Table(columns=("a",), rows=(("x|y\nz",),)).markdown()
    assert "x\\|y z" in text
    assert TABLE.markdown().splitlines()[1] == "| --- | ---: | ---: |"


def test_latex_escapes_what_is_special_and_aligns_numbers() -> None:
    text = TABLE.latex()
    assert r"b\_b" in text and r"Made \& up." in text
    assert r"\begin{tabular}{lrr}" in text


def test_html_escapes_cells_and_caption() -> None:
    hostile = "<script>alert(1)</script>"
    text = Table(columns=(hostile,), rows=((hostile,),), caption=hostile)._repr_html_()
    assert "<script>" not in text
    assert text.count("&lt;script&gt;") == 3


def test_csv_and_json_keep_numbers_unrounded() -> None:
    assert list(csv.reader(io.StringIO(TABLE.csv())))[1] == ["ada|1", "0.51234", "12"]
    assert json.loads(TABLE.json())["rows"][0] == {"model": "ada|1", "score": 0.51234, "n": 12}
    assert TABLE.records()[1] == {"model": "b_b", "score": None, "n": 7}


def test_a_table_without_rows_shows_its_columns() -> None:
    assert str(Table(columns=("a", "b"), rows=())).splitlines()[0] == "a  b"


@given(st.lists(st.tuples(st.text(), st.floats(allow_infinity=False) | st.none()), max_size=5))
def test_every_table_can_be_shown(rows: list[tuple[str, float | None]]) -> None:
    table = Table(columns=("text", "number"), rows=tuple(rows))
    assert str(table) and table.markdown() and table.latex() and table.csv() and table.json()
    assert table._repr_html_().count("<tr>") == len(rows) + 1
