from __future__ import annotations

import pytest

from benchwright.scorers.tool_calls import SCORER as TOOLS
from benchwright.scorers.written_calls import SCORER as WRITTEN

pytestmark = pytest.mark.data

UNATTAINABLE = {"live_multiple_862-181-3", "live_multiple_964-207-0"}


def test_every_right_answer_scores_one_written_and_as_tool_calls_and_a_neighbours_none(
    load,
) -> None:
    benchmark, data = load("bfcl")
    samples = list(benchmark.samples(data))
    right = {sample.id: benchmark.canonical(sample) for sample in samples}
    assert {name for name, response in right.items() if response is None} == UNATTAINABLE
    judged = [sample for sample in samples if sample.id not in UNATTAINABLE]
    for scorer in (WRITTEN, TOOLS):
        assert [s.id for s in judged if scorer(s, right[s.id]).value != 1.0] == []
    certain = [sample for sample in judged if sample.metadata["wanted"] == "calls"]
    neighbours = zip(certain, [*certain[7:], *certain[:7]], strict=True)
    lucky = [one.id for one, two in neighbours if WRITTEN(one, right[two.id]).value == 1.0]
    assert len(lucky) < 25  # of 2,499: near repetitions of a question


def test_the_released_slips_cost_the_keys_of_thirteen_questions(load) -> None:
    from benchwright.scorers.written_calls_paper import SCORER as PAPER

    benchmark, data = load("bfcl")
    samples = [s for s in benchmark.samples(data) if s.tags["group"] in {"simple", "live"}]
    lost = [
        sample.tags["category"]
        for sample in samples
        if (right := benchmark.canonical(sample)) is not None and PAPER(sample, right).value != 1.0
    ]
    assert {name: lost.count(name) for name in {*lost}} == {"simple_java": 11, "live_simple": 2}
