from __future__ import annotations

import json
from pathlib import Path

from click.testing import CliRunner, Result

from benchwright.cli import cli

LOGS = Path(__file__).parent.parent / "exchange" / "logs"


def benchwright(*arguments: str) -> Result:
    return CliRunner().invoke(cli, list(arguments))


def test_import_shows_recomputed_figures_beside_the_logged_and_what_is_unknown(
    tmp_path: Path,
) -> None:
    done = benchwright("import", str(LOGS / "lm_eval"), "--pool", str(tmp_path / "pool"))

    assert done.exit_code == 0
    assert "lm_eval:made_up_choice@1.2" in done.stdout
    assert "unknown: shots digest" in done.stdout
    assert "14 rows were new to the pool" in done.stdout
    assert "LEFT OUT" in done.stdout


def test_import_prints_json_for_machines(tmp_path: Path) -> None:
    arguments = (str(LOGS / "mteb"), "--pool", str(tmp_path / "pool"), "--dry-run", "--json")
    done = benchwright("import", *arguments)
    found = json.loads(done.stdout)

    assert found["complete"]
    assert found["import"]["taken"][0]["benchmark"] == "mteb:MadeUpClassification@1"


def test_a_log_that_was_cut_off_makes_import_exit_with_1(tmp_path: Path) -> None:
    source = next((LOGS / "lm_eval").rglob("samples_made_up_sums*"))
    cut = tmp_path / source.name
    cut.write_bytes(source.read_bytes()[:-30])
    done = benchwright("import", str(cut), "--pool", str(tmp_path / "pool"))

    assert done.exit_code == 1
    assert "is cut off" in done.stdout


def test_a_file_of_no_known_format_makes_import_exit_with_2(tmp_path: Path) -> None:
    (tmp_path / "notes.txt").write_text("nothing")
    done = benchwright("import", str(tmp_path), "--pool", str(tmp_path / "pool"))

    assert done.exit_code == 2
    assert "Known formats: lm_eval" in done.stderr
