"""What a generated question is made of, and how it becomes a sample."""

from __future__ import annotations

from msgspec import Struct

from benchwright.core.content import Text
from benchwright.core.sample import Sample

SIZES = ("easy", "medium", "hard")
"""Sizes of what is asked about."""

_FORMS = {
    "bool": "true or false",
    "integer": "one whole number",
    "number": "the value rounded to two decimals",
    "text": "the name or value as it stands there",
    "multiset": "the nodes separated by commas, or None if there are none",
    "ordered": "the nodes separated by commas, in order",
    "edges": "all edges of the new structure, separated by commas, in the form given",
    "drawing": "the new structure, drawn in the form given",
    "formula": "the formula, its parts separated by spaces",
    "complexity": "the class in big-O notation, such as O(n)",
}
"""Kind of answer → what it is asked to look like."""


class Question(Struct, frozen=True, kw_only=True):
    """One generated question."""

    task: str
    """What is asked: ``leaf``, ``node depth`` …"""
    given: str
    """The structure asked about."""
    asked: str
    """The question."""
    answer: str
    """The right answer."""
    kind: str
    """How answers are read and compared: one of the kinds of ``scorers/_hierarchy.py``."""
    representation: str
    """How the structure is written: ``edges``, ``drawing``, ``JSON``, ``infix`` …"""


def sample(question: Question, level: str, scenario: str, size: str, number: int) -> Sample:
    """Return the sample that asks ``question``."""
    shape = f'Give only {{"answer": …}} with {_FORMS[question.kind]}.'
    return Sample(
        id=f"{scenario}/{question.task}/{question.representation}/{size}/{number}".replace(
            " ", "_"
        ),
        input=(Text(f"{question.given}\n\n{question.asked}\n{shape}"),),
        target=question.answer,
        tags={
            "level": level,
            "scenario": scenario,
            "task": question.task,
            "representation": question.representation,
            "size": size,
        },
        metadata={"kind": question.kind},
    )
