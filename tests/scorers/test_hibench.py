from __future__ import annotations

import pytest

from benchwright.core.content import Text
from benchwright.core.response import said
from benchwright.core.sample import Sample
from benchwright.scorers.hibench import SCORER
from benchwright.scorers.hibench_paper import SCORER as PAPER


def asked(kind: str, target: str) -> Sample:
    return Sample(id="x", input=(Text("?"),), target=target, metadata={"kind": kind})


@pytest.mark.parametrize(
    ("kind", "target", "answer", "corrected", "released"),
    [
        ("bool", "true", '{"answer": "false"}', 0, 1),
        ("multiset", "a, b, c", '{"answer": "a,b"}', 0, 1),
        ("ordered", "1, 2, 3", '{"answer": "3, 2, 1"}', 0, 1),
        ("integer", "1", '{"answer": "12"}', 0, 1),
        ("integer", "1", "the depth is 1", 1, None),
        ("multiset", "1, 2, 3", '{"answer": [3, 1, 2]}', 1, 0),
    ],
)
def test_the_released_matching_is_not_the_corrected_one(
    kind: str, target: str, answer: str, corrected: float, released: float | None
) -> None:
    assert SCORER(asked(kind, target), said(answer)).value == corrected
    assert PAPER(asked(kind, target), said(answer)).value == released


@pytest.mark.parametrize(
    ("kind", "target", "answer"),
    [
        ("bool", "true", '```json\n{"answer": true}\n```'),
        ("bool", "true", "Yes."),
        ("bool", "false", "The answer is **No**."),
        ("bool", "false", "<think>It is true?</think>It is false"),
        ("integer", "5", 'First {"answer": 4}? No: {"Answer" = 5'),
        ("integer", "5", "**5**"),
        ("integer", "5", "The node depth: the answer is 5."),
        ("integer", "5", "The depth of node 0 is **5**."),
        ("number", "2.33", '{"answer": 2.333}'),
        ("number", "1200", '{"answer": "1,200.00"}'),
        ("number", "7", "3 + 4 = 7. Answer: 3 + 4 = 7"),
        ("text", "inorder", "{'answer': 'Inorder'}"),
        ("multiset", "None", '{"answer": None}'),
        ("multiset", "1, 2", "{'answer': [2, 1]}"),
        ("ordered", "3, 1, 2", '{"answer": "3 -> 1 -> 2"}'),
        ("edges", "0 -> 1, 0 -> 2", '{"answer": ["0->2", "0->1"]}'),
        ("edges", "0 -(L)-> 1", '{"answer": "0 -(l)-> 1"}'),
        ("drawing", "0\n|-- 1\n`-- 2", '{"answer": "0\n├── 2\n└── 1"}'),
        ("formula", "( 1 + 2 ) * 3", '{"answer": "(1+2)*3"}'),
        ("formula", "1 2 + 3 *", '{"answer": "(1 + 2) × 3"}'),
        ("complexity", "O(n log n)", '{"answer": "O(n·log(n))"}'),
        ("complexity", "O(n^2)", "The complexity is $O(n^{2})$."),
        ("complexity", "O(n^2)", '{"answer": "O(n²)"}'),
        (
            "complexity",
            "O(n)",
            "It loops once over all of its values, which it adds up.\n\nSo O(n).",
        ),
        ("edges", "0 -> 1, 0 -> 2", "```\n0 -> 2, 0 -> 1\n```"),
    ],
)
def test_a_right_answer_is_right_in_whatever_dress(kind: str, target: str, answer: str) -> None:
    assert SCORER(asked(kind, target), said(answer)).value == 1


@pytest.mark.parametrize(
    ("kind", "target", "answer"),
    [
        ("bool", "true", "It could be true or false."),
        ("integer", "5", "Between 4 and 6, I cannot say."),
        ("formula", "1 + 2", '{"answer": "1 +"}'),
        ("text", "inorder", "I cannot help\nwith that."),
        ("complexity", "O(n)", "Is it O(n) or O(n^2)? " + "It depends on what is meant. " * 4),
        ("drawing", "0\n`-- 1", '{"answer": "  -- "}'),
    ],
)
def test_what_states_no_answer_is_not_scored(kind: str, target: str, answer: str) -> None:
    assert SCORER(asked(kind, target), said(answer)).value is None
