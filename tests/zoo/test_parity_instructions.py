"""Recorded verdicts on instructions must come out again, or differ for a stated reason."""

from __future__ import annotations

from pathlib import Path

import pytest
from parity import instructions
from parity.page import Standing, standing

pytestmark = pytest.mark.data


def test_every_verdict_on_recorded_answers_comes_out_or_differs_for_a_known_reason(
    data_folder: Path,
) -> None:
    folder = data_folder / "ifeval"
    recorded = sorted((folder / "evaluations").glob("en_input_response_data_*"))[:4]
    assert recorded
    for path in recorded:
        cases = list(instructions.model_cases(folder, path))
        assert len(cases) == 6
        unexplained = [case for case in cases if standing(case) is Standing.UNEXPLAINED]
        assert unexplained == []
        agreeing = [case for case in cases if case.figure.startswith("verdicts")]
        assert all(case.ours >= 99.5 for case in agreeing)


@pytest.mark.parametrize(
    ("model", "published"),
    [
        ("aya-23", 50.60),
        ("Qwen2.5-32B", 85.97),
        ("Qwen2.5-3B", 67.87),
        ("gpt-4o-mini", 85.97),
    ],
)
def test_the_published_instruction_level_accuracies_are_those_of_the_recorded_verdicts(
    data_folder: Path, model: str, published: float
) -> None:
    folder = data_folder / "ifeval"
    (recorded,) = (folder / "evaluations").glob(f"en_*{model}*")
    (path,) = recorded.glob("eval_results_strict*")
    prompts, left_out = instructions.verdicts(folder, "en", path, lambda *_: False)
    flags = [one.recorded for prompt in prompts for one in prompt]
    assert left_out == 0
    assert round(100 * sum(flags) / len(flags), 2) == published
