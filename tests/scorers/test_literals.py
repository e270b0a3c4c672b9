"""Python literals and proposed inputs in answers."""

from __future__ import annotations

import pytest

from benchwright.scorers._literals import equal, stated
from benchwright.scorers.cruxeval_input import proposed

TARGET = "[(4, 1), 'a']"


@pytest.mark.parametrize(
    "answer",
    [
        TARGET,
        f"**{TARGET}**",
        f"`{TARGET}`",
        '[(4,1),"a"]',
        f"assert f([1]) == {TARGET}",
        f"assert f([1]) == {TARGET} # done",
        f"```python\nassert f('==') == {TARGET}\n```",
        f"[ANSWER]\nassert f(2)=={TARGET}\n[/ANSWER]",
        f"[ANSWER]\n1\n[/ANSWER] no, [ANSWER]\n{TARGET}\n[/ANSWER]",
        f"assert f(2) == {TARGET}\n[/ANSWER]\n\n[PYTHON]\nassert f(3) == 4",
        f"So f([1]) returns:\n```\n{TARGET}\n```",
        f"The output is `{TARGET}`.",
        f"Therefore, the output of `f([1])` is {TARGET}.",
        f"The function returns {TARGET}.",
        f"The final answer is: **{TARGET}**.",
        f"<think>assert f(1) == 3</think>\nassert f(1) == {TARGET}",
        f'{{"answer": "assert f(1) == {TARGET}"}}',
        f'```json\n{{"reasoning": "f(1) == 2", "answer": "{TARGET}"}}\n```',
        f'{{"reasoning": "x", "answer": "{TARGET}"}}\n```json\n{{"answer": "___"}}\n```',
    ],
)
def test_the_literal_is_found_however_it_is_stated(answer: str) -> None:
    found, rule = stated(answer)
    assert rule
    assert equal(found, TARGET)


@pytest.mark.parametrize("answer", ["", "I'm not sure.", "assert f(1) == ??", "qxv wrzk jjfp"])
def test_no_literal_is_none(answer: str) -> None:
    assert stated(answer)[1] == ""


@pytest.mark.parametrize(
    ("answer", "target", "right"),
    [
        ("hello", "'hello'", True),
        ('"hello"', "'hello'", True),
        ("'{'a': 1}'", "{'a': 1}", True),
        ('"a\nb"', "'a\\nb'", True),
        ("a\\nb", "'a\\nb'", True),
        ("", "''", True),
        ("5", "'5'", True),
        ("'5'", "5", False),
        (" abc", "'abc'", False),
        ([1, 2], "[1, 2]", True),
        ([1, 2], "(1, 2)", False),
        ({"1": None}, "{1: None}", False),
        (True, "True", True),
        ("True", "True", True),
        ("8.50", "8.5", True),
        ("{2: 1, 1: 2}", "{1: 2, 2: 1}", True),
        ("__import__('os').getcwd()", "1", False),
    ],
)
def test_values_are_compared_not_texts(answer: object, target: str, *, right: bool) -> None:
    assert equal(answer, target) is right


@pytest.mark.parametrize(
    "answer",
    [
        "[ANSWER]\nassert f([1,2], 'x') == 3\n[/ANSWER]",
        "assert f([1, 2], 'x') == 3",
        "f([1,2], 'x')",
        "[1, 2], 'x'",
        "```python\nassert f([1,2], 'x') == 3\n```",
        "One input is `f([1,2], 'x')`, since f(3) is wrong.",
        "The input could be `[1,2], 'x'`.",
        "[ANSWER]\n[1,2], 'x'\n[/ANSWER]",
        '{"answer": "[1,2], \'x\'"}',
        '{"reasoning": "f(3)?", "answer": "f([1,2], \'x\')"}',
        "So:\n\nassert f([1,2], 'x') == 3\n\nbecause f(3) is wrong.",
    ],
)
def test_the_proposed_input_is_found(answer: str) -> None:
    assert proposed(answer) == "[1, 2], 'x'"


@pytest.mark.parametrize("answer", ["", "I don't know.", "assert f(??) == 3", "blue", "f(1); g()"])
def test_no_input_or_more_than_a_call_is_none(answer: str) -> None:
    assert proposed(answer) in {None, "1"} if ";" in answer else proposed(answer) is None


def test_the_input_is_one_call_whatever_stands_beside_it() -> None:
    assert proposed("f(')', (1)) == 3) or __import__('os')") == "')', 1"
