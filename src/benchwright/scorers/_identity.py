"""Whether two expressions are equal: exactly where they are rational, else at sample points.

Two expressions that agree to ten digits at every sample point are equal, and two that differ by
more than a millionth at one are not (Schwartz 1980 for polynomials; the points are fixed
fractions, so nothing is drawn). What lies between, or has no value anywhere, is left to the
computer algebra (``_symbolic``). Powers, factorials and depths are bounded.
"""

from __future__ import annotations

import cmath
import math
from collections.abc import Mapping
from fractions import Fraction
from typing import Any

from benchwright.scorers._latex import Tree

_BITS = 1 << 16
_SURE = 1e-10
_UNSURE = 1e-6
_TINY = 1e-9
_LARGEST_FACTORIAL = 3000
_POINTS = 6
_FIRST = ((7, 5), (-11, 3), (13, 17), (-3, 7), (29, 11), (5, 19))

Value = Fraction | complex


class _NoValue(Exception):
    pass


class _TooLarge(Exception):
    pass


def equal(one: Tree, other: Tree) -> bool | None:
    """Return whether two trees are equal; None where points do not decide."""
    names = sorted(symbols(one) | symbols(other))
    verdicts = [_agree(one, other, env) for env in _environments(names)]
    if False in verdicts:
        return False
    agreed = verdicts.count(True)
    if not agreed or (names and agreed < 2):
        return None
    return None if "unsure" in verdicts else True


def proportional(one: Tree, other: Tree) -> bool:
    """Return whether one tree is the other times a rational number other than 0."""
    names = sorted(symbols(one) | symbols(other))
    for env in _environments(names):
        a, b = _evaluated(one, env), _evaluated(other, env)
        if isinstance(a, Fraction) and isinstance(b, Fraction) and a and b:
            return equal(one, ("mul", ("num", a / b), other)) is True
    return False


def value(one: Tree) -> Value | None:
    """Return the value of a tree without variables, or None."""
    return _evaluated(one, {})


def symbols(one: Tree) -> set[str]:
    """Return the names of the variables."""
    if one[0] == "sym":
        return {one[1]}
    return {name for part in one[1:] if isinstance(part, tuple) for name in symbols(part)}


def _environments(names: list[str]) -> list[dict[str, Fraction]]:
    if not names:
        return [{}]
    made = []
    for point in range(_POINTS):
        env = {}
        for place, name in enumerate(names):
            top, bottom = _FIRST[(point + place) % len(_FIRST)]
            env[name] = Fraction(top, bottom) + Fraction(place + 1, 23 + 2 * point)
        made.append(env)
    return made


def _agree(one: Tree, other: Tree, env: Mapping[str, Fraction]) -> bool | str | None:
    """Return True or False, ``unsure``, or None where either has no value here."""
    a, b = _evaluated(one, env), _evaluated(other, env)
    if a is None or b is None:
        if _exceeds(one, env) != _exceeds(other, env):
            return False  # one is beyond all bounds and the other is not
        return None if a is b else "unsure"
    if isinstance(a, Fraction) and isinstance(b, Fraction):
        return a == b
    a, b = _inexact(a), _inexact(b)
    if a is None or b is None:
        return "unsure"
    if cmath.isinf(a) or cmath.isinf(b):
        return a == b
    scale = max(abs(a), abs(b))
    if scale < _TINY:
        return "unsure"
    apart = abs(a - b) / scale
    return True if apart <= _SURE else "unsure" if apart < _UNSURE else False


def _inexact(exact: Value) -> complex | None:
    if isinstance(exact, complex):
        return exact
    try:
        return complex(float(exact))
    except OverflowError:
        return None


def _evaluated(one: Tree, env: Mapping[str, Fraction]) -> Value | None:
    try:
        return _value(one, env)
    except (_NoValue, _TooLarge, ZeroDivisionError, OverflowError, ValueError, RecursionError):
        return None


def _exceeds(one: Tree, env: Mapping[str, Fraction]) -> bool:
    try:
        _value(one, env)
    except (_TooLarge, OverflowError):
        return True
    except (_NoValue, ZeroDivisionError, ValueError, RecursionError):
        return False
    return False


def _value(one: Tree, env: Mapping[str, Fraction]) -> Value:
    name = one[0]
    if name == "num":
        exact: Fraction = one[1]
        return exact
    if name == "sym":
        return env[one[1]]
    if name == "const":
        return _CONSTANTS[one[1]]
    if name == "fn":
        return _applied(one[1], [_value(part, env) for part in one[2:]])
    operands = [_value(part, env) for part in one[1:]]
    return _checked(_OPERATIONS[name](*operands))


