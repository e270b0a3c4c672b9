"""Asking until enough is known, from the outside: one command, one pool."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from benchwright.analysis.adaptive.reading import recompute
from benchwright.core.errors import DescriptionError
from benchwright.evaluation import choices
from benchwright.evaluation.result import RunResult
from benchwright.evaluation.run import run
from benchwright.evaluation.settings import FileFields
from benchwright.pool import Pool

NUMBER = 600
FIELDS = FileFields(input="q", target="a", choices="o", id="id", tags=("topic",))


@pytest.fixture(scope="module")
def questions(tmp_path_factory: pytest.TempPathFactory) -> str:
    path = tmp_path_factory.mktemp("questions") / "mine.jsonl"
    rows = [
        {"id": f"q{n:03}", "q": f"What is {n}?", "o": ["x", "y"], "a": "AB"[n % 2], "topic": "t"}
        for n in range(NUMBER)
    ]
    path.write_text("\n".join(map(json.dumps, rows)), encoding="utf-8")
    return f"file:{path}"


class Asker:
    def __init__(self, questions: str, pool: Path) -> None:
        self.questions = questions
        self.pool = pool

    def __call__(self, **settings: Any) -> RunResult:
        given = {"model": "scripted:one", "until": "6pt", "strict": True, **settings}
        return run(self.questions, pool=self.pool, fields=FIELDS, **given)

    def items(self) -> list[str]:
        with Pool.open(self.pool, create=False) as pool:
            rows = pool.query("select sample from measurements order by sample").rows
        return [name for (name,) in rows]


@pytest.fixture
def ask(questions: str, tmp_path: Path) -> Asker:
    return Asker(questions, tmp_path / "pool")


def line(result: RunResult) -> dict[str, Any]:
    (found,) = result.table.records()
    return found


def test_it_stops_early_and_says_by_which_rule(ask: Asker) -> None:
    result = ask()
    found = line(result)
    assert result.status == "complete"
    assert result.run.counts["requests"] == found["n"] < NUMBER
    assert "half-width" in found["stopped by"]
    assert max(found["high"] - found["score"], found["score"] - found["low"]) <= 0.06
    whole = ask(until="").table.records()[0]
    assert found["low"] <= whole["score"] <= found["high"]
    print(result.table)
