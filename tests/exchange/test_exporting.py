from __future__ import annotations

import json
import zipfile
from pathlib import Path
from typing import Any

import numpy as np
import polars
import pytest

from benchwright.core.errors import DescriptionError, UnknownName
from benchwright.exchange.exporting import export, to_frame
from benchwright.exchange.imported import Imported
from benchwright.exchange.importing import import_logs
from benchwright.pool import Pool
from exchange.conftest import LOGS

HELD = (
    "sample, variant, repeat, outcome, value, answer, target, explanation, finish, failure,"
    " tokens_in, tokens_out, seconds, tags::VARCHAR AS tags"
)
"""What a flat file brings back under its own name."""


SOME = "benchmark IN ('inspect_ai:sums@3', 'vlmevalkit:MadeUp_VQA@unknown')"


@pytest.fixture(scope="session")
def pool(everything: tuple[Imported, Path]) -> Path:
    return everything[1]


def rows(pool: Path, columns: str, where: str = "true") -> list[tuple[Any, ...]]:
    with Pool.open(pool, create=False) as opened:
        found = opened.query(f"SELECT {columns} FROM measurements WHERE {where}").rows
    return sorted(found, key=repr)


@pytest.mark.parametrize("form", ["parquet", "csv", "jsonl"])
def test_what_leaves_as_a_flat_file_comes_back_the_same(
    form: str, pool: Path, tmp_path: Path
) -> None:
    file = tmp_path / f"rows.{form}"
    with Pool.open(pool, create=False) as opened:
        done = export(opened, file, where=SOME)
    found = import_logs([file], pool=tmp_path / "again")

    assert done.rows == found.rows == len(rows(pool, "id", SOME)) == 36
    assert rows(tmp_path / "again", HELD) == rows(pool, HELD, SOME)
    assert {row[0] for row in rows(tmp_path / "again", "split_part(benchmark, ':', 1)")} == {
        "table"
    }


def test_a_parquet_export_holds_every_column_and_anyone_can_read_it(
    pool: Path, tmp_path: Path
) -> None:
    with Pool.open(pool, create=False) as opened:
        export(opened, tmp_path / "rows.parquet", where="outcome <> 'scored'")
    frame = polars.read_parquet(tmp_path / "rows.parquet")

    assert frame.width == 34
    assert frame["value"].null_count() == len(frame) > 0


def test_lm_evals_log_comes_out_as_it_came_in_and_brings_back_the_same_rows_and_keys(
    tmp_path: Path,
) -> None:
    import_logs([LOGS / "lm_eval"], pool=tmp_path / "pool")
    with Pool.open(tmp_path / "pool", create=False) as opened:
        done = export(opened, tmp_path / "out", form="lm_eval")
    there = {path.name: path for path in (LOGS / "lm_eval").rglob("*.json*")}
    out = {Path(name).name: Path(name) for name in done.files}
    samples = "samples_made_up_choice_2026-11-21T17-21-49.820182.jsonl"
    results = "results_2026-11-21T17-21-49.820182.json"
    before, after = json.loads(there[results].read_text()), json.loads(out[results].read_text())

    assert done.said == ()
    assert by_id(out[samples]) == by_id(there[samples])
    for key in ("results", "configs", "versions", "n-shot", "n-samples", "higher_is_better"):
        assert after[key] == {task: v for task, v in before[key].items() if task in after[key]}
    assert after["config"] == before["config"]
    import_logs([tmp_path / "out"], pool=tmp_path / "again")
    whole_row = "* EXCLUDE (run)"
    assert rows(tmp_path / "again", whole_row) == rows(tmp_path / "pool", whole_row)


def test_inspects_form_brings_back_the_same_rows_under_the_same_keys(tmp_path: Path) -> None:
    columns = "* EXCLUDE (run)"
    import_logs([LOGS / "inspect_ai"], pool=tmp_path / "pool")
    with Pool.open(tmp_path / "pool", create=False) as opened:
        done = export(opened, tmp_path / "out", form="inspect_ai")
    import_logs([tmp_path / "out"], pool=tmp_path / "again")

    assert len(done.files) == 3
    assert rows(tmp_path / "again", columns) == rows(tmp_path / "pool", columns)


