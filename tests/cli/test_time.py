from __future__ import annotations

import json
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from benchwright import catalog
from benchwright.cli import cli
from benchwright.core.model import Identity, ModelSettings
from benchwright.core.run import Measured, Run
from benchwright.pool import Pool

ASKED = {
    "requests": 1200.0, "reused": 0.0, "retries": 0.0, "tokens_asked": 1000.0, "tokens_cached": 0.0,
    "tokens_out": 10.0, "seconds": 10.0, "seconds_waiting": 9.6, "seconds_engine": 0.2,
    "seconds_scoring": 0.1, "seconds_scoring exact@1": 0.1, "seconds_writing": 0.1,
    "cpu_seconds_model": 11.0, "cpu_seconds_engine": 0.8, "cpu_seconds_writing": 0.2,
    "seconds_probe": 1.0, "rows": 10.0,
}  # fmt: skip


class Limited:
    """A model that knows its backend's rate: twice as fast in f16."""

    closed = 0

    def __init__(self, form: str) -> None:
        fields = {"engine": "toy", "weights": "w", "format": form or "f32"}
        self.identity = Identity(kind="local", fields=fields, notes={"threads": "2"})

    def limit(self) -> float:
        return 2000.0 if self.identity.fields["format"] == "f16" else 1000.0

    def close(self) -> None:
        Limited.closed += 1


@pytest.fixture
def pool(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("BENCHWRIGHT_CACHE", str(tmp_path / "cache"))
    with Pool.open(tmp_path / "pool") as made:
        made.save_run(
            Run(
                id="20260101T0000-aa",
                status="complete",
                machine={"processor": "a processor", "cores": "2"},
                versions={"benchwright": "9"},
                measured=[
                    Measured(metrics={"seconds": 12.0, "cpu_seconds": 14.0}),
                    Measured(model="m\x1b[31m", model_key="k", metrics=ASKED),
                ],
            )
        )
    return tmp_path / "pool"


def invoked(*arguments: str) -> Result:
    return CliRunner().invoke(cli, ["time", *arguments])


def test_a_run_is_shown_part_by_part_and_steers_no_terminal(pool: Path) -> None:
    shown = invoked("--pool", str(pool))
    assert shown.exit_code == 0, shown.output
    assert "Run 20260101T0000-aa, complete, on a processor, 2 cores." in shown.output
    assert "exact@1" in shown.output
    assert "waiting for it" in shown.output
    assert "\x1b" not in shown.output


def test_machines_read_the_metrics_themselves(pool: Path) -> None:
    said = json.loads(invoked("--pool", str(pool), "--run", "2026", "--json").output)
    assert said["run"] == "20260101T0000-aa"
    assert said["measured"][1]["metrics"]["seconds_waiting"] == 9.6
    assert said["machine"]["cores"] == "2"
    assert said["advice"]


def test_formats_are_measured_side_by_side_and_kept(
    pool: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def opened(name: str, settings: ModelSettings) -> Limited:
        return Limited(settings.format)

    monkeypatch.setattr(catalog, "model", opened)
    before = Limited.closed
    shown = invoked("--measure", "toy:one", "--weights", "f32", "--weights", "f16")
    assert shown.exit_code == 0, shown.output
    assert "2.000" in shown.output
    assert Limited.closed == before + 2
    said = json.loads(invoked("--measure", "toy:one", "--json").output)
    assert [one["tokens_per_second"] for one in said] == [1000.0]
    assert len(list((pool.parent / "cache" / "limits").iterdir())) == 2


def test_a_model_without_a_limit_of_its_own_and_a_stray_option_are_refused(pool: Path) -> None:
    refused = invoked("--measure", "scripted:one")
    assert refused.exit_code == 2
    assert "only models in this process" in refused.output
    stray = invoked("--pool", str(pool), "--weights", "f16")
    assert stray.exit_code == 2
    assert "--measure" in stray.output
