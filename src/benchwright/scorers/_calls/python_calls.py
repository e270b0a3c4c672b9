"""Calls in Python's syntax: ``[area(base=10, height=5), …]``, parsed and never evaluated."""

from __future__ import annotations

import ast
import operator
import threading
import warnings
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from typing import Any, NamedTuple

_LONGEST = 50_000
_BITS = 2048
_LETTERS = 10_000
_PARSING = threading.Lock()


class Call(NamedTuple):
    """One call."""

    name: str
    """The function, with dots where it has any."""
    arguments: Mapping[str | None, Any]
    """Named arguments; those without a name are not kept."""


class Unreadable(Exception):
    """A text that is no call."""


def read_python(text: str, *, paper: bool = False) -> list[Call]:
    """Return the calls that ``text`` is.

    Raises:
        Unreadable: it is something else.
    """
    if len(text) > _LONGEST:
        raise Unreadable("too long")
    try:
        with _quiet():
            body = ast.parse(text.strip().strip("'"), mode="eval").body
        elements = [body] if isinstance(body, ast.Call) else getattr(body, "elts", None)
        if elements is None:
            raise Unreadable("neither a call nor a list")
        return [_call(element, paper=paper) for element in elements]
    except (SyntaxError, ValueError, RecursionError, MemoryError, OverflowError) as cause:
        raise Unreadable(type(cause).__name__) from cause


def _call(node: ast.expr, *, paper: bool) -> Call:
    if not isinstance(node, ast.Call):
        raise Unreadable(f"a {type(node).__name__} is no call")
    parts: list[str] = []
    function: ast.expr = node.func
    while isinstance(function, ast.Attribute):
        parts.append(function.attr)
        function = function.value
    if isinstance(function, ast.Name):
        parts.append(function.id)
    arguments = {word.arg: _value(word.value, paper=paper) for word in node.keywords}
    return Call(".".join(reversed(parts)), arguments)


def _value(node: ast.expr, *, paper: bool) -> Any:
    match node:
        case ast.Constant(value=value):
            return "..." if value is Ellipsis else value
        case ast.UnaryOp(op=sign, operand=inner):
            return _signed(sign, _value(inner, paper=paper), paper=paper)
        case ast.List(elts=elements):
            return [_value(element, paper=paper) for element in elements]
        case ast.Tuple(elts=elements):
            return tuple(_value(element, paper=paper) for element in elements)
        case ast.Dict(keys=keys, values=values):
            return _object(keys, values, paper=paper)
        case ast.BinOp(left=left, op=sign, right=right):
            one, other = _value(left, paper=paper), _value(right, paper=paper)
            return _combined(sign, one, other)
        case ast.Name(id=name):
            return name
        case ast.Call(keywords=[]):
            return ast.unparse(node)
        case ast.Call():
            inner_call = _call(node, paper=paper)
            return {inner_call.name: dict(inner_call.arguments)}
        case ast.Subscript():
            return ast.unparse(node)
        case ast.Lambda() | ast.Attribute() if not paper:
            return ast.unparse(node)
    raise Unreadable(f"a {type(node).__name__} is no value")


def _object(keys: list[ast.expr | None], values: list[ast.expr], *, paper: bool) -> dict[Any, Any]:
    found: dict[Any, Any] = {}
    for key, value in zip(keys, values, strict=True):
        if key is None:
            raise Unreadable("** is no entry")
        name = _value(key, paper=paper)
        if not isinstance(name, (str, int, float, bool, type(None))):
            raise Unreadable("no key of an object")
        found[name] = _value(value, paper=paper)
    return found


def _signed(sign: ast.unaryop, value: Any, *, paper: bool) -> Any:
    if not isinstance(value, (int, float)):
        raise Unreadable("a sign before no number")
    if paper or isinstance(sign, ast.USub):
        return -value
    if isinstance(sign, ast.Not):
        return not value
    if isinstance(sign, ast.UAdd):
        return +value
    raise Unreadable("no such sign")


_SIGNS: Mapping[type[ast.operator], Callable[[Any, Any], Any]] = {
    ast.Add: operator.add,
    ast.Sub: operator.sub,
    ast.Mult: operator.mul,
    ast.Div: operator.truediv,
    ast.FloorDiv: operator.floordiv,
    ast.Mod: operator.mod,
    ast.Pow: operator.pow,
}


def _combined(sign: ast.operator, left: Any, right: Any) -> Any:
    """Return the value of constant arithmetic, bounded so that no text can take long."""
    operation = _SIGNS.get(type(sign))
    if operation is operator.add and isinstance(left, str) and isinstance(right, str):
        joined = left + right
        if len(joined) <= _LETTERS:
            return joined
    if not all(isinstance(side, (int, float)) for side in (left, right)) or operation is None:
        raise Unreadable("no constant arithmetic")
    if operation is operator.pow:
        exponent = abs(right)
        if exponent > _BITS or max(1, int(abs(left)).bit_length()) * exponent > _BITS:
            raise Unreadable("too large a power")
    try:
        value = operation(left, right)
    except ArithmeticError as cause:
        raise Unreadable(str(cause)) from cause
    if isinstance(value, int) and value.bit_length() > _BITS:
        raise Unreadable("too large a number")
    return value


@contextmanager
def _quiet() -> Iterator[None]:
    # A stray backslash in an answer is no matter of this process's warnings.
    with _PARSING, warnings.catch_warnings():
        warnings.simplefilter("ignore")
        yield
