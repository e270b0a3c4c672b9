"""Whether the program that an answer means passes the question's own tests, in the sandbox.

Reading an answer's program is described in ``_python_answer``. What it lacks is the answer's fault:
a missing import, a wrong name or wrong syntax fails. The sample's metadata say how it is run:

- ``entry_point``: the function asked for; ``uses``: what else the tests call, by spaces;
- ``prompt``: what a completion goes on from; ``above``: imports and helpers given in it;
- ``checks``: the tests, which raise where something does not hold;
- ``packages``, by spaces, and ``seconds``: what the authors allow;
- ``together``: not empty where the tests need more than plain values of the candidate;
- ``base``: a function that the asked one should call. Whether it does (in the syntax tree,
  directly or through functions of the answer) is the first line of the answer as read.

An answer that stopped at its length limit within the function has no verdict unless it passes.
"""

from __future__ import annotations

import ast

from msgspec import Struct

from benchwright.core.content import Text
from benchwright.core.example import Example
from benchwright.core.execution import Program
from benchwright.core.flow import Flow, execute
from benchwright.core.measurement import Outcome, Score
from benchwright.core.response import Response, said
from benchwright.core.sample import Sample
from benchwright.scorers._python_answer import Asked, Found, program
from benchwright.scorers._python_statements import parsed

_SHOWN = 6_000
"""Characters of the program kept as the answer read."""


def asked_of(sample: Sample) -> Asked:
    """Return what an answer to ``sample`` must define."""
    told = sample.metadata
    return Asked(
        names=(*told.get("uses", "").split(), told["entry_point"]),
        prompt=told.get("prompt", ""),
        above=told.get("above", ""),
    )


def to_run(sample: Sample, module: str) -> Program:
    """Return ``module`` with the tests of ``sample``, as the sandbox is to run it."""
    told = sample.metadata
    return Program(
        files={"main.py": module},
        checks=told["checks"],
        calls=asked_of(sample).names,
        packages=tuple(told.get("packages", "").split()),
        apart=not told.get("together"),
        seconds=float(told.get("seconds", "10")),
    )


def calls(module: str, name: str, other: str) -> bool:
    """Return whether the function ``name`` calls ``other``, directly or through the module's own.

    Calls that a condition never lets happen count; a definition of ``other`` within does not.
    """
    tree = parsed(module)
    own = {n.name: n for n in ast.walk(tree) if isinstance(n, ast.FunctionDef)} if tree else {}
    seen, left = set[str](), [name]
    while left:
        current = left.pop()
        if current in seen or current not in own:
            continue
        seen.add(current)
        for node in ast.walk(own[current]):
            if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Load):
                if node.id == other and current != other:
                    return True
                left.append(node.id)
    return False


class UnitTests(Struct, frozen=True):
    """Runs the answer's program with the question's tests; a ``Scorer``."""

    name: str = "unit_tests"
    version: str = "1"
    executes: tuple[str, ...] = ("python",)

    def __call__(self, sample: Sample, response: Response) -> Flow[Score]:
        """Score 1 where every test passes, 0 where one does not; no code has no score."""
        found = program(response.text, asked_of(sample))
        cut_off = response.finish == "length"
        if not found.module or (found.fallback and cut_off):
            return Score(explanation=found.rule)
        ran = yield from execute(to_run(sample, found.module))
        answer = _shown(sample, found)
        if ran.passed is None:
            return Score(answer=answer, explanation=ran.problem, outcome=Outcome.UNJUDGED)
        if not ran.passed and cut_off and found.to_the_end:
            return Score(answer=answer, explanation=f"cut off; {ran.problem}")
        told = f"{found.rule}: {'every test passed' if ran.passed else _why(ran.problem)}"
        return Score(value=float(ran.passed), answer=answer, explanation=told)


def _why(problem: str) -> str:
    return problem.strip() or "a test failed"


def _shown(sample: Sample, found: Found) -> str:
    code = found.code.strip("\n")[:_SHOWN]
    if not (other := sample.metadata.get("base")):
        return code
    does = calls(found.module, sample.metadata["entry_point"], other)
    return f"# {'calls' if does else 'does not call'} {other}\n{code}"


SCORER = UnitTests()

KIT = tuple(
    Example(
        sample=Sample(
            id=f"kit/{name}",
            input=(Text("Write twice(x)."),),
            metadata={
                "entry_point": "twice",
                "prompt": 'def twice(x):\n    """Return 2 x."""\n',
                "checks": "assert twice(2) == 4",
                **more,
            },
        ),
        right=said("```python\ndef twice(x):\n    return 2 * x\n```"),
        wrong=(said("```python\ndef twice(x):\n    return x\n```"), said("Sorry, I cannot.")),
    )
    for name, more in (("plain", {}), ("base", {"base": "abs"}), ("bare", {"prompt": ""}))
)
"""Examples for the scorer's contract."""