@pytest.mark.parametrize("form", ["lm_eval", "inspect_ai"])
def test_what_other_harnesses_measured_keeps_its_values_and_outcomes_in_either_form(
    form: str, pool: Path, tmp_path: Path
) -> None:
    with Pool.open(pool, create=False) as opened:
        export(opened, tmp_path / "out", form=form, where=SOME)
    import_logs([tmp_path / "out"], pool=tmp_path / "again")
    columns = "model, target, outcome, value"

    assert rows(tmp_path / "again", columns) == rows(pool, columns, SOME)


def test_inspects_archives_hold_what_its_reader_looks_for(pool: Path, tmp_path: Path) -> None:
    """The real reader was tried on such files; docs/exchange.md says with which version."""
    with Pool.open(pool, create=False) as opened:
        done = export(
            opened, tmp_path, form="inspect_ai", where="benchmark LIKE 'inspect_ai:sums%'"
        )
    with zipfile.ZipFile(done.files[0]) as archive:
        header = json.loads(archive.read("header.json"))
        failed = json.loads(archive.read("samples/d_epoch_1.json"))
        names = archive.namelist()

    assert header["version"] == 2
    assert header["eval"]["task"] == "sums"
    assert len([name for name in names if name.startswith("samples/")]) == 8
    assert failed["scores"] == {}
    assert "the tool broke" in failed["error"]["message"]


def test_the_same_measurements_give_the_same_bytes(pool: Path, tmp_path: Path) -> None:
    where = "benchmark LIKE 'inspect_ai:%'"
    with Pool.open(pool, create=False) as opened:
        one = export(opened, tmp_path / "one", form="inspect_ai", where=where).files
        two = export(opened, tmp_path / "two", form="inspect_ai", where=where).files

    assert [Path(a).read_bytes() for a in one] == [Path(b).read_bytes() for b in two]


def test_frames_hold_the_rows_of_the_condition(pool: Path) -> None:
    where = "benchmark LIKE 'lm_eval:%'"
    with Pool.open(pool, create=False) as opened:
        frame = to_frame(opened, where=where)
        arrays = to_frame(opened, where=where, kind="numpy")

    assert len(frame) == len(arrays["value"]) == 14
    assert frame["value"].sum() == np.nansum(arrays["value"])
    assert np.isnan(arrays["value"]).sum() == frame["value"].null_count() == 4
    assert set(arrays["strict_answer"]) == {None}


@pytest.mark.parametrize("where", ["no_such = 1", "1=1); select (1", ""])
def test_a_wrong_condition_writes_nothing(where: str, pool: Path, tmp_path: Path) -> None:
    with Pool.open(pool, create=False) as opened, pytest.raises(DescriptionError):
        export(opened, tmp_path / "rows.csv", where=where or "false")

    assert list(tmp_path.iterdir()) == []


def test_a_condition_reaches_no_other_file(pool: Path, tmp_path: Path) -> None:
    (tmp_path / "other.csv").write_text("a\n1\n")
    where = f"(SELECT count(*) FROM read_csv('{tmp_path / 'other.csv'}')) > 0"
    with Pool.open(pool, create=False) as opened, pytest.raises(DescriptionError):
        export(opened, tmp_path / "rows.csv", where=where)


def test_an_unknown_form_or_kind_names_the_known_ones(pool: Path, tmp_path: Path) -> None:
    with Pool.open(pool, create=False) as opened:
        with pytest.raises(UnknownName, match="parquet"):
            export(opened, tmp_path / "rows.xlsx")
        with pytest.raises(UnknownName, match="polars"):
            to_frame(opened, kind="spark")


def by_id(path: Path) -> dict[Any, Any]:
    lines = [json.loads(line) for line in path.read_text().splitlines()]
    return {(line["doc_id"], line["filter"]): line for line in lines}
