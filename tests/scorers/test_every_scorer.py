from __future__ import annotations

import importlib
from pathlib import Path

import pytest

import benchwright.scorers
from benchwright.core.content import Text
from benchwright.core.example import Example
from benchwright.core.execution import Program
from benchwright.core.flow import Flow, ask, execute
from benchwright.core.measurement import Score
from benchwright.core.request import Generation, Request
from benchwright.core.response import Response, said
from benchwright.core.sample import Sample
from benchwright.testing.checks import KIT, ContractBroken, check_scorer

FOLDER = Path(benchwright.scorers.__file__).parent
NAMES = sorted(path.stem for path in FOLDER.glob("*.py") if not path.stem.startswith("_"))


@pytest.mark.parametrize("name", NAMES)
def test_a_scorer_keeps_its_contract_under_its_modules_name(name: str) -> None:
    module = importlib.import_module(f"benchwright.scorers.{name}")
    assert module.SCORER.name == name
    check_scorer(module.SCORER, getattr(module, "KIT", KIT))


class Generous:
    """A scorer that breaks the contract in several ways."""

    name, version = "generous", "1"

    def __call__(self, sample: Sample, response: Response) -> Score:
        if "A" in response.text:
            raise RuntimeError("no")
        return Score(value=1.0)


def test_the_contract_lists_every_breach() -> None:
    with pytest.raises(ContractBroken) as caught:
        check_scorer(Generous(), [Sample(id="s", input=(Text("?"),), target="x")])
    said = str(caught.value)
    for part in ("raises RuntimeError", "scores 1.", "an empty answer has the value 1.0"):
        assert part in said


class Coded:
    """A scorer that has the answer run."""

    name, version = "coded", "1"

    def __call__(self, sample: Sample, response: Response) -> Flow[Score]:
        if "def " not in response.text:
            return Score(explanation="no code")
        ran = yield from execute(Program(files={"main.py": response.text}, checks=sample.target))
        return Score(value=float(ran.passed is True))


def test_a_scorer_that_executes_is_held_to_its_own_examples() -> None:
    sample = Sample(id="s", input=(Text("?"),), target="assert f() == 1")
    right = said("def f(): return 1")
    check_scorer(Coded(), [Example(sample=sample, right=right, wrong=(said("def f(): 2"),))])
    with pytest.raises(ContractBroken, match="the right response scores None"):
        check_scorer(Coded(), [Example(sample=sample, right=said("no code"))])
    with pytest.raises(ContractBroken, match=r"wrong response .* scores 1"):
        check_scorer(Coded(), [Example(sample=sample, right=right, wrong=(right,))])


class Judged:
    """A scorer that asks a judge for a letter."""

    name, version, replies = "judged", "1", ("A", "C")

    def __call__(self, sample: Sample, response: Response) -> Flow[Score]:
        if not response.text.strip():
            return Score()
        asked = Request(prompt=(response.text,), generation=Generation(), role="judge")
        verdict = yield from ask(asked)
        return Score(value=float(verdict.text == "A"), answer=verdict.text)


def test_a_judging_scorer_says_what_its_judge_replies() -> None:
    check_scorer(Judged(), [Sample(id="s", input=(Text("?"),), target="x")])
