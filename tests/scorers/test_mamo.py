"""MAMO's answers: what is run of them, and when a result is right."""

from __future__ import annotations

from pathlib import Path

import pytest

from benchwright.core.content import Text
from benchwright.core.execution import Program, Ran
from benchwright.core.flow import drive
from benchwright.core.response import said
from benchwright.core.sample import Sample
from benchwright.scorers import mamo, mamo_paper
from benchwright.scorers._mamo import close, code, lp_file

LP = "Minimize\nobj: 50 x + 10 y\nSubject To\n c1: 4 x + y >= 50\nGenerals\n x\n y\nEnd"


@pytest.mark.parametrize(
    "text",
    [LP, f"```lp\n{LP}\n```", f"Here is the model:\n\n```\n{LP}\n```\nIt minimises cost.",
     f"{LP}\n\nThis model minimises the cost."],
)  # fmt: skip
def test_the_model_is_found_in_an_answer(text: str) -> None:
    assert (lp_file(text) or "").strip() == LP


def test_the_program_is_found_in_an_answer() -> None:
    assert code("Sure:\n```python\nprint(1)\n```\nDone.") == "print(1)\n"
    assert code("import math\nprint(math.pi)") == "import math\nprint(math.pi)"
    assert code("The answer is 5.") is None


@pytest.mark.parametrize(
    ("output", "target", "right", "released"),
    [
        ("57", "57.0", True, True),
        ("57.004", "57.0", True, True),
        ("57.02", "57.0", False, False),
        ("172666.67", "172666.667", True, True),
        ("0.2276", "0.2275", False, False),
        ("0.9", "0", False, True),
        ("0.00001", "1.2e-5", False, True),
        ("0.000012", "1.2e-5", True, True),
        ("-5", "5", False, False),
        ("nan", "5", False, False),
        ("five", "5", False, False),
    ],
)
def test_results_are_right_within_the_authors_tolerance(
    output: str, target: str, right: bool, released: bool
) -> None:
    assert close(output, target, paper=False) is right
    assert close(output, target, paper=True) is released


def judged(part: str, text: str, ran: Ran, scorer=mamo.SCORER):
    sample = Sample(id="s", input=(Text("?"),), target="500.0", tags={"part": part})
    ran_programs: list[Program] = []

    def execute(program: Program) -> Ran:
        ran_programs.append(program)
        return ran

    return drive(scorer(sample, said(text)), lambda request: said(""), execute), ran_programs


def test_an_answer_is_worth_what_its_run_prints() -> None:
    score, programs = judged("easy_lp", LP, Ran(exit_code=0, stdout="500.0\n"))
    assert (score.value, score.answer) == (1.0, "500.0")
    assert programs[0].files["model.lp"].strip() == LP
    failed, _ = judged("ode", "print(1/0)", Ran(exit_code=1, stderr="ZeroDivisionError"))
    assert (failed.value, failed.answer) == (0.0, None)


def test_a_bare_number_counts_by_our_rule_and_not_by_the_released_one() -> None:
    ours, programs = judged("easy_lp", "**500**", Ran())
    assert (ours.value, programs) == (1.0, [])
    released, _ = judged("easy_lp", "500", Ran(), mamo_paper.SCORER)
    assert released.value is None


def test_the_least_model_is_solved(tmp_path: Path) -> None:
    highspy = pytest.importorskip("highspy", reason="needs the extra [mamo]")
    (tmp_path / "model.lp").write_text(lp_file(LP) or "")
    highs = highspy.Highs()
    highs.setOptionValue("output_flag", False)
    assert highs.readModel(str(tmp_path / "model.lp")) == highspy.HighsStatus.kOk
    highs.run()
    assert highs.getInfo().objective_function_value == 500.0