def _checked(found: Any) -> Value:
    if isinstance(found, int):
        found = Fraction(found)
    if isinstance(found, Fraction):
        if max(found.numerator.bit_length(), found.denominator.bit_length()) > _BITS:
            raise _TooLarge
        return found
    made = complex(found)
    if cmath.isnan(made):
        raise _NoValue
    return made


def _sum(*terms: Value) -> Value:
    total: Value = Fraction(0)
    for term in terms:
        total = _checked(total + term)
    return total


def _divided(top: Value, bottom: Value) -> Value:
    return top / bottom


def _power(base: Value, exponent: Value) -> Value:
    if isinstance(exponent, Fraction) and exponent.denominator == 1:
        whole = exponent.numerator
        if isinstance(base, Fraction):
            bits = max(base.numerator.bit_length(), base.denominator.bit_length())
            if bits * abs(whole) <= _BITS:
                return base**whole
            raise _TooLarge
        return base**whole
    if base == 0:
        raise _NoValue
    return cmath.exp(_complex(exponent) * cmath.log(_complex(base)))


def _root(degree: Value, radicand: Value) -> Value:
    if not isinstance(degree, Fraction) or degree.denominator != 1 or degree <= 0:
        raise _NoValue
    whole = degree.numerator
    if isinstance(radicand, Fraction):
        exact = _exact_root(radicand, whole)
        if exact is not None:
            return exact
        if radicand < 0 and whole % 2:  # the real root, as schools write it
            return -complex(float(-radicand) ** (1 / whole))
    if radicand == 0:
        return Fraction(0)
    return cmath.exp(cmath.log(_complex(radicand)) / whole)


def _exact_root(radicand: Fraction, degree: int) -> Fraction | None:
    if radicand < 0 or degree != 2:
        return None
    top, bottom = math.isqrt(radicand.numerator), math.isqrt(radicand.denominator)
    exact = Fraction(top, bottom)
    return exact if exact * exact == radicand else None


def _factorial(number: Value) -> Value:
    return Fraction(math.factorial(_whole(number, _LARGEST_FACTORIAL)))


def _binomial(top: Value, bottom: Value) -> Value:
    return Fraction(math.comb(_whole(top, _LARGEST_FACTORIAL), _whole(bottom, _LARGEST_FACTORIAL)))


def _whole(number: Value, largest: int) -> int:
    if not isinstance(number, Fraction) or number.denominator != 1 or number < 0:
        raise _NoValue
    if number > largest:
        raise _TooLarge
    return number.numerator


def _floor(number: Value) -> Value:
    return Fraction(math.floor(_real(number)))


def _ceil(number: Value) -> Value:
    return Fraction(math.ceil(_real(number)))


def _real(number: Value) -> Fraction | float:
    if isinstance(number, Fraction):
        return number
    if number.imag:
        raise _NoValue
    return number.real


def _complex(number: Value) -> complex:
    return number if isinstance(number, complex) else complex(float(number))


def _applied(name: str, operands: list[Value]) -> Value:
    if name == "log" and len(operands) == 2:
        return _checked(cmath.log(_complex(operands[0])) / cmath.log(_complex(operands[1])))
    function = _FUNCTIONS.get(name)
    if function is None or len(operands) != 1:
        raise _NoValue
    return _checked(function(_complex(operands[0])))


_CONSTANTS: dict[str, Value] = {
    "pi": complex(math.pi),
    "e": complex(math.e),
    "i": 1j,
    "inf": complex(math.inf),
}
_OPERATIONS: dict[str, Any] = {
    "add": _sum,
    "mul": lambda a, b: a * b,
    "div": _divided,
    "neg": lambda a: -a,
    "pow": _power,
    "root": _root,
    "fact": _factorial,
    "binom": _binomial,
    "abs": abs,
    "floor": _floor,
    "ceil": _ceil,
}
_FUNCTIONS: dict[str, Any] = {
    "sin": cmath.sin,
    "cos": cmath.cos,
    "tan": cmath.tan,
    "cot": lambda z: 1 / cmath.tan(z),
    "sec": lambda z: 1 / cmath.cos(z),
    "csc": lambda z: 1 / cmath.sin(z),
    "sinh": cmath.sinh,
    "cosh": cmath.cosh,
    "tanh": cmath.tanh,
    "arcsin": cmath.asin,
    "arccos": cmath.acos,
    "arctan": cmath.atan,
    "arccot": lambda z: cmath.atan(1 / z),
    "ln": cmath.log,
    "log": cmath.log,
    "exp": cmath.exp,
}
