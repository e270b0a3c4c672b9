"""Answers given option by option are kept one by one, and judged again as one."""

from __future__ import annotations

from pathlib import Path

import pytest

from benchwright.core.measurement import Measurement
from benchwright.evaluation.rescore import score
from benchwright.evaluation.run import run
from benchwright.pool import Pool


@pytest.mark.data
def test_partial_answers_are_judged_again_as_when_they_were_asked(
    data_folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("BENCHWRIGHT_CACHE", str(tmp_path / "cache"))
    pool = tmp_path / "pool"
    done = run("winogrande", model="scripted:guess", data=data_folder, pool=pool, take="5")
    assert done.run.counts["requests"] == 10
    score("winogrande", scorer=["likeliest_per_byte"], pool=pool)
    with Pool.open(pool) as opened:
        rows = list(opened.measurements.rows())
    by: dict[str, list[Measurement]] = {}
    for row in rows:
        by.setdefault(row.scorer.partition("@")[0], []).append(row)
    assert {row.outcome.value for row in by["likeliest"]} == {"scored"}
    assert {row.outcome.value for row in by["likeliest_per_byte"]} == {"unsupported"}
    assert all("nothing to divide by" in row.explanation for row in by["likeliest_per_byte"])
