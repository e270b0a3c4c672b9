from __future__ import annotations

import json

import pytest
from msgspec.structs import replace

from benchwright.core.response import said
from benchwright.core.sample import Sample
from benchwright.scorers import _livebench_paper as paper
from benchwright.scorers._kit import question
from benchwright.scorers._livebench_paper import followed
from benchwright.scorers.livebench import SCORER
from benchwright.scorers.livebench_paper import SCORER as PAPER

CONTEST = (
    "What is it?\n$\\textbf{(A)}~5\\qquad\\textbf{(B)}~\\frac{1}{2}\\qquad\\textbf{(C)}~12$ "
    "Write the letter five times."
)


def of(task: str, target: str, *, text: str = "?", release: str = "2024-11-25") -> Sample:
    return question(text, target, {"task": task, "release": release})


@pytest.mark.parametrize(
    ("sample", "text", "value", "released"),
    [
        (of("math_comp", "B", text=CONTEST), "BBBBB", 1.0, 1.0),
        (of("math_comp", "B", text=CONTEST), "Not AAAAA. **BBBBB**", 1.0, 1.0),
        (of("math_comp", "B", text=CONTEST), "So it is $\\boxed{\\frac{1}{2}}$.", 1.0, 1.0),
        (of("math_comp", "B", text=CONTEST), "the answer is B.", 1.0, 0.0),
        (of("math_comp", "A", text=CONTEST), "It is 15.\n\nCCCCC", 0.0, 1.0),
        (of("math_comp", "A", text=CONTEST), "there are 15", None, 1.0),
        (of("math_comp", "025"), "xy = 25.\n\n**025**", 1.0, 1.0),
        (of("math_comp", "025"), "The answer is $\\boxed{25}$", 1.0, 0.0),
        (of("math_comp", "116"), "not 116 but, after all,\nthe answer is 117", 0.0, 1.0),
        (of("olympiad", "5,4,3,2,1"), "Answer: 5, 3, 4, 1, 2", 0.4, 0.4),
        (of("olympiad", "1,2"), "**Answer:** 1, 2.", 1.0, 1.0),
        (of("spatial", "3"), "**4** or **3**? So **5**", 0.0, 1.0),
        (of("spatial", "3"), "**three** pieces", 1.0, 1.0),
        (of("spatial", "tetrahedra"), "**two tetrahedra**", 1.0, 1.0),
        (of("spatial", "4"), "The final answer is $\\boxed{4}$.", 1.0, 1.0),
        (of("web_of_lies_v2", "yes, no, unknown"), "**yes, no, unknown**", 1.0, 1.0),
        (of("web_of_lies_v2", "yes, no, unknown"), "**yes**, **no**, **unknown**", 1.0, 1.0),
        (of("web_of_lies_v2", "yes, no, unknown"), "**yes, no**", None, 0.0),
        (of("zebra_puzzle", "1, cook, tram"), "<solution>1, cook, bus</solution>", 1 / 3, 1 / 3),
        (of("zebra_puzzle", "1, cook"), "<solution>11, cook</solution>", 0.25, 1.0),
        (of("zebra_puzzle", "bus", release="2024-06-24"), "***bus***", 1.0, 1.0),
        (of("cta", "id"), "Class: `id`", 1.0, 1.0),
        (of("cta", "id"), "paid", 0.0, 1.0),
        (of("tablejoin", '{"a": "b", "c": "d"}'), "```json\n{\"a\": \"b\"}\n```", 2 / 3, 0.67),
        (of("tablejoin", '{"a": "b"}'), "It maps a to b.", None, 0.0),
        (of("AMPS_Hard", "\\frac{1}{2}"), "$f(x) = \\boxed{\\dfrac12}$", 1.0, 1.0),
        (of("AMPS_Hard", "x^2"), "$\\boxed{x^2 + C}$", 1.0, 1.0),
    ],
)  # fmt: skip
def test_each_task_is_judged_by_its_rule_and_by_the_released_one(
    sample: Sample, text: str, value: float | None, released: float
) -> None:
    ours = SCORER(sample, said(text)).value
    assert ours is value or ours == pytest.approx(value)
    assert PAPER(sample, said(text)).value == pytest.approx(released)


def test_three_of_four_instructions_kept_are_worth_three_eighths() -> None:
    assert followed([True, True, False, True]) == 0.375
    assert followed([True, True]) == 1.0


def test_instructions_are_verified_by_ifevals_verifiers() -> None:
    wanted = [
        ["detectable_format:title", {}],
        ["keywords:existence", {"keywords": ["sun", "mine"]}],
    ]
    sample = Sample(
        id="s",
        input=question("?", "").input,
        tags={"task": "paraphrase", "release": "2024-11-25"},
        metadata={"instructions": json.dumps(wanted)},
    )
    score = SCORER(sample, said("<<a title>>\nThe sun shines."))
    assert (score.value, score.answer) == (0.25, "1 of 2 kept")
    assert SCORER(sample, said("<<a title>>\nThe sun over the mine.")).value == 1.0


TABLE = '[{"a": 1, "b": "x, y"}, {"a": 2.5, "b": null}]'


@pytest.mark.parametrize(
    ("kind", "target", "text", "value"),
    [
        ("csv", "a,b\n1,x\n2,y\n", "```csv\nb,a\nx,1.0\ny,2\n```", 1.0),
        ("csv", "a,b\n1,x\n2,y\n", "Here is the table:\n\na,b\n1,x\n2,y\n\nDone.", 1.0),
        ("csv", "a,b\n1,x\n2,y\n", "a,b\n2,y\n1,x\n", 0.0),
        ("csv", "a,b\n1,x\n2,y\n", "a,b\n1,x\n2,y\n3,z", 0.0),
        ("csv", "a,b\n1,x\n2,y\n", "I cannot convert it.", None),
        ("tsv", "a\tb\n1\tx\n", "a\tb\n1\tx", 1.0),
        ("json", TABLE, TABLE, 1.0),
        ("json", TABLE, '{"0": {"b": "x, y", "a": 1}, "7": {"a": 2.5, "b": null}}', 1.0),
        ("json", TABLE, "Sure: " + TABLE + "\nGood luck", 1.0),
        ("jsonl", '{"a": 1}\n{"a": 2}', '```\n{"a": "1"}\n{"a": 2}\n```', 1.0),
        (
            "html",
            "<table><tr><th>a</th></tr><tr><td>1</td></tr></table>",
            "<html><table border=1><thead><tr><th> a </th></tr></thead><tr><td>1</table></html>",
            1.0,
        ),
        ("markdown", "|a|b|\n|--|--|\n|1|x|", "| b | a |\n| :-- | --: |\n| x | 1 |", 1.0),
    ],
)
def test_tables_are_the_same_whatever_the_order_of_columns(
    kind: str, target: str, text: str, value: float | None
) -> None:
    sample = replace(of("tablereformat", target), metadata={"format": kind})
    assert SCORER(sample, said(text)).value == value


def test_the_released_rule_reads_a_column_as_numbers_only_if_all_of_it_is() -> None:
    truth = '{"a": 0.5}\n{"a": null}'
    assert paper.tablereformat('{"a": "0.5"}\n{"a": null}', truth, "jsonl") == 1.0
    assert paper.tablereformat('{"a": "0.5"}\n{"a": ""}', truth, "jsonl") == 0.0
