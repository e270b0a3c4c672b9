from __future__ import annotations

import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from benchwright.scorers._arithmetic import evaluate


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("3/4", 0.75),
        ("1/3", 1 / 3),
        ("-(1 + 2) * 3 / 2", -4.5),
        ("-2**2/1", -4.0),
        ("2**-1/1", 0.5),
        ("2**3**2/1", 512.0),
        ("7//2", 3.0),
        ("-7//2", -4.0),
        ("7 % 4/1", 3.0),
        ("1e3/2", 500.0),
        (".5/1.", 0.5),
        ("00/1", 0.0),
        ("(-8)**(1/3)", None),
        ("3/4 cup", None),
        ("x/2", None),
        ("1/0", None),
        ("9**9**9/1", None),
        ("9**9**9**9/1", None),
        ("2**100000/1", None),
        ("1e308*10/1", None),
        ("007/1", None),
        ("1_0/2", None),
        ("1//", None),
        ("(1/2", None),
        ("1/2)", None),
        ("3/\n4", None),
        ("", None),
        ("__import__('os')/1", None),
        ("１/２", None),
    ],
)
def test_arithmetic_has_pythons_value_or_none(text: str, value: float | None) -> None:
    assert evaluate(text) == value


EXPRESSIONS = st.recursive(
    st.integers(0, 99).map(str) | st.sampled_from(["0.5", "2.", "1e2"]),
    lambda inner: st.one_of(
        st.tuples(inner, st.sampled_from("+-*/%"), inner).map("".join),
        inner.map("({})".format),
        inner.map("-{}".format),
    ),
    max_leaves=12,
)


@given(EXPRESSIONS)
def test_every_expression_has_the_value_that_python_gives_it(text: str) -> None:
    try:
        expected = float(eval(text))  # made of digits and signs above
    except (ZeroDivisionError, OverflowError):
        expected = None
    found = evaluate(text)
    assert found == expected or (found is None and (len(text) > 200 or expected != expected))


@given(st.text("0123456789+-*/%(). e", max_size=300))
def test_no_text_takes_long_or_raises(text: str) -> None:
    before = time.process_time()
    evaluate(text)
    assert time.process_time() - before < 1.0
