from __future__ import annotations

import json
from pathlib import Path

import pytest
from click.testing import CliRunner
from msgspec.structs import replace

from benchwright import catalog
from benchwright.cli import cli
from benchwright.core.benchmark import Figure, Metric
from benchwright.pool import Pool
from benchwright.report.html import write_report


@pytest.fixture(autouse=True)
def reported(monkeypatch: pytest.MonkeyPatch) -> None:
    """The quiz's authors report two further figures, one of which is undefined."""
    made = (
        Figure(name="rows <b>", about="How many rows.", of=lambda rows: float(len(rows))),
        Figure(name="never", about="Undefined here.", of=lambda rows: None),
    )
    monkeypatch.setattr(catalog, "figures", lambda name: made if name == "quiz" else ())


def test_the_page_shows_the_figures_with_what_they_are(pool: Pool, tmp_path: Path) -> None:
    text = write_report(pool, tmp_path / "r.html").read_text(encoding="utf-8")
    assert "Further figures" in text
    assert "rows &lt;b&gt;" in text
    assert "How many rows" in text
    assert "<b>" not in text.replace("<b></b>", "")


def test_tables_are_printed_instead_of_a_page(
    pool: Pool, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    done = CliRunner().invoke(cli, ["report", "pool", "--tables"])
    assert done.exit_code == 0, done.output
    assert "rows <b>" in done.stdout
    assert not (tmp_path / "report.html").exists()
    whole = CliRunner().invoke(cli, ["report", "pool", "--tables", "--json"])
    told = json.loads(whole.stdout)
    assert {row["figure"]: row["value"] for row in told["figures"]}["never"] is None
    assert told["rows"][0]["benchmark"] == "quiz@1-abc"
    csv = CliRunner().invoke(cli, ["report", "pool", "--tables", "--format", "csv"])
    assert "rows <b>" not in csv.stdout


def test_differences_of_a_harmonic_mean_say_what_is_compared(pool: Pool, tmp_path: Path) -> None:
    card, strata = pool.card("quiz@1-abc")
    pool.save_card("quiz@1-abc", replace(card, metric=Metric(average="harmonic:subject")), strata)
    text = write_report(pool, tmp_path / "r.html").read_text(encoding="utf-8")
    assert "Compared are plain means over subject, not the harmonic mean." in text
