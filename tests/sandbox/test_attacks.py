"""The attack list, run for real; skipped, with the reason, where no walls can be built."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from benchwright.core.execution import Program
from benchwright.sandbox import Sandbox, open_sandbox
from benchwright.sandbox.finding import look
from benchwright.testing.attacks import ATTACKS, Attack, Scene, scene, wrong

FOUND = look("bubblewrap")
pytestmark = pytest.mark.skipif(not FOUND.works, reason=f"bubblewrap: {FOUND.state}")

HONEST = Program(files={"main.py": "def f(x):\n    return x * x\n"}, checks="assert f(2) == 4\n")


@pytest.fixture(scope="module")
def stage(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Scene]:
    with scene(tmp_path_factory.mktemp("outside")) as one:
        yield one


@pytest.fixture(scope="module")
def sandbox(stage: Scene) -> Iterator[Sandbox]:
    with open_sandbox("bubblewrap", workers=1) as one:
        yield one


@pytest.mark.parametrize("attack", ATTACKS, ids=lambda attack: attack.name)
def test_an_attack_comes_to_what_it_must(attack: Attack, stage: Scene, sandbox: Sandbox) -> None:
    ran = sandbox.run(stage.program(attack))
    assert wrong(attack, ran) == ""
    assert stage.harm() == []
    assert sandbox.run(HONEST).passed is True


def test_attacks_have_names_of_their_own() -> None:
    assert len({attack.name for attack in ATTACKS}) == len(ATTACKS)


def test_a_file_of_the_repository_cannot_be_read(sandbox: Sandbox) -> None:
    source = f"def f(x):\n    return open({str(Path(__file__))!r}).read()\n"
    ran = sandbox.run(Program(files={"main.py": source}, checks="f(1)\n"))
    assert ran.passed is False
    assert "FileNotFoundError" in ran.problem
