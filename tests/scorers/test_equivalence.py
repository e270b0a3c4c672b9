"""Equality of mathematical answers: many forms, laws, and text that means harm."""

from __future__ import annotations

import time
from fractions import Fraction

import pytest
from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st

from benchwright.core.errors import MissingExtra
from benchwright.scorers import _symbolic
from benchwright.scorers._equivalence import same
from benchwright.scorers._latex import tree

EQUAL = [
    ("x=5", "5"), ("5", "x = 5"), (r"\dfrac12", r"\frac{1}{2}"), ("0.5", r"\frac{1}{2}"),
    ("1/2", ".5"), (r"50\%", "50"), ("50%", "0.5"), (r"\$18.00", "18"), ("18 dollars", "18"),
    ("1,000", "1000"), ("1{,}000", "1000"), (r"10,\!000", "10000"), ("(1, 2)", "(1,2)"),
    (r"\{2,1\}", r"\{1,2\}"), ("2, 1", "1,2"), (r"1 \text{ and } 2", "1,2"),
    ("x=1 or x=2", "1,2"), (r"1 \pm \sqrt{5}", r"1-\sqrt5, 1+\sqrt5"),
    (r"6\frac34", r"\frac{27}{4}"), ("6 3/4", r"6 \frac{3}{4}"), (r"\sqrt{8}", r"2\sqrt2"),
    ("2^{10}", "1024"), ("1.5e3", "1500"), (r"1.5 \times 10^3", "1500"), (r"45^\circ", "45"),
    ("45°", r"45^{\circ}"), (r"\left(0,\infty\right)", r"(0, \infty)"), ("x > 0", r"(0,\infty)"),
    (r"0 < x \leq 3", "(0,3]"), (r"(-\infty, 1) \cup (2,\infty)", r"(2,\infty)\cup(-\infty,1)"),
    ("y = 2x + 3", "2x - y + 3 = 0"), (r"10 \text{ cm}^2", "10"), (r"\text{(C)}", "C"),
    (r"\textbf{(C)}", r"\text{(C)}"), ("6:2", "3:1"), ("1:3", r"\frac13"), ("101_2", "101_{2}"),
    (r"\begin{bmatrix}1\\2\end{bmatrix}", r"\begin{pmatrix} 1 \\ 2 \end{pmatrix}"),
    ("(1,2)", r"\begin{pmatrix}1\\2\end{pmatrix}"), ("√2/2", r"\frac{\sqrt{2}}{2}"),
    ("-3", "−3"), ("(x+1)^2", "x^2+2x+1"), (r"2\sin x\cos x", r"\sin 2x"), (r"\log_2 8", "3"),
    (r"\binom{5}{2}", "10"), ("5!", "120"), (r"\frac{1}{\sqrt{2}}", r"\frac{\sqrt{2}}{2}"),
    (r"x \in [1,2]", "[1,2]"), ("(a,b)=(1,2)", "(1,2)"), ("5.", "5"), ("**5**", "5"),
    ("sqrt(3)/2", r"\frac{\sqrt3}{2}"), ("f(x) = x^2", "x^2"), (r"e^{i\pi}", "-1"),
    ("12 square inches", "12"), ("7 cm³", "7"), (r"\boxed{5}", "5"), (r"i\sqrt{3}", r"\sqrt{3}i"),
    ("70,110", "110, 70"), (r"\text{even}", "Even"), (r"120^{\circ}\text{C}", "120"),
    (r"\lfloor 2.5\rfloor", "2"), (r"\frac{-1}{2}", r"-\frac12"), (r"3^{1/2}", r"\sqrt3"),
    (r"\sqrt[3]{8}", "2"), (r"\infty", r"\infty"), ("864 in^2", r"864 \mbox{ inches}^2"),
    ("x=1, y=2", "(1,2)"), (r"0.\overline{3}", r"\frac13"), (r"9^{\text{th}}", "9"),
    (r"x < 1 \text{ or } x \ge 2", r"(-\infty,1) \cup [2,\infty)"), ("3rd", "3"),
    ("10 (ten)", "10"),
    (r"1.0\overline{6}", r"\frac{16}{15}"), (r"\tfrac{8\pi}5", r"\frac{8 \pi}{5}"),
]  # fmt: skip
UNEQUAL = [
    ("0.33", r"\frac13"), ("5", "6"), ("-5", "5"), ("(2,1)", "(1,2)"), ("[1,2]", "(1,2)"),
    ("x+1", "x-1"), ("1.414", r"\sqrt2"), ("0.3333333333", r"\frac13"), ("12", "1,2"),
    (r"\{1,2\}", r"\{1,3\}"), ("even", "odd"), ("(A)", "(B)"), ("101_2", "101_3"),
    (r"2\pi", r"\pi"), ("x", "y"), ("", "5"), ("hello", "5"), ("25", "221_3"),
    ("qxv wrzk jjfp", "e"),
    ("1:2", "2:1"), ("5 and 6", "5"), (r"\infty", r"-\infty"), ("2^{2005}", "2^{2006}"),
    ("10000000000000000000001", "10000000000000000000002"), ("y=2x+3", "y=2x+4"),
    ("3.1416", r"\pi"), ("1, 2, 3", "1,2"), ("18", "1.8"), ("i", "1"), ("x<0", r"(0,\infty)"),
    ("KAME", r"\text{MAKE}"), (r"\sqrt{y}", r"\sqrt{x}"), (r"\sqrt{x^2}", "x"),
    (r"\begin{pmatrix}1&2\end{pmatrix}", r"\begin{pmatrix}2&1\end{pmatrix}"),
    ("10^{100}", "10^{100}+1"), ("1/0", "0"),
]  # fmt: skip


