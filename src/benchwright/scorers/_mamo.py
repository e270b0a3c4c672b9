"""Running what a model wrote for a solver, and comparing the result (FreedomIntelligence/Mamo).

An optimisation problem is answered by a file in LP format, which HiGHS solves (the authors use
COPT); an ODE problem by a Python program that prints the number. Both run in the sandbox.
"""

from __future__ import annotations

import re
from decimal import Decimal, InvalidOperation

from msgspec import Struct

from benchwright.core.execution import Program, Ran
from benchwright.core.flow import Flow, execute
from benchwright.core.measurement import Outcome, Score
from benchwright.core.response import Response
from benchwright.core.sample import Sample
from benchwright.scorers._final import spoken
from benchwright.scorers._numerals import plain

_SOLVE = """\
import highspy
highs = highspy.Highs()
highs.setOptionValue("output_flag", False)
highs.setOptionValue("threads", 1)
if highs.readModel("model.lp") == highspy.HighsStatus.kError:
    raise SystemExit("the file is not in LP format")
highs.run()
if highs.getModelStatus() != highspy.HighsModelStatus.kOptimal:
    raise SystemExit(f"no optimum: {highs.modelStatusToString(highs.getModelStatus())}")
print(repr(highs.getInfo().objective_function_value))
"""
_FENCE = re.compile(r"```[ \t]*([A-Za-z+_.-]*)[ \t]*\n(.*?)(?:```|\Z)", re.DOTALL)
_OBJECTIVE = re.compile(r"(?im)^[ \t]*(?:max(?:imi[sz]e)?|min(?:imi[sz]e)?)\b")
_END = re.compile(r"(?im)^[ \t]*end\b.*$")
_CODE = re.compile(r"(?m)^(?:from|import|def|print)\b")
_ALONE = re.compile(r"[-+]?(?:[0-9][0-9,]*(?:\.[0-9]*)?|\.[0-9]+)(?:[eE][-+]?[0-9]{1,3})?")
_LAST = re.compile(r"-?[0-9]+(?:\.[0-9]+)?(?:e-?[0-9]+)?")
_LONGEST = 40_000
_SECONDS = 60.0
RUNTIMES = ("python[highspy]", "python[numpy,scipy,sympy]")
"""What the sandbox needs."""


def lp_file(text: str) -> str | None:
    """Return the LP file in an answer: in a fence, or from its objective to its ``End``."""
    for _, content in reversed(_FENCE.findall(text)):
        if _OBJECTIVE.search(content):
            return _cut(content)
    return _cut(text) if _OBJECTIVE.search(text) else None


def _cut(text: str) -> str:
    start = _OBJECTIVE.search(text)
    text = text[start.start() if start else 0 :]
    end = _END.search(text)
    return (text[: end.end()] if end else text).rstrip("`\n ") + "\n"


def code(text: str) -> str | None:
    """Return the Python program in an answer: its fences together, or all of it."""
    found = _FENCE.findall(text)
    python = [content for kind, content in found if kind.lower() in {"python", "py", "python3"}]
    python = python or [content for kind, content in found if not kind and _CODE.search(content)]
    if python:
        return "\n".join(python)
    return text if not found and _CODE.search(text) else None


def program(sample: Sample, text: str) -> Program | None:
    """Return what is to be run for an answer, or None where there is nothing to run."""
    text = spoken(text)[:_LONGEST]
    if sample.tags.get("part") == "ode":
        module = code(text)
        if module is None:
            return None
        return Program(
            files={"main.py": module}, packages=("numpy", "scipy", "sympy"), seconds=_SECONDS
        )
    model = lp_file(text)
    if model is None:
        return None
    return Program(
        files={"main.py": _SOLVE, "model.lp": model}, packages=("highspy",), seconds=_SECONDS
    )


def close(output: str, target: str, *, paper: bool) -> bool:
    """Return whether a printed number is the target within the authors' tolerance.

    It is right within one unit of the target's last decimal, at least of the second one, or within
    a share of 0.0001. The released code lets every number up to 1 pass for 0, and takes the
    exponent of ``1.2e-5`` for decimals; corrected, neither.
    """
    try:
        value, wanted = Decimal(output.strip()), Decimal(target.strip())
    except InvalidOperation:
        return False
    if not value.is_finite():
        return False
    apart = abs(value - wanted)
    if paper:
        decimals = max(2, len(target.split(".")[1]) if "." in target else 2)
        near = apart <= 1 if wanted == 0 else apart <= abs(wanted) * Decimal("1e-4")
    else:
        exponent = wanted.as_tuple().exponent
        decimals = max(2, -exponent if isinstance(exponent, int) else 2)
        near = apart <= abs(wanted) * Decimal("1e-4")
    return near or apart < Decimal(10) ** -decimals


def written(part: str, target: str) -> str:
    """Return an answer whose result is ``target``: the least model, the shortest program."""
    if part == "ode":
        return f"```python\nprint({target})\n```"
    return f"Minimize\n obj: x\nSubject To\n c: y >= 0\nBounds\n x >= {target}\nEnd"


class Solver(Struct, frozen=True):
    """Runs the answer and compares what comes out; a ``Scorer``."""

    name: str
    version: str
    paper: bool
    """Whether as released: only what a solver finds counts, and its tolerance has its quirks."""
    executes: tuple[str, ...] = RUNTIMES

    def __call__(self, sample: Sample, response: Response) -> Flow[Score]:
        """Score 1 where the solver's result is the target, 0 where it is not or there is none."""
        alone = response.text.strip().strip("*$` ")
        if not self.paper and _ALONE.fullmatch(alone) and len(alone) <= _LONGEST:
            number = plain(alone.replace(",", "")) or alone
            right = close(alone.replace(",", ""), sample.target, paper=False)
            return Score(value=float(right), answer=number, explanation="a number, not a model")
        wanted = program(sample, response.text)
        if wanted is None:
            return Score(explanation="nothing to run")
        ran = yield from execute(wanted)
        return self._judged(sample, ran)

    def ran(self, program: Program, good: bool) -> Ran:
        """Return what a sandbox says where none is: a right program prints its last number."""
        written = program.files.get("model.lp") or program.files["main.py"]
        numbers = _LAST.findall(written)
        return Ran(exit_code=0 if good else 1, stdout=numbers[-1] if good and numbers else "")

    def _judged(self, sample: Sample, ran: Ran) -> Score:
        if ran.ending == "killed" and ran.exit_code is None and ran.problem:
            return Score(outcome=Outcome.UNJUDGED, explanation=ran.problem[:200])
        if ran.ending != "ended" or ran.exit_code:
            told = ran.stderr.strip().rpartition("\n")[2] or ran.problem or ran.ending
            return Score(value=0.0, explanation=f"it did not run: {told[:200]}")
        printed = ran.stdout.strip()
        right = close(printed, sample.target, paper=self.paper)
        return Score(value=float(right), answer=printed[-200:], explanation="solved")
