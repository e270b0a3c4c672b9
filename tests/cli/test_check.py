"""``benchwright check --all`` where reference solutions must be run."""

from __future__ import annotations

from pathlib import Path

import pytest
from click.testing import CliRunner

from benchwright.cli import cli


def test_an_absent_package_is_named_and_no_right_answer_is_called_rejected(
    data_folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("importlib.util.find_spec", lambda name: None)
    name = "bigcodebench_lite_pro"
    done = CliRunner().invoke(cli, ["check", name, "--all", "--data", str(data_folder)])
    assert done.exit_code == 2
    assert "pip install" in done.stderr
    assert "reject" not in done.output
