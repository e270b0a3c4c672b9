from __future__ import annotations

import importlib
from pathlib import Path

import pytest

import benchwright.scorers
from benchwright.core.content import Text
from benchwright.core.measurement import Score
from benchwright.core.response import Response
from benchwright.core.sample import Sample
from benchwright.testing.checks import ContractBroken, check_scorer

FOLDER = Path(benchwright.scorers.__file__).parent
NAMES = sorted(path.stem for path in FOLDER.glob("*.py") if not path.stem.startswith("_"))


@pytest.mark.parametrize("name", NAMES)
def test_a_scorer_keeps_its_contract_under_its_modules_name(name: str) -> None:
    scorer = importlib.import_module(f"benchwright.scorers.{name}").SCORER
    assert scorer.name == name
    check_scorer(scorer)


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
