"""Questions about arithmetic formulas in three notations: their value, conversion, equivalence."""

from __future__ import annotations

import random
from collections.abc import Callable, Iterator
from fractions import Fraction

from msgspec import Struct

from benchwright.benchmarks.hierarchy.asked import Question

NOTATIONS = ("infix", "postfix", "prefix")
_PRIORITY = {"+": 1, "-": 1, "*": 2, "/": 2}
_SHAPE = {"easy": (3, "+-", 9), "medium": (5, "+-*", 20), "hard": (8, "+-*/", 50)}
_LARGEST = 10**6


class Formula(Struct, frozen=True):
    """A number, or two formulas joined by an operator."""

    head: str
    """The number, or the operator."""
    left: Formula | None = None
    """What stands before the operator."""
    right: Formula | None = None
    """What stands after it."""

    def parts(self) -> tuple[Formula, Formula] | None:
        """Return both sides; None of a number."""
        return None if self.left is None or self.right is None else (self.left, self.right)

    def value(self) -> Fraction:
        """Return the exact value.

        Raises:
            ZeroDivisionError: it divides by 0.
        """
        sides = self.parts()
        if sides is None:
            return Fraction(self.head)
        one, other = (side.value() for side in sides)
        if self.head in "+-":
            return one + other if self.head == "+" else one - other
        return one * other if self.head == "*" else one / other

    def written(self, notation: str) -> str:
        """Return it in one of ``NOTATIONS``, parts separated by spaces."""
        sides = self.parts()
        if sides is None:
            return self.head
        one, other = (side.written(notation) for side in sides)
        if notation == "postfix":
            return f"{one} {other} {self.head}"
        if notation == "prefix":
            return f"{self.head} {one} {other}"
        left, right = sides
        first = f"( {one} )" if self._needs(left, after=False) else one
        second = f"( {other} )" if self._needs(right, after=True) else other
        return f"{first} {self.head} {second}"

    def _needs(self, side: Formula, *, after: bool) -> bool:
        if side.parts() is None:
            return False
        own, inner = _PRIORITY[self.head], _PRIORITY[side.head]
        return inner < own or (after and inner == own)


def question(draw: random.Random, task: str, representation: str, size: str) -> Question:
    """Return one question of ``task`` about a formula in the notation ``representation``."""
    formula = _valued(draw, size)
    given, asked, answer, kind = _TASKS[task](draw, formula, representation)
    return Question(
        task=task, given=given, asked=asked, answer=answer, kind=kind, representation=representation
    )


def tasks() -> Iterator[str]:
    """Yield every task."""
    yield from _TASKS


def two_decimals(value: Fraction) -> str:
    """Return the value rounded half to even to two decimals, without trailing zeros."""
    rounded = round(value, 2)
    text = f"{float(rounded):.2f}".rstrip("0").rstrip(".")
    return "0" if text == "-0" else text


def _valued(draw: random.Random, size: str) -> Formula:
    numbers, operators, largest = _SHAPE[size]
    while True:
        formula = _grown(draw, numbers, operators, largest)
        try:
            value = formula.value()
        except ZeroDivisionError:
            continue
        if abs(value) < _LARGEST:
            return formula


def _grown(draw: random.Random, numbers: int, operators: str, largest: int) -> Formula:
    if numbers == 1:
        return Formula(str(draw.randint(1, largest)))
    left = draw.randint(1, numbers - 1)
    sides = (_grown(draw, n, operators, largest) for n in (left, numbers - left))
    return Formula(draw.choice(operators), *sides)


def _compute(
    draw: random.Random,  # noqa: ARG001 - a task
    formula: Formula,
    notation: str,
) -> tuple[str, str, str, str]:
    given = f"A formula in {notation} notation: {formula.written(notation)}"
    return given, "What is its value?", two_decimals(formula.value()), "number"


def _convert(draw: random.Random, formula: Formula, notation: str) -> tuple[str, str, str, str]:
    other = draw.choice([name for name in NOTATIONS if name != notation])
    given = f"A formula in {notation} notation: {formula.written(notation)}"
    return given, f"Write it in {other} notation.", formula.written(other), "formula"


def _equivalent(draw: random.Random, formula: Formula, notation: str) -> tuple[str, str, str, str]:
    other = draw.choice([name for name in NOTATIONS if name != notation])
    same = draw.random() < 0.5
    second = formula if same else _changed(draw, formula)
    given = (
        f"Two formulas.\nIn {notation} notation: {formula.written(notation)}\n"
        f"In {other} notation: {second.written(other)}"
    )
    return given, "Are they equivalent?", str(same).lower(), "bool"


def _changed(draw: random.Random, formula: Formula) -> Formula:
    """Return ``formula`` with one number or operator changed so that its value is another."""
    while True:
        other = _altered(draw, formula)
        try:
            if other.value() != formula.value():
                return other
        except ZeroDivisionError:
            continue


def _altered(draw: random.Random, formula: Formula) -> Formula:
    sides = formula.parts()
    if sides is None:
        return Formula(str(draw.randint(1, 50)))
    place = draw.randrange(3)
    if place == 2:
        return Formula(draw.choice("+-*"), *sides)
    changed = (_altered(draw, s) if n == place else s for n, s in enumerate(sides))
    return Formula(formula.head, *changed)


_TASKS: dict[str, Callable[[random.Random, Formula, str], tuple[str, str, str, str]]] = {
    "compute": _compute,
    "convert": _convert,
    "equivalence": _equivalent,
}
