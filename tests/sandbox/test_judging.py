"""Checks that run apart from the candidate: what crosses, and what is said when one fails."""

from __future__ import annotations

import pytest

from benchwright.core.execution import Program, Ran
from benchwright.sandbox import Sandbox


def judged(
    sandbox: Sandbox,
    source: str,
    checks: str,
    *,
    apart: bool = True,
    calls: tuple[str, ...] = (),
) -> Ran:
    program = Program(
        files={"main.py": source}, checks=checks, apart=apart, calls=calls, seconds=20.0
    )
    return sandbox.run(program)


ECHO = "def f(x):\n    return x\n"

CROSSINGS = {
    "counter": (
        """
from collections import Counter
def f(x):
    return Counter(x)
""",
        """
assert f('aab') == {'a': 2, 'b': 1}
""",
    ),
    "generator": (
        """
def f(x):
    yield from range(x)
""",
        """
assert list(f(3)) == [0, 1, 2]
""",
    ),
    "map": (
        """
def f(x):
    return map(str, x)
""",
        """
assert list(f([1])) == ['1']
""",
    ),
    "list changed": (
        """
def f(x):
    x.sort()
""",
        """
held = [2, 1]
f(held)
assert held == [1, 2]
""",
    ),
    "dict changed": (
        """
def f(x):
    x['a'] = {1}
""",
        """
held = {}
f(held)
assert held == {'a': {1}}
""",
    ),
    "keywords": (
        """
def f(x, *, by):
    return x * by
""",
        """
assert f(2, by=3) == 6
""",
    ),
    "constant": (
        """
LIMIT = (1, 2)
""",
        """
assert LIMIT == (1, 2)
""",
    ),
    "module": (
        """
import math
def f(x):
    return x
""",
        """
assert f(math.pi) == math.pi
""",
    ),
    "state": (
        """
count = 0
def f():
    global count
    count += 1
    return count
""",
        """
assert [f(), f()] == [1, 2]
""",
    ),
    "exception": (
        """
def f(x):
    raise ValueError('no ' + x)
""",
        """
try:
    f('way')
except ValueError as e:
    assert str(e) == 'no way'
else:
    raise AssertionError
""",
    ),
    "own exception": (
        """
class Mine(Exception):
    pass
def f():
    raise Mine('x')
""",
        """
try:
    f()
except RuntimeError as e:
    assert 'Mine: x' in str(e)
else:
    raise AssertionError
""",
    ),
    "dataclass": (
        """
from dataclasses import dataclass
@dataclass
class P:
    x: int
def f(x):
    return P(x).x
""",
        """
assert f(3) == 3
""",
    ),
    "main guard": (
        """
if __name__ == '__main__':
    raise SystemExit
def f():
    print('loud')
    return input is not None
""",
        """
assert f()
""",
    ),
    "named tuple": (
        """
from typing import NamedTuple
class P(NamedTuple):
    x: int
def f():
    return P(1)
""",
        """
assert f() == (1,)
""",
    ),
}


@pytest.mark.parametrize(
    "value",
    [
        "None", "True", "-7", "10**5000", "0.1", "float('inf')", "1j", "'aé\\ud800'", "b'\\xff'",
        "[1, [2.5, ('a',)]]", "(1, 2)", "{1, 2}", "frozenset([1])", "{1: {'a': (2,)}, None: []}",
        "range(3)", "bytearray(b'x')", "__import__('decimal').Decimal('1.10')",
        "__import__('fractions').Fraction(1, 3)", "__import__('collections').deque([1])",
    ],
)  # fmt: skip
def test_plain_values_cross_and_come_back_the_same(walled: Sandbox, value: str) -> None:
    checks = f"sent = {value}\ncame = f(sent)\nassert came == sent and type(came) is type(sent)\n"
    ran = judged(walled, ECHO, checks)
    assert (ran.passed, ran.problem) == (True, "")


@pytest.mark.parametrize("name", CROSSINGS)
def test_checks_call_the_candidate_as_if_it_were_here(walled: Sandbox, name: str) -> None:
    ran = judged(walled, *CROSSINGS[name])
    assert (ran.passed, ran.problem) == (True, "")


@pytest.mark.parametrize(
    ("source", "checks", "words"),
    [
        (ECHO, "assert f(1) == 2", "line 1: assert f(1) == 2: AssertionError (last call: f(1) "),
        (ECHO, "assert g(1) == 2", "NameError: name 'g' is not defined"),
        ("def f(:\n", "assert f(1)", "the candidate does not load: SyntaxError"),
        ("raise KeyError(1)", "assert f(1)", "the candidate does not load: KeyError"),
        ("def f(x):\n    return object()\n", "assert f(1)", "f returned a value of class object"),
        ("def f(x):\n    return 1 / 0\n", "assert f(1)", "ZeroDivisionError: division by zero"),
        ("def f(x):\n    x.append(x)\n    return x\n", "assert f([])", "nested too deeply"),
    ],
)  # fmt: skip
def test_a_check_that_fails_says_which_and_why(
    walled: Sandbox, source: str, checks: str, words: str
) -> None:
    ran = judged(walled, source, checks)
    assert ran.passed is False
    assert words in ran.problem


def test_checks_that_pass_what_is_not_plain_come_to_no_verdict(walled: Sandbox) -> None:
    ran = judged(walled, "def f(g):\n    return g(1)\n", "assert f(lambda x: x + 1) == 2")
    assert ran.passed is None
    assert "the checks pass a value of class function to f" in ran.problem


def test_the_weaker_mode_judges_them_and_says_so(walled: Sandbox) -> None:
    source = "def f(g):\n    return g(1)\n"
    right = judged(walled, source, "assert f(lambda x: x + 1) == 2", apart=False)
    wrong = judged(walled, source, "assert f(lambda x: x + 1) == 3", apart=False)
    assert (right.passed, right.apart) == (True, False)
    assert (wrong.passed, wrong.apart) == (False, False)
    assert "line 1: assert f(lambda x: x + 1) == 3: AssertionError" in wrong.problem


def test_a_builtin_s_name_is_the_candidate_s_only_where_that_is_stated(walled: Sandbox) -> None:
    source = "def sum(a, b):\n    return a + b\n"
    assert judged(walled, source, "assert sum(1, 2) == 3", calls=("sum",)).passed is True
    assert judged(walled, source, "assert sum([1, 2]) == 3").passed is True


def test_arguments_larger_than_a_pipe_cross(walled: Sandbox) -> None:
    ran = judged(walled, ECHO, "sent = list(range(200_000))\nassert f(sent) == sent")
    assert (ran.passed, ran.problem) == (True, "")


def test_hashes_are_the_same_in_every_run(walled: Sandbox) -> None:
    source = "def f():\n    return list({'a', 'b', 'c', 'd', 'e'}), hash('a')\n"
    told = {judged(walled, source, "raise ValueError(f())").problem for _ in range(2)}
    assert len(told) == 1


def test_the_weaker_mode_never_loses_a_verdict_to_the_end_of_its_process(walled: Sandbox) -> None:
    ran = [judged(walled, f"{ECHO}# {n}\n", "assert f(1) == 1", apart=False) for n in range(40)]
    assert [one.problem for one in ran if not one.passed] == []
