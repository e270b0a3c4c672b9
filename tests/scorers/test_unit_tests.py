"""What a run of an answer's program comes to."""

from __future__ import annotations

import pytest

from benchwright.core.content import Text
from benchwright.core.execution import Program, ProgramNotRun, Ran
from benchwright.core.flow import drive
from benchwright.core.measurement import Outcome, Score
from benchwright.core.response import Finish, Response
from benchwright.scorers.unit_tests import KIT, SCORER

SAMPLE = KIT[0].sample
RIGHT = "```python\ndef twice(x):\n    return 2 * x\n```"


def judged(
    text: str, ran: Ran | None = None, finish: Finish = "stop"
) -> tuple[Score, list[Program]]:
    asked: list[Program] = []

    def execute(program: Program) -> Ran:
        asked.append(program)
        assert ran is not None
        return ran

    response = Response(parts=(Text(text),), finish=finish)
    return drive(SCORER(SAMPLE, response), lambda request: Response(), execute), asked


def test_the_program_is_the_answers_with_the_questions_tests() -> None:
    score, (program,) = judged(RIGHT, Ran(passed=True))
    assert (score.value, score.outcome) == (1.0, None)
    assert program.files["main.py"] == "def twice(x):\n    return 2 * x\n"
    assert (program.checks, program.calls, program.apart) == (
        "assert twice(2) == 4",
        ("twice",),
        True,
    )


def test_what_fails_is_0_with_its_problem() -> None:
    score, _ = judged(RIGHT, Ran(passed=False, problem="line 1: AssertionError"))
    assert score.value == 0
    assert score.explanation == "code block: line 1: AssertionError"
    assert judged("```python\ndef twice(x:\n```", Ran(passed=False))[0].value == 0


def test_a_sandbox_without_a_verdict_is_never_0() -> None:
    score, _ = judged(RIGHT, Ran(passed=None, problem="cannot be run apart"))
    assert (score.value, score.outcome) == (None, Outcome.UNJUDGED)

    def broken(program: Program) -> Ran:
        raise ProgramNotRun("no namespaces")

    with pytest.raises(ProgramNotRun):
        drive(SCORER(SAMPLE, Response(parts=(Text(RIGHT),))), lambda request: Response(), broken)


def test_no_code_is_not_run() -> None:
    score, asked = judged("I cannot.")
    assert (score.value, score.explanation, asked) == (None, "no code", [])


def test_an_answer_cut_off_within_the_function_has_no_verdict_unless_it_passes() -> None:
    torn = "```python\ndef twice(x):\n    return (2 *"
    assert judged(torn, finish="length")[0].value is None
    begun = "```python\ndef twice(x):\n    y = 2 * x"
    failed = Ran(passed=False, problem="AssertionError")
    assert judged(begun, failed, "length")[0].value is None
    assert judged(begun, failed)[0].value == 0
    assert judged(begun, Ran(passed=True), "length")[0].value == 1
    assert judged(f"{RIGHT}\nThis", failed, "length")[0].value == 0
