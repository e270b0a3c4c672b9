"""Recorded answers to mathematics must give the scores that were published for them."""

from __future__ import annotations

from pathlib import Path

import pytest
from parity import math

from benchwright.scorers import gsm8k_number, math_answer

pytestmark = pytest.mark.data


@pytest.mark.parametrize(
    ("folder", "name", "official"),
    [
        ("gsm8k", "gsm8k", gsm8k_number.SCORER),
        ("math", "math_level5", math_answer.SCORER),
    ],
)
def test_zeroevals_figures_come_out_exactly_down_to_the_length_of_reasoning(
    data_folder: Path, folder: str, name: str, official
) -> None:
    cases = list(math.zeroeval(data_folder / folder, name, official))
    assert len({case.model for case in cases}) >= 10
    assert len(cases) == 3 * len({case.model for case in cases})
    assert [case for case in cases if abs(case.difference) > 1e-9] == []
    worse = [c for c in cases if c.corrected is not None and c.corrected < c.ours - 0.5]
    assert worse == [], "reading chat models' answers loses what the released rule finds"


def test_openais_flags_of_recorded_solutions_are_met(data_folder: Path) -> None:
    cases = list(math.openai_flags(data_folder / "gsm8k"))
    assert len(cases) == 4
    assert sum(case.rows for case in cases) > 5000
    assert [case for case in cases if case.difference or case.explained] == []


@pytest.fixture
def some(data_folder: Path, tmp_path: Path):
    """A folder in which only some recorded outputs are, so that the suite stays quick."""

    def linked(folder: str, within: str, wanted: tuple[str, ...]) -> Path:
        for path in (data_folder / folder).rglob("*"):
            relative = path.relative_to(data_folder / folder)
            outputs = relative.parts[0] == within
            if path.is_file() and (not outputs or any(name in path.name for name in wanted)):
                (tmp_path / relative).parent.mkdir(parents=True, exist_ok=True)
                (tmp_path / relative).symlink_to(path)
        return tmp_path

    return linked


def test_math_visions_recorded_verdicts_are_met_but_for_named_ones(some) -> None:
    folder = some("mathvision", "outputs", ("LLaVA", "Gemini-Pro.", "InternLM"))
    cases = list(math.mathvision_verdicts(folder))
    assert len(cases) == 6
    for case in cases:
        assert abs(case.difference) <= 0.05
        assert len(case.explained) <= 1


def test_math_vistas_recorded_extractions_give_the_published_accuracy(some) -> None:
    folder = some("mathvista", "results", ("bard", "idefics", "minigpt4", "random_guess"))
    cases = list(math.mathvista_scores(folder))
    assert len(cases) == 4
    assert [case.model for case in cases if case.difference] == ["idefics_9b_instruct"]
    assert all(len(case.explained) == round(case.difference * 10) for case in cases)
