from __future__ import annotations

import pytest

from benchwright.benchmarks.coding import above, called, size, together
from benchwright.benchmarks.evalplus import against, released, typed
from benchwright.benchmarks.self_invoking import SELF_INVOCATION
from benchwright.core.benchmark import Row
from benchwright.core.errors import DataError

PROMPT = 'import math\n\ndef poly(x):\n    return x\n\n@cache\ndef zero(x):\n    """Find."""\n'


def test_what_stands_above_the_function_is_given_and_nothing_else() -> None:
    assert above(PROMPT, "zero").strip() == "import math\n\ndef poly(x):\n    return x"
    assert above('def zero(x):\n    """Find."""\n', "zero") == ""
    with pytest.raises(DataError, match="no function"):
        above(PROMPT, "one")


def test_the_function_asked_for_is_the_one_that_the_tests_call() -> None:
    solution = "class Node: pass\ndef helper(x): return x\ndef sum(a, b): return helper(a) + b\n"
    assert called("assert sum(1, 2) == 3", solution) == ["sum"]
    assert called("root = Node()\nassert sum(root, 1)", solution) == ["Node", "sum"]
    assert together(["Node"])
    assert not together(["helper"])
    with pytest.raises(DataError, match="call no function"):
        called("assert other(1)", solution)


def test_the_length_of_a_solution_is_a_tag() -> None:
    assert [size("x\n" * n) for n in (4, 5, 9, 10)] == [
        "1-4 lines",
        "5-9 lines",
        "5-9 lines",
        "10 lines and more",
    ]


def test_json_gets_back_the_types_that_the_assertions_have() -> None:
    asserts = "assert f((1, [2]), {1: (2, 3)}, 1j, {4}) == 1\nassert f((3, []), {2: ()}, 2j, {1})"
    given = [[[1, [2, [3]]], {"7": [8, 9]}, "0.5j", [5]]]
    assert typed(given, asserts, "f") == [[(1, [2, [3]]), {7: (8, 9)}, 0.5j, {5}]]
    assert typed([[[1, [2, [3]]]]], "assert f((1, (2, 3)))", "f") == [[(1, (2, (3,)))]]
    assert typed([["kx"]], "assert f(3.5)", "f") == [["kx"]]


def test_outputs_are_compared_as_evalplus_does() -> None:
    def passes(reference: str, candidate: str, name: str = "f", atol: float = 0) -> bool:
        space: dict[str, object] = {}
        # The test's own text, written above; the checks are this repository's.
        exec(candidate, space)
        try:
            exec(against(reference, name, [[[1.0, 2.0]]], atol), space)
        except AssertionError:
            return False
        return True

    mean = "def f(x): return sum(x) / 3"
    assert passes(mean, "def f(x): return sum(x) / 3 + 1e-9")
    assert not passes(mean, "def f(x): return sum(x) / 3 + 1e-3")
    assert passes(mean, "def f(x): return sum(x) / 3 + 1e-3", atol=0.1)
    assert not passes("def f(x): return 1", "def f(x): return 1 + 1e-9")
    assert passes("def f(x):\n    x.pop()\n    return x", "def f(x): return x[:1]")
    unordered = ("def Diff(x): return [2, 1]", "def Diff(x): return [1, 2, 2]")
    assert passes(*unordered, name="Diff")


def test_released_tests_need_no_numpy() -> None:
    test = "import numpy as np\n\ndef check(f):\n    np.testing.assert_allclose(f(), [0.3, 1.0])\n"
    space: dict[str, object] = {}
    exec(released(f"{test}\ncheck(lambda: [0.1 + 0.2, 1])\n"), space)
    with pytest.raises(AssertionError, match="is not near"):
        exec(released(f"{test}\ncheck(lambda: [0.31, 1])\n"), {})


def test_the_rate_of_self_invocation_is_over_answers_with_code() -> None:
    answers = ("# calls f\ndef g()", "# does not call f\ndef g()", None)
    rows = [Row(sample=str(n), answer=answer) for n, answer in enumerate(answers)]
    assert SELF_INVOCATION.of(rows) == 0.5
    assert SELF_INVOCATION.of(rows[2:]) is None
