from __future__ import annotations

import pytest

from benchwright.core.content import Text
from benchwright.core.sample import Sample
from benchwright.scorers._zeroeval import read
from benchwright.scorers.zeroeval import SCORER
from benchwright.scorers.zeroeval_paper import SCORER as PAPER
from benchwright.scorers.zeroeval_text_paper import SCORER as TEXT_PAPER


def question(target: str) -> Sample:
    return Sample(id="s", input=(Text("?"),), target=target)


@pytest.mark.parametrize(
    ("output", "target", "paper", "corrected"),
    [
        ('{"answer": "$1,234.50"}', "1234.5", 1.0, 1.0),
        ('{"answer": "5"} no, {"answer": "6"}', "5", 1.0, 0.0),
        ('{"answer": "5"} no, {"answer": "6"}', "6", 0.0, 1.0),
        ('the set {1, 2} gives {"answer": "7"}', "7", 1.0, 1.0),
        ('{"answer": 5 … "answer": "7"', "7", 1.0, 1.0),
        ('"answer": 8}', "8", 1.0, 0.0),
        ('{"answer": [3, 4]}', "3", 1.0, 0.0),
        ('{"answer": "1/3"}', "1/3", 1.0, 1.0),
        ('{"answer": "0.333"}', "1/3", 0.0, 0.0),
        ('{"answer": null}', "5", 0.0, 0.0),
        ("**Answer**: 8", "8", None, None),
        ("so $\\boxed{-36}$", "-36", None, None),
        ('{"answer": "18 dollars"}', "18", 1.0, 0.0),
        ('{"answer": "20 - 4 = 16"}', "20", 1.0, 0.0),
        ('{"answer": "3/4"}', "0.75", 1.0, 1.0),
        ('{"answer": "9**9**9/1"}', "9", 1.0, 0.0),
        ("the answer: 8", "# 8", 1.0, 1.0),
    ],
)
def test_numbers_by_the_released_and_by_the_corrected_rule(
    answer, output: str, target: str, paper: float | None, corrected: float | None
) -> None:
    assert PAPER(question(target), answer(output)).value == paper
    assert SCORER(question(target), answer(output)).value == corrected


def test_a_box_is_read_for_one_model_family_on_paper_and_for_all_by_default(answer) -> None:
    boxed = "the result is $\\boxed{36}$"
    assert PAPER(question("36"), answer(boxed, "Meta-Llama-3.1-70B-Instruct")).value == 1.0
    assert PAPER(question("36"), answer(boxed, "another")).value is None
    assert SCORER(question("36"), answer(boxed, "another")).value == 1.0


@pytest.mark.parametrize(
    ("output", "target", "right"),
    [
        ('{"answer": "abc"}', "'abc'", 1.0),
        ('{"answer": " abc"}', "'abc'", 0.0),
        ('{"answer": ""}', "''", 1.0),
        ('{"answer": {"1": null}}', "{1: None}", 0.0),
        ('{"answer": "a\\nb"}', "'a\\nb'", 1.0),
        ('{"answer": "[1,2]"}', "[1, 2]", 0.0),
        ('{"answer": [1, 2]}', "[1, 2]", 1.0),
        ('{"answer": true}', "True", 1.0),
    ],
)
def test_python_literals_by_the_released_rule(
    answer, output: str, target: str, right: float
) -> None:
    assert TEXT_PAPER(question(target), answer(output)).value == right


def test_null_is_an_answer_and_an_unfinished_object_is_searched() -> None:
    assert read('{"answer": null}', paper=True).found
    assert read('{"reasoning": "x", "answer": "7"', paper=True).rule == "field search"
    assert not read("nothing", paper=True).found


def test_where_the_two_rules_read_differently_it_is_flagged(answer) -> None:
    score = SCORER(question("6"), answer('{"answer": "5"} no, {"answer": "6"}'))
    assert (score.answer, score.strict_answer, score.extractors_agree) == ("6", "5", False)
