"""Logs that other harnesses wrote; docs/exchange.md says which of them are real runs."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from benchwright.exchange.imported import Imported
from benchwright.exchange.importing import import_logs

LOGS = Path(__file__).parent / "logs"


@pytest.fixture(scope="session")
def everything(tmp_path_factory: pytest.TempPathFactory) -> tuple[Imported, Path]:
    """What came of importing every log, and the pool."""
    pool = tmp_path_factory.mktemp("everything") / "pool"
    return import_logs([LOGS], pool=pool), pool


def sample_line(**changes: Any) -> dict[str, Any]:
    """One line of lm_eval's samples."""
    line = {
        "doc_id": 0,
        "doc": {"question": "What is 2 + 3?", "kind": "sum"},
        "target": "5",
        "arguments": {"gen_args_0": {"arg_0": "What is 2 + 3?", "arg_1": {"until": ["\n"]}}},
        "resps": [["5"]],
        "filtered_resps": ["5"],
        "filter": "none",
        "metrics": ["exact_match"],
        "doc_hash": "d",
        "prompt_hash": "p",
        "target_hash": "t",
        "exact_match": 1.0,
    }
    return line | changes


def write_samples(path: Path, *lines: dict[str, Any]) -> Path:
    """Write lm_eval's samples; without results beside them, so nothing is known of the run."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text("".join(json.dumps(line) + "\n" for line in lines), encoding="utf-8")
    return path