@pytest.mark.parametrize(("one", "other"), EQUAL)
def test_forms_of_one_answer_are_the_same_either_way_round(one: str, other: str) -> None:
    assert same(one, other)
    assert same(other, one)


@pytest.mark.parametrize(("one", "other"), UNEQUAL)
def test_other_answers_are_not(one: str, other: str) -> None:
    assert not same(one, other)
    if one:
        assert not same(other, one)


integers = st.integers(-999, 999)
fractions = st.fractions(min_value=-50, max_value=50, max_denominator=40)


def latex(value: Fraction) -> str:
    sign = "-" if value < 0 else ""
    if value.denominator == 1:
        return str(value)
    return rf"{sign}\frac{{{abs(value.numerator)}}}{{{value.denominator}}}"


@st.composite
def expressions(draw: st.DrawFn, depth: int = 3) -> str:
    if depth == 0:
        return draw(st.sampled_from(["x", "y", r"\pi", "2", "7", r"\frac{1}{3}", r"\sqrt{5}"]))
    one, other = draw(expressions(depth - 1)), draw(expressions(depth - 1))
    form = draw(st.sampled_from(["({})+({})", "({})-({})", "({})({})", r"\frac{{{}}}{{({})^2+1}}"]))
    return form.format(one, other)


@settings(suppress_health_check=[HealthCheck.too_slow], max_examples=60)
@given(expressions(), expressions())
def test_equality_is_reflexive_and_symmetric(one: str, other: str) -> None:
    assert same(one, one)
    assert same(f"{one}+0", one)
    assert same(one, other) == same(other, one)


@settings(max_examples=60)
@given(expressions(2), expressions(2))
def test_a_sum_does_not_depend_on_its_order_and_one_more_is_another(one: str, other: str) -> None:
    assert same(f"({one})+({other})", f"({other})+({one})")
    assert not same(f"({one})+1", one)


@settings(max_examples=100)
@given(fractions, fractions)
def test_fractions_are_equal_exactly_when_their_values_are(one: Fraction, other: Fraction) -> None:
    forms = (
        latex(one),
        f"{one.numerator}/{one.denominator}",
        f"${latex(one)}$",
        f"x = {latex(one)}",
    )
    for form in forms:
        assert same(form, latex(one))
        assert same(form, latex(other)) == (one == other)


@given(st.integers(-(10**9), 10**9), st.integers(-(10**9), 10**9))
def test_whole_numbers_are_read_with_any_separators(number: int, other: int) -> None:
    assume(number != other)
    for form in ("{}", "{:,}", "\\boxed{{{}}}", "{}.", "${}$", "{} units", "{}.0"):
        written = form.format(number)
        assert same(written, str(number))
        assert not same(written, str(other))
    assert same(f"{number:,}".replace(",", r",\!"), str(number))


@given(st.lists(integers, min_size=2, max_size=5, unique=True), st.randoms())
def test_order_matters_in_tuples_and_not_in_sets(numbers: list[int], random) -> None:
    mixed = numbers[:]
    random.shuffle(mixed)
    one, other = (", ".join(map(str, some)) for some in (numbers, mixed))
    assert same(rf"\{{{one}\}}", rf"\{{{other}\}}")
    assert same(one, other)
    assert same(f"({one})", f"({other})") == (numbers == mixed)


@given(st.text(max_size=60))
def test_any_text_is_compared_without_an_error(text: str) -> None:
    assert not same(text, "918273645.5") or "918273645.5" in text.replace(",", "")


HOSTILE = [
    "9^{9^{9^{9}}}", "9**9**9", "9999999999!", "2000!!!!", "(x+1)^{9999}", "10^{99999}",
    "e^" * 80 + "x", "(" * 20_000, "{" * 20_000, r"\frac{1}{" * 90 + "2" + "}" * 90,
    r"\sqrt{" * 90 + "x" + "}" * 90, "|" * 1_900, "-" * 19_000 + "1", "1,2" * 6_000, "±" * 900,
    "(1±2," * 90, r"\text{" * 4_000, "1 and " * 300, "^" * 20_000, "9" * 20_000, r"\begin{pmatrix}"
    + "1&" * 900 + r"\end{pmatrix}", "x_" * 900, "a b " * 5_000, r"\left" * 3_000,
]  # fmt: skip


@pytest.mark.parametrize("text", HOSTILE, ids=lambda text: text[:12])
def test_hostile_text_is_answered_at_once_and_is_not_right(text: str) -> None:
    began = time.process_time()
    for target in ("42", "x^2+1", r"\{1,2\}", "(1,2)", r"\text{even}"):
        assert not same(text, target)
    assert time.process_time() - began < 2


def test_what_points_do_not_decide_computer_algebra_does() -> None:
    one, other = tree(r"(10^{2000}+1)^{40} \pi"), tree(r"\pi (10^{2000}+1)^{40}")
    assert one
    assert other
    assert _symbolic.decide(one, other)
    assert not _symbolic.decide(tree(r"\pi") or (), tree("3") or ())


def test_a_silent_worker_is_killed_and_replaced(tmp_path) -> None:
    worker = _symbolic.Worker(module="time", patience=0.2)  # a module that says nothing
    try:
        assert worker.ask([1, 2]) is None
        assert worker._process is None
        assert worker.ask([1, 2]) is None
    finally:
        worker.close()


def test_the_extra_is_asked_for_before_anything_is_compared(monkeypatch) -> None:
    monkeypatch.setattr("importlib.util.find_spec", lambda name: None)
    with pytest.raises(MissingExtra, match=r"benchwright\[math\]"):
        _symbolic.require()


def test_a_numeral_of_a_base_may_lack_the_base() -> None:
    assert same("221", "221_3")
    assert not same("221_4", "221_3")
    assert same(r"x = \text{even}", r"\text{even}")
