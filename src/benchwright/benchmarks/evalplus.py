"""Tests of EvalPlus: many inputs, whose right outputs a checked reference solution gives.

Two forms are read: the released data sets, whose tests are Python with inputs and results; and the
early files of the repository, which hold inputs as JSON and a reference, so that the right outputs
come from running it (in the sandbox, with the tests).
"""

from __future__ import annotations

import ast
import math
import re
from collections.abc import Sequence
from contextlib import suppress
from typing import Any

from benchwright.benchmarks.coding import tree_of

_SAME = """
import copy as _copy
import math as _math

inf, nan = float("inf"), float("nan")


def _close(one, other, atol):
    if isinstance(other, (list, tuple)):
        return (isinstance(one, (list, tuple)) and len(one) == len(other)
                and all(_close(a, b, atol) for a, b in zip(one, other)))
    if isinstance(other, dict):
        return (isinstance(one, dict) and one.keys() == other.keys()
                and all(_close(one[key], other[key], atol) for key in other))
    try:
        if _math.isnan(one) and _math.isnan(other):
            return True
        return one == other or abs(one - other) <= atol + 1e-7 * abs(other)
    except TypeError:
        return one == other


def _floats(value):
    if isinstance(value, (list, tuple)):
        return bool(value) and all(isinstance(part, float) for part in value)
    return isinstance(value, float)


def _same(one, other, atol, how):
    if how == "set":
        return set(one) == set(other)
    if how == "found":
        return (one is not None) == (other is not None)
    if one == other:
        return True
    atol = atol or (1e-6 if _floats(other) else 0)
    return bool(atol) and _close(one, other, atol)
"""

_NUMPY = """
import math as _math


def _close(out, exp, rtol=1e-07, atol=0.0):
    if hasattr(exp, "__len__") and not isinstance(exp, str):
        same = len(out) == len(exp)
        return same and all(_close(a, b, rtol, atol) for a, b in zip(out, exp))
    if _math.isnan(out) or _math.isnan(exp):
        return _math.isnan(out) and _math.isnan(exp)
    return out == exp or abs(out - exp) <= atol + rtol * abs(exp)


class np:
    class ndarray: pass
    float64 = float32 = None
    allclose = staticmethod(_close)

    class testing:
        @staticmethod
        def assert_allclose(out, exp, rtol=1e-07, atol=0.0):
            assert _close(out, exp, rtol, atol), f"{out!r} is not near {exp!r}"
"""

_UNORDERED = frozenset(
    ("similar_elements", "find_char_long", "common_in_nested_lists", "extract_singly",
     "larg_nnum", "intersection_array", "find_dissimilar", "Diff")
)  # fmt: skip
"""MBPP+ functions whose results are compared as sets (evalplus/evalplus, evalplus/eval)."""
FOUND_OR_NOT = frozenset(("check_str", "text_match_three", "text_starta_endb"))
"""MBPP+ functions of whose results only None or not None counts (the same place).

Some return match objects, which are no plain values."""


_LARGEST = {"even_Power_Sum": 100_000, "get_max_sum": 200_000, "sum_average": 2_000_000}


def _small(entry: str, given: Sequence[Any]) -> bool:
    """Return whether an input of the first release can be run: of four functions some cannot."""
    if entry == "combinations_colors":
        several, drawn = len(given[0]), given[1]
        draws = math.comb(several + drawn - 1, drawn) if several else 0
        return draws <= 5_000
    most = _LARGEST.get(entry)
    return most is None or given[0] <= most


def against(reference: str, entry: str, inputs: Sequence[Sequence[Any]], atol: float) -> str:
    """Return checks that compare ``entry`` on all ``inputs`` with the module ``reference``."""
    how = "set" if entry in _UNORDERED else "found" if entry in FOUND_OR_NOT else ""
    given = ",\n".join(_written(list(arguments)) for arguments in inputs)
    return (
        f"{_SAME}\n_known = {{}}\nexec({reference!r}, _known)\n_inputs = [\n{given}\n]\n"
        f"for _given in _inputs:\n"
        f"    _right = _known[{entry!r}](*_copy.deepcopy(_given))\n"
        f"    _out = {entry}(*_copy.deepcopy(_given))\n"
        f"    assert _same(_out, _right, {atol!r}, {how!r}), (\n"
        f'        f"{entry}(*{{_given!r}}): {{_out!r}}, not {{_right!r}}"[:500])\n'
    )


def released(test: str) -> str:
    """Return the tests of the released data sets, which need of numpy only to compare floats."""
    return re.sub(
        r"^import numpy as np[ \t]*$", lambda _: _NUMPY, test, count=1, flags=re.MULTILINE
    )


def typed(inputs: Sequence[Sequence[Any]], assertions: str, entry: str) -> list[list[Any]]:
    """Return JSON ``inputs`` with the types that the arguments in ``assertions`` have.

    JSON knows no tuples, sets, complex numbers or numbers as keys. What every literal argument at
    a place is in the assertions, the inputs are made there; what is nested deeper is as its
    surroundings. Inputs of four functions whose reference would take minutes or gigabytes are
    left out.
    """
    examples = _arguments(assertions, entry)
    return [
        [_like(value, [e[n] for e in examples if n < len(e)]) for n, value in enumerate(given)]
        for given in inputs
        if _small(entry, given)
    ]


def _arguments(assertions: str, entry: str) -> list[list[Any]]:
    found = []
    for node in ast.walk(tree_of(assertions)):
        if isinstance(node, ast.Call) and getattr(node.func, "id", "") == entry:
            try:
                found.append([ast.literal_eval(argument) for argument in node.args])
            except ValueError:
                continue
    return found


def _like(value: Any, examples: list[Any], outer: type = list) -> Any:
    kinds = {type(example) for example in examples}
    if isinstance(value, list):
        within = [part for e in examples if isinstance(e, list | tuple | set) for part in e]
        wanted = kinds & {list, tuple, set} or {outer}
        kind = wanted.pop() if len(wanted) == 1 else list
        parts = [_like(part, within, tuple if kind is tuple else list) for part in value]
        hashable = not any(isinstance(part, list | dict | set) for part in parts)
        return kind(parts) if kind is not set or hashable else parts
    if isinstance(value, dict):
        pairs = [pair for e in examples if isinstance(e, dict) for pair in e.items()]
        numbers = bool(pairs) and all(isinstance(key, int) for key, _ in pairs)
        held = [part for _, part in pairs]
        return {_key(key, numbers): _like(part, held) for key, part in value.items()}
    if isinstance(value, str) and kinds and kinds <= {int, float, complex}:
        number = complex if complex in kinds or "j" in value else float
        with suppress(ValueError):
            return number(value)
    return value


def _written(value: Any) -> str:
    """Return ``value`` as Python, the same every time: the order of a set is not."""
    if isinstance(value, dict):
        return f"{{{', '.join(f'{key!r}: {_written(part)}' for key, part in value.items())}}}"
    if isinstance(value, set):
        return f"{{{', '.join(sorted(map(_written, value)))}}}" if value else "set()"
    if isinstance(value, list | tuple):
        parts = ", ".join(map(_written, value))
        if isinstance(value, list):
            return f"[{parts}]"
        return f"({parts},)" if len(value) == 1 else f"({parts})"
    return repr(value)


def _key(key: str, numbers: bool) -> str | int:
    return int(key) if numbers and key.lstrip("-").isdecimal() else key
