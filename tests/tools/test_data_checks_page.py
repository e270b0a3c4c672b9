from __future__ import annotations

from pathlib import Path

import data_checks
import pytest
from data_checks import Checked, main, page

from benchwright.testing.data_checks.finding import Finding


def finding(what: str, count: int, **more) -> Finding:  # type: ignore[no-untyped-def]
    return Finding(what=what, count=count, of=100, **more)


QUIZ = Checked(
    "quiz", 100, "a part", (
        ("duplicates", finding("repeat another sample word for word", 3, examples=("a|b = c",))),
        ("options", finding("have an empty option", 0)),
        ("letters", finding("have B as their target, the commonest letter", 90, p=1e-15)),
        ("scoring", finding("accept noise, asked by letters", 2, broken=True)),
    ),
)  # fmt: skip
GONE = Checked("riddles", 0, "", (), "riddles: not in the data folder")


def test_the_page_gives_numbers_and_leaves_out_noughts() -> None:
    text = page([QUIZ, GONE], sandboxed="run in the sandbox")
    assert "| [quiz](#quiz) | 100 | 3 |  |  |  | 2 | 90.0% (**p < 1e-12**) |" in text
    assert "3 of 100 repeat another sample word for word: a\\|b = c" in text
    assert "empty option" not in text
    assert "**BREAKS** 2 of 100 accept noise" in text
    assert "100 samples (here: a part)." in text
    assert "- `riddles`: riddles: not in the data folder" in text
    assert "Programs: run in the sandbox." in text


def test_the_command_fails_where_a_contract_is_broken(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(data_checks, "checked", lambda name, *_: QUIZ)
    monkeypatch.setattr(data_checks, "sandbox", lambda stack: (None, "played"))
    out = tmp_path / "page.md"
    assert main([str(tmp_path), str(out), "gsm8k"]) == 1
    assert "## quiz" in out.read_text("utf-8")
    assert main([]) == 2


@pytest.mark.data
def test_a_real_benchmark_is_checked_whole(data_folder: Path) -> None:
    from benchwright.testing.data_checks.across import Across

    found = data_checks.checked("gsm8k", data_folder, Across(), None)
    assert found.samples == 1_319
    assert not any(one.broken for _, one in found.findings)
    absent = data_checks.checked("gsm8k", Path(__file__).parent, Across(), None)
    assert "gsm8k: not in the data folder" in absent.problem
