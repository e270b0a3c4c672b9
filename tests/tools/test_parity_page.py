from __future__ import annotations

import sys
from pathlib import Path
from types import ModuleType

import pytest
from parity.__main__ import main, names, reckoned
from parity.case import Case
from parity.page import Standing, page, standing

EXACT = Case("quiz", "ada", "accuracy", 70.0, 70.0, "quiz_paper", corrected=69.5, rows=1319)
NEAR = Case("quiz", "bob", "accuracy", 70.0, 70.04, "quiz_paper")
TOLD = Case("quiz", "cy", "accuracy", 70.0, 71.0, "quiz", explained=("q7: the key is | wrong",))
OPEN = Case("riddles", "ada", "accuracy", 50.0, 51.0, "riddle", source="authors@123 scores.json")


def test_differences_are_sorted_by_how_they_stand() -> None:
    assert [standing(case) for case in (EXACT, NEAR, TOLD, OPEN)] == list(Standing)
    # As binary numbers these differ: 0.1 + 0.2 and 0.3.
    assert standing(Case("q", "m", "f", 0.3, 0.1 + 0.2, "r")) is Standing.EXACT


def test_the_page_counts_lists_and_hides_nothing() -> None:
    text = page({"one": [EXACT, NEAR, TOLD], "two": [OPEN], "three": "OSError: no\nfile"})
    assert "| quiz | 3 | 3 | 1 | 1 | 1 | 0 |" in text
    assert "| **all** | 4 | 4 | 1 | 1 | 1 | 1 |" in text
    assert "**NOT RECKONED, three:** OSError: no file" in text
    assert "**UNEXPLAINED:** riddles ada (accuracy)" in text
    assert "| ada | accuracy | 70 | 70 | 0 | 69.5 | 1,319 | `quiz_paper` |" in text
    assert "q7: the key is \\| wrong" in text
    assert "Read at: authors@123 scores.json." in text


def test_many_explaining_samples_are_counted() -> None:
    many = TOLD._replace(explained=tuple(f"q{n}: why" for n in range(20)))
    text = page({"one": [many]})
    assert "q11: why; and 8 more" in text
    assert "q12: why" not in text


@pytest.fixture
def group(monkeypatch: pytest.MonkeyPatch) -> ModuleType:
    module = ModuleType("parity.made_up")
    monkeypatch.setitem(sys.modules, "parity.made_up", module)
    return module


def test_a_group_that_fails_or_is_missing_is_said(
    group: ModuleType, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert reckoned("no_such_group", tmp_path) == "there is no such module yet"

    def cases(data: Path) -> None:
        raise OSError(f"{data.name} is empty")

    group.cases = cases  # type: ignore[attr-defined]
    assert reckoned("made_up", tmp_path) == f"OSError: {tmp_path.name} is empty"
    assert "Traceback" in capsys.readouterr().err
    group.cases = lambda data: iter([])  # type: ignore[attr-defined]
    assert reckoned("made_up", tmp_path) == "its folders hold no recorded outputs"
    group.cases = lambda data: iter([EXACT])  # type: ignore[attr-defined]
    assert reckoned("made_up", tmp_path) == [EXACT]


def test_the_command_writes_the_page_and_fails_where_something_is_open(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    found = {"one": [EXACT], "two": [OPEN]}
    monkeypatch.setattr("parity.__main__.names", lambda: list(found))
    monkeypatch.setattr("parity.__main__.reckoned", lambda name, data: found[name])
    out = tmp_path / "parity.md"
    assert main([str(tmp_path), str(out)]) == 1
    assert "| riddles |" in out.read_text("utf-8")
    assert "UNEXPLAINED" in capsys.readouterr().out
    found["two"] = [NEAR]
    assert main([str(tmp_path), "-"]) == 0
    assert "# Published scores" in capsys.readouterr().out
    assert main([]) == 2


def test_every_group_that_is_to_be_is_looked_for() -> None:
    assert {"knowledge", "reasoning", "math", "code", "instructions", "domain"} <= {*names()}
    assert not {"case", "page", "__main__"} & {*names()}
