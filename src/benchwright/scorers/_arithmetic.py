"""Arithmetic on numbers written by a model: evaluated without running anything.

Knows Python's decimal numbers, ``+ - * / // % **``, signs and brackets, with Python's precedence.
Everything else, and everything that would grow large, has no value: lengths, depths and powers are
bounded, so no text can take long.
"""

from __future__ import annotations

import math
import re

_LONGEST = 200
_DEEPEST = 40
_BITS = 2048
_SIGNS = re.compile(r"[ \t]*(\*\*|//|[-+*/%()])")
_NUMBERS = re.compile(
    r"[ \t]*(?:(?P<float>(?:[0-9]+\.[0-9]*|\.[0-9]+)(?:[eE][+-]?[0-9]+)?|[0-9]+[eE][+-]?[0-9]+)"
    r"|(?P<int>0+(?![0-9])|[1-9][0-9]*))(?![\w.])"
)

Number = int | float


class _NoValue(Exception):
    pass


def evaluate(text: str) -> float | None:
    """Return the value of ``text`` as a real number, or None where it has none."""
    if len(text) > _LONGEST:
        return None
    try:
        value = _Parser(_tokens(text)).whole()
        return float(value)
    except (_NoValue, ZeroDivisionError, OverflowError, ValueError):
        return None


def _tokens(text: str) -> list[Number | str]:
    found: list[Number | str] = []
    at, end = 0, len(text.rstrip(" \t"))
    while at < end:
        if match := _SIGNS.match(text, at, end):
            found.append(match[1])
        elif match := _NUMBERS.match(text, at, end):
            found.append(float(match["float"]) if match["float"] else int(match["int"]))
        else:
            raise _NoValue
        at = match.end()
    return found


class _Parser:
    def __init__(self, tokens: list[Number | str]) -> None:
        self._tokens = tokens
        self._at = 0
        self._depth = 0

    def whole(self) -> Number:
        value = self._sum()
        if self._at != len(self._tokens):
            raise _NoValue
        return value

    def _peek(self) -> Number | str | None:
        return self._tokens[self._at] if self._at < len(self._tokens) else None

    def _next(self, *signs: str) -> str | None:
        token = self._peek()
        if isinstance(token, str) and token in signs:
            self._at += 1
            return token
        return None

    def _sum(self) -> Number:
        value = self._product()
        while sign := self._next("+", "-"):
            other = self._product()
            value = _small(value + other if sign == "+" else value - other)
        return value

    def _product(self) -> Number:
        value = self._signed()
        while sign := self._next("*", "/", "//", "%"):
            value = _small(_combined(value, sign, self._signed()))
        return value

    def _signed(self) -> Number:
        self._depth += 1
        if self._depth > _DEEPEST:
            raise _NoValue
        sign = self._next("+", "-")
        if sign:
            value = self._signed()
            value = -value if sign == "-" else value
        else:
            value = self._power()
        self._depth -= 1
        return value

    def _power(self) -> Number:
        value = self._atom()
        return _raised(value, self._signed()) if self._next("**") else value

    def _atom(self) -> Number:
        if self._next("("):
            value = self._sum()
            if not self._next(")"):
                raise _NoValue
            return value
        token = self._peek()
        if token is None or isinstance(token, str):
            raise _NoValue
        self._at += 1
        return _small(token)


def _combined(left: Number, sign: str, right: Number) -> Number:
    if sign == "*":
        return left * right
    if sign == "/":
        return left / right
    return left // right if sign == "//" else left % right


def _raised(base: Number, exponent: Number) -> Number:
    if isinstance(base, int) and isinstance(exponent, int):
        if max(1, base.bit_length()) * abs(exponent) > _BITS:
            raise _NoValue
        whole: Number = base**exponent
        return whole
    value: float | complex = float(base) ** float(exponent)
    if isinstance(value, complex):
        raise _NoValue
    return value


def _small(value: Number) -> Number:
    if isinstance(value, int) and value.bit_length() > _BITS:
        raise _NoValue
    if isinstance(value, float) and not math.isfinite(value):
        raise _NoValue
    return value
