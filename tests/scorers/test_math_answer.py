"""Where an answer states its result, by the forms in which models write it."""

from __future__ import annotations

import pytest

from benchwright.core.content import Text
from benchwright.core.response import said
from benchwright.core.sample import Sample
from benchwright.scorers import mathvision, mathvista, theoremqa
from benchwright.scorers._final import final
from benchwright.scorers.math_answer import SCORER
from benchwright.scorers.mathvista_paper import distance


@pytest.mark.parametrize(
    ("text", "answer", "fallback"),
    [
        (r"So \(x\) is \boxed{\frac{1}{2}}.", r"\frac{1}{2}", False),
        (r"We get $\boxed{\text{(C) } \{1,2\}}$", r"\text{(C) } \{1,2\}", False),
        (r"First \boxed{3}. Then, corrected, \boxed{4}.", "4", False),
        (r"The roots are $\boxed{1}$ and $\boxed{2}$.", "1, 2", False),
        (r"\boxed 7", "7", False),
        (r"It is \boxed{12, but the box never closes", "12", True),
        ("**Final Answer**: $x = 5$", "x = 5", False),
        ("Final Answer: The final answer is $5$. I hope it is correct.", "5", False),
        ("The answer is therefore 18 dollars, since 9 * 2 = 18.", "18 dollars", False),
        ("The answer is $\\frac{3}{4}$ and not 7.", r"\frac{3}{4}", False),
        ("The correct answer is: **(B)**\n\nBecause 3 > 2.", "(B)", False),
        ("### Answer:\n\n$$\nx^2\n$$", "x^2", False),
        ("#### 42\n", "42", False),
        ('```json\n{"reasoning": "1+1", "answer": "\\frac{1}{2}"}\n```', r"\frac{1}{2}", False),
        ('{"answer": "\\\\frac{1}{2}"}', r"\frac{1}{2}", False),
        ('{"answer": 5}', "5", False),
        ('{"answer": "5"} no: {"answer": "6"}', "6", False),
        ("$18 and $20 are the prices; so it is 38", "38", True),
        (r"Adding up, \[ 2 + 3 = 5 \]", "2 + 3 = 5", False),
        (
            "It was long.\nShe has **12 apples** in the end, all told and counted.",
            "12 apples",
            True,
        ),
        ("We see that there must be exactly 7 of these things", "7", True),
        ("<think>The answer is 5.</think>The answer is 6.", "6", False),
        ("This answer is wrong. The answer is 4.", "4", False),
        (r"\frac{1}{2}", r"\frac{1}{2}", False),
        ("5 cm", "5 cm", False),
        ("Well: <answer>$\\frac{1}{2}$</answer>", "$\\frac{1}{2}$", False),
    ],
)
def test_the_result_is_found_where_it_is_stated(text: str, answer: str, fallback: bool) -> None:
    found = final(text)
    assert found is not None
    assert (found.answer, found.fallback) == (answer, fallback)


@pytest.mark.parametrize("text", ["", "I cannot help with that.", "<think>it is 5", "…"])
def test_where_nothing_is_stated_nothing_is_read(text: str) -> None:
    sample = Sample(id="s", input=(Text("?"),), target="5")
    assert SCORER(sample, said(text)).value is None


@pytest.mark.parametrize(
    ("kind", "target", "right", "wrong"),
    [
        ("bool", "True", "Yes, it does. The answer is true.", "The answer is no."),
        ("bool", "False", "So the statement does not hold: it is false.", "It is known: true."),
        ("option", "(c)", "The answer is (c).", "The answer is (d)."),
        ("integer", "11760", "The answer is 11,760.", "The answer is 11761."),
        ("integer", "5", r"\boxed{4.9}", r"\boxed{5.6}"),
        ("float", "0.333", r"The answer is \frac{1}{3}", "The answer is 0.31"),
        ("float", "3.14159", r"$\pi$", "3.5"),
        ("float", "0.2", "The answer is 20%.", "The answer is 30%."),
        ("float", "2e8", r"The answer is $2 \times 10^8$ m/s.", "The answer is 2."),
        ("list of integer", "[0, 2, 5]", "The path is [0, 2, 5].", "The answer is [0, 5]."),
        ("list of float", "[0.5, 1.0]", r"The answer is $(\frac12, 1)$", "The answer is (1, 2)"),
    ],
)
def test_theoremqas_answers_are_read_by_their_type(
    kind: str, target: str, right: str, wrong: str
) -> None:
    sample = Sample(id="s", input=(Text("?"),), target=target, tags={"answer_type": kind})
    assert theoremqa.SCORER(sample, said(right)).value == 1.0
    assert theoremqa.SCORER(sample, said(wrong)).value == 0.0


@pytest.mark.parametrize(
    ("text", "letter"),
    [
        (r"\boxed{\frac{4\sqrt{3}}{3}}", "D"), ("(D)", "D"), (r"\boxed{D}", "D"),
        (r"The answer is \textbf{(D)}.", "D"), ("(A) $\\sqrt{3}$", "A"), ("sqrt(3)", "A"),
        ("D\n\nBecause the triangle is right.", "D"), (r"\boxed{(A),(B)}", None),
        (r"\boxed{17}", None),
    ],
)  # fmt: skip
def test_an_option_is_chosen_by_letter_text_or_value(text: str, letter: str | None) -> None:
    choices = (r"$\sqrt{3}$", "2", r"$2\sqrt{3}$", r"$\frac{4 \sqrt{3}}{3}$", "other answer")
    sample = Sample(id="s", input=(Text("?"),), choices=choices, target="D")
    score = mathvision.SCORER(sample, said(text))
    assert (score.value == 1.0) == (letter == "D")
    assert letter is None or score.answer == letter


def test_mathvistas_decimals_are_rounded_to_the_questions_precision() -> None:
    tags = {"answer_type": "float"}
    sample = Sample(
        id="s", input=(Text("?"),), target="1.2", tags=tags, metadata={"precision": "1"}
    )
    assert mathvista.SCORER(sample, said("The distance is 1.2 cm")).value == 1.0
    assert mathvista.SCORER(sample, said("The answer is 1.23.")).value == 1.0
    assert mathvista.SCORER(sample, said("The answer is 1.27.")).value == 0.0


def test_distance_counts_the_least_changes() -> None:
    assert [distance(a, b) for a, b in (("kitten", "sitting"), ("", "ab"), ("a", "a"))] == [3, 2, 0]
