"""Whether the function gives the wanted output for the input that an answer proposes (CRUXEval-I).

Any input that does is right. The answer's call ``f(…)``, or its arguments alone, are put after the
function and run in the sandbox; the output is compared outside the answer's reach.
"""

from __future__ import annotations

import re

from msgspec import Struct

from benchwright.core.content import Text
from benchwright.core.example import Example
from benchwright.core.execution import Program
from benchwright.core.flow import Flow, execute
from benchwright.core.measurement import Outcome, Score
from benchwright.core.response import Response, said
from benchwright.core.sample import Sample
from benchwright.scorers._blocks import spoken
from benchwright.scorers._literals import arguments
from benchwright.scorers._zeroeval import read

_MOST = 10
"""Candidates of each kind that are looked at, the last first."""
_MARKED = re.compile(r"(?<!`)`([^`\n]+)`(?!`)")


def proposed(answer: str) -> str | None:
    """Return the arguments that ``answer`` proposes, as Python; None where it proposes none.

    In order: the last ``[ANSWER]``; the last JSON object's answer; the last assertion; the last
    call between backticks or on a line of its own; the last text between backticks, or the whole
    answer, as the arguments alone.
    """
    text = spoken(answer)
    if "[ANSWER]" in text:
        return arguments(text.rpartition("[ANSWER]")[2].partition("[/ANSWER]")[0])
    reading = read(text, paper=False)
    if reading.found and reading.rule == "JSON object":
        said = reading.answer
        return arguments(said if isinstance(said, str) else repr(said))
    text = text.partition("[/ANSWER]")[0]
    lines = [line for line in text.split("\n") if "f(" in line]
    asserted = [line for line in lines if "==" in line]
    marked = _MARKED.findall(text)
    calls = [part for part in marked if "f(" in part]
    alone = [line for line in lines if line.strip().startswith("f(")]
    found_in = (asserted, calls, alone, marked)
    for given in (*(part for some in found_in for part in some[: -_MOST - 1 : -1]), text):
        if (found := arguments(given)) is not None:
            return found
    return None


class ProposedInput(Struct, frozen=True):
    """Runs the sample's function on the answer's input; a ``Scorer``."""

    name: str = "cruxeval_input"
    version: str = "1"
    executes: tuple[str, ...] = ("python",)
    others_score: str = "an input that gives the same output is right, whoever proposes it"
    """Why another sample's right answer scores more often than chance has it."""

    def __call__(self, sample: Sample, response: Response) -> Flow[Score]:
        """Score 1 where the function gives the sample's output, 0 where it does not."""
        given = proposed(response.text)
        if given is None:
            return Score(explanation="no input")
        program = Program(
            files={
                "main.py": f"{sample.metadata['code']}\n\ndef answered():\n    return f({given})\n"
            },
            checks=f"assert answered() == {sample.metadata['output']}\n",
            calls=("answered",),
        )
        ran = yield from execute(program)
        if ran.passed is None:
            return Score(answer=given, explanation=ran.problem, outcome=Outcome.UNJUDGED)
        told = "the output wanted" if ran.passed else ran.problem or "another output"
        return Score(value=float(ran.passed), answer=given, explanation=told)


SCORER = ProposedInput()

KIT = (
    Example(
        sample=Sample(
            id="kit/input",
            input=(Text("def f(a, b):\n    return a + b\nassert f(??) == 3"),),
            metadata={"code": "def f(a, b):\n    return a + b", "output": "3"},
        ),
        right=said("[ANSWER]\nassert f(1, 2) == 3\n[/ANSWER]"),
        wrong=(said("[ANSWER]\nassert f(2, 2) == 3\n[/ANSWER]"), said("I do not know.")),
    ),
)
"""Examples for the scorer's contract."""
