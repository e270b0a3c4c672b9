from __future__ import annotations

from pathlib import Path

import pytest
import zoo_page

from benchwright import catalog

REPOSITORY = Path(__file__).resolve().parents[2]


def test_a_line_says_what_a_card_does(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    parity = tmp_path / "parity.md"
    parity.write_text("## mmlu\n\n## else\n", encoding="utf-8")
    monkeypatch.setattr(zoo_page, "PARITY", parity)
    *_, mmlu, gsm8k = zoo_page.page(["mmlu", "gsm8k"]).splitlines()
    for part in ("`mmlu`: Measuring", "14,042", "letters, options, generate", "MIT", "| yes |"):
        assert part in mmlu
    assert gsm8k.endswith("|  |")


def test_the_page_of_the_zoo_is_what_the_cards_say() -> None:
    page = (REPOSITORY / "docs" / "zoo.md").read_text(encoding="utf-8")
    if page != zoo_page.page(catalog.benchmarks()):
        pytest.fail("docs/zoo.md is not what the cards say: run `make docs`")
