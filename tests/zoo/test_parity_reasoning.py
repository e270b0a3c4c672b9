"""BBH's and LiveBench's recorded outputs give the published scores; BBH is asked as it was."""

from __future__ import annotations

from pathlib import Path

import pytest
from parity.reasoning import cases

from benchwright.core.benchmark import Asking
from benchwright.core.flow import drive
from benchwright.core.request import Request
from benchwright.core.response import Response
from benchwright.core.sample import Presentation
from benchwright.models.records import whole
from benchwright.zoo.bbh import TASKS

pytestmark = pytest.mark.data


def test_recorded_outputs_give_what_was_published_or_say_why_not(data_folder: Path) -> None:
    found = list(cases(data_folder))
    assert {case.benchmark for case in found} == {"bbh", "livebench"}
    assert sum(case.benchmark == "bbh" for case in found) >= 2 * (len(TASKS) + 1)
    assert sum(case.benchmark == "livebench" for case in found) >= 13
    for case in found:
        assert abs(case.difference) <= 0.05 or case.explained, case
    averages = {case.figure: case.ours for case in found if "mean of 23" in case.figure}
    assert averages["mean of 23 tasks, cot"] == 73.9
    assert averages["mean of 23 tasks, direct"] == 56.6


@pytest.mark.parametrize(("ask", "form"), [("generate", "cot"), ("direct", "direct")])
def test_bbh_is_asked_byte_for_byte_as_its_authors_asked(
    load, data_folder: Path, ask: str, form: str
) -> None:
    benchmark, data = load("bbh")
    solver = benchmark.solver(Asking(ask=ask, chat=False), data)
    prompts: list[str] = []

    def answer(request: Request) -> Response:
        prompts.append(request.prompt_text)
        return Response()

    last = {sample.tags["task"]: sample for sample in benchmark.samples(data)}
    folder = data_folder / "bbh" / "outputs" / f"code-davinci-002-{form}"
    for task, sample in last.items():
        drive(solver(sample, Presentation(), 0), answer)
        (path,) = folder.glob(f"{task}_*.json.gz")
        assert prompts[-1] == whole(path)["outputs"][-1]["input"], task
    assert len(prompts) == len(TASKS)
