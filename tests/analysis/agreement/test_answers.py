"""Answers beside the table: aligned with it, of the first repeat, of no variant."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from benchwright.analysis.agreement.answers import read_answers, read_texts
from benchwright.analysis.responses.reading import read_responses
from benchwright.core.errors import DescriptionError
from benchwright.core.measurement import Measurement, Outcome

Make = Callable[..., Measurement]


@pytest.fixture
def quiz(tmp_path: Path) -> Path:
    lines = [
        "model,item,score,answer,target,chance,text,variant,repeat",
        "b,1,1,A,A,.5,One?,,0",
        "a,1,0,B,A,.5,One?,,1",
        "a,1,0,C,A,.5,One?,,0",
        "a,2,,,D,,Two?,,0",
        "b,2,0,E,D,,Two?,,0",
        "a,1,1,A,A,.5,One?,turned,0",
    ]
    (tmp_path / "quiz.csv").write_text("\n".join(lines), encoding="utf-8")
    return tmp_path / "quiz.csv"


def test_answers_stand_beside_their_scores(quiz: Path) -> None:
    table = read_responses(quiz)

    found = read_answers(quiz, table)

    told = zip((table.models[m] for m in table.model), found.given, strict=True)
    assert list(told) == [("a", "C"), ("b", "A"), ("b", "E")]
    assert found.targets == ("A", "D")
    assert found.options.tolist() == [2, 4]
    assert found.known


def test_texts_are_those_of_the_items_asked_for(quiz: Path) -> None:
    group = read_responses(quiz).groups[0]

    assert {name: one.text for name, one in read_texts(quiz, group, ["2"]).items()} == {"2": "Two?"}
    assert read_texts(quiz, group, []) == {}


def test_a_table_without_answers_has_none(tmp_path: Path) -> None:
    (tmp_path / "scores.csv").write_text("model,item,score\na,1,1\nb,1,0\n", encoding="utf-8")
    table = read_responses(tmp_path / "scores.csv")

    found = read_answers(tmp_path / "scores.csv", table)

    assert not found.known
    assert found.targets == (None,)
    assert read_texts(tmp_path / "scores.csv", table.groups[0], ["1"]) == {}


def test_only_scored_answers_of_a_pool_count_and_conditions_narrow_them(
    pool: Any, row: Make
) -> None:
    digest = pool.save_conditions(ask="letters")
    for key, model in (("a" * 32, "ada"), ("b" * 32, "bob")):
        asked = {"model_key": key, "model": model, "conditions": digest}
        pool.add([row("q1", 1.0, **asked), row("q2", None, outcome=Outcome.UNPARSED, **asked)])
    pool.connection.execute("update measurements set answer = upper(model[1])")
    table = read_responses(pool)

    found = read_answers(pool, table)
    narrowed = read_answers(pool, table, where="model = 'ada'")

    assert sorted(str(one) for one in found.given) == ["A", "B", "None", "None"]
    assert sum(one is not None for one in narrowed.given) == 1
    with pytest.raises(DescriptionError):
        read_answers(pool, table, where="model =")
