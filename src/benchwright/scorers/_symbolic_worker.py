"""The process in which sympy runs: a line of JSON in, a line out; see ``_symbolic``."""

from __future__ import annotations

import json
import signal
import sys
from types import FrameType
from typing import Any

_MEMORY = 1 << 30
_PROCESSOR_SECONDS = 1.0


class _TooLong(Exception):
    pass


def main() -> None:
    """Answer until standard input ends."""
    _bounded()
    for line in sys.stdin:
        print(json.dumps(_answer(json.loads(line))), flush=True)  # noqa: T201 - the protocol


def _bounded() -> None:
    """Limit this process's memory where the system can."""
    try:
        import resource
    except ImportError:
        return
    resource.setrlimit(resource.RLIMIT_AS, (_MEMORY, _MEMORY))


def _answer(question: list[Any]) -> bool | None:
    timed = hasattr(signal, "setitimer")
    if timed:
        signal.signal(signal.SIGVTALRM, _late)
        signal.setitimer(signal.ITIMER_VIRTUAL, _PROCESSOR_SECONDS)
    try:
        return _equal(*question)
    except Exception:  # noqa: BLE001 - whatever sympy raises, it does not know
        return None
    finally:
        if timed:
            signal.setitimer(signal.ITIMER_VIRTUAL, 0)


def _late(_: int, __: FrameType | None) -> None:
    raise _TooLong


def _equal(one: list[Any], other: list[Any]) -> bool | None:
    import sympy

    difference = _built(one) - _built(other)
    if difference == 0:
        return True
    simple = sympy.simplify(difference)
    if simple == 0:
        return True
    if simple.is_number:
        verdict = simple.equals(0)
        return None if verdict is None else bool(verdict)
    return False


def _built(tree: list[Any]) -> Any:
    import sympy

    name, *parts = tree
    if name == "num":
        return sympy.Rational(parts[0])
    if name == "sym":
        return sympy.Symbol(parts[0], real=True)
    if name == "const":
        constants = {"pi": sympy.pi, "e": sympy.E, "i": sympy.I, "inf": sympy.oo}
        return constants[parts[0]]
    if name == "fn":
        function, *operands = parts
        known = {"arcsin": "asin", "arccos": "acos", "arctan": "atan", "arccot": "acot"}
        return getattr(sympy, known.get(function, function))(*map(_built, operands))
    operands = [_built(part) for part in parts]
    operations: dict[str, Any] = {
        "add": sympy.Add,
        "mul": lambda a, b: a * b,
        "div": lambda a, b: a / b,
        "neg": lambda a: -a,
        "pow": lambda a, b: a**b,
        "root": lambda degree, a: (
            sympy.real_root(a, degree) if degree % 2 else sympy.root(a, degree)
        ),
        "fact": sympy.factorial,
        "binom": sympy.binomial,
        "abs": sympy.Abs,
        "floor": sympy.floor,
        "ceil": sympy.ceiling,
    }
    return operations[name](*operands)


if __name__ == "__main__":
    main()
