from __future__ import annotations

import json
from pathlib import Path

import pytest

from benchwright.benchmarks.instructions import FIGURES, read_instructions
from benchwright.core.benchmark import Row
from benchwright.core.errors import DataError
from benchwright.core.measurement import Outcome

OF = {figure.name: figure.of for figure in FIGURES}


def row(answer: str | None, target: str = "a:b; c:d", outcome: Outcome = Outcome.SCORED) -> Row:
    return Row(sample=str(answer), outcome=outcome, answer=answer, target=target)


def test_figures_count_prompts_and_instructions_strictly_and_loosely() -> None:
    rows = [
        row("a:b: kept; c:d: kept"),
        row("a:b: kept; c:d: kept loosely"),
        row("a:b: broken", target="a:b"),
        row(None, outcome=Outcome.EMPTY),
    ]
    assert OF["prompt-level loose"](rows) == 2 / 4
    assert OF["instruction-level strict"](rows) == 3 / 7
    assert OF["instruction-level loose"](rows) == 4 / 7


def test_figures_are_undefined_where_another_scorer_made_the_rows() -> None:
    assert [of([row("B")]) for of in OF.values()] == [None] * 3
    assert [of([]) for of in OF.values()] == [None] * 3


def test_what_nothing_verifies_is_refused_with_its_line(tmp_path: Path) -> None:
    record = {"key": 1, "prompt": "?", "instruction_id_list": ["a:b"], "kwargs": [{}]}
    path = tmp_path / "data.jsonl"
    path.write_text(json.dumps(record))
    with pytest.raises(DataError, match="line 1: nothing verifies 'en:a:b'"):
        list(read_instructions(path, "en"))


def test_a_record_is_the_same_with_and_without_its_language_and_empty_arguments(
    tmp_path: Path,
) -> None:
    kinds = ["punctuation:no_comma", "detectable_format:title"]
    one = {"key": 7, "prompt": "?", "instruction_id_list": kinds, "kwargs": [{}, {"num": None}]}
    other = one | {"instruction_id_list": [f"en:{kind}" for kind in kinds], "kwargs": [{}, {}]}
    path = tmp_path / "data.jsonl"
    path.write_text(f"{json.dumps(one)}\n{json.dumps(other)}\n")
    first, second = read_instructions(path, "en")
    assert first == second
    assert first.tags == {"language": "en", "instructions": "2", "group": "several"}
