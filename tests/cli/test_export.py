from __future__ import annotations

import json
from pathlib import Path

from click.testing import CliRunner, Result

from benchwright.cli import cli

LOGS = Path(__file__).parent.parent / "exchange" / "logs"


def benchwright(*arguments: str) -> Result:
    return CliRunner().invoke(cli, list(arguments))


def test_export_writes_a_file_that_import_reads(tmp_path: Path) -> None:
    pool, file = str(tmp_path / "pool"), str(tmp_path / "rows.csv")
    benchwright("import", str(LOGS / "evalscope"), "--pool", pool)
    done = benchwright("export", "--to", file, "--pool", pool)
    again = benchwright("import", file, "--pool", str(tmp_path / "again"))

    assert (done.exit_code, again.exit_code) == (0, 0)
    assert done.stdout.startswith("6 measurements as csv:")


def test_export_says_what_a_form_cannot_hold_and_prints_json(tmp_path: Path) -> None:
    pool = str(tmp_path / "pool")
    benchwright("import", str(LOGS / "vlmevalkit"), "--pool", pool)
    arguments = ("--to", str(tmp_path / "out"), "--form", "lm_eval", "--pool", pool)
    told = benchwright("export", *arguments)
    machine = json.loads(benchwright("export", *arguments, "--json").stdout)

    assert "1 rows have no score" in told.stderr
    assert machine["export"]["rows"] == 4


def test_an_unknown_form_makes_export_exit_with_2(tmp_path: Path) -> None:
    benchwright("import", str(LOGS / "mteb"), "--pool", str(tmp_path / "pool"))
    done = benchwright("export", "--to", "rows.xls", "--pool", str(tmp_path / "pool"))

    assert done.exit_code == 2
    assert "form" in done.stderr
