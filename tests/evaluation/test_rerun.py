from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from benchwright.benchmarks import census, file
from benchwright.evaluation.result import RunResult
from benchwright.evaluation.run import run
from benchwright.evaluation.settings import FileFields
from benchwright.pool import Pool
from benchwright.scorers import likeliest
from benchwright.scorers._rule import Rule

NUMBER = 12
FIELDS = FileFields(input="q", target="a", choices="o", id="id")


class Plan:
    """One plan over a file of questions, run again and again."""

    def __init__(self, folder: Path) -> None:
        self.path = folder / "mine.jsonl"
        self.pool = folder / "pool"
        self.write("What is {} + 1?")

    def write(self, wording: str) -> None:
        records = [
            {"id": f"q{n}", "q": wording.format(n), "o": ["x", "y"], "a": "A"}
            for n in range(NUMBER)
        ]
        self.path.write_text("".join(json.dumps(one) + "\n" for one in records), "utf-8")

    def run(self, **settings: Any) -> RunResult:
        return run(
            f"file:{self.path}",
            **{"model": "scripted:one", "pool": self.pool, "fields": FIELDS, **settings},
        )

    def counts(self, **settings: Any) -> tuple[int, int]:
        """Return how many requests and rows one more run made."""
        counts = self.run(**settings).run.counts
        return counts["requests"], counts["rows"]


@pytest.fixture
def plan(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Plan:
    monkeypatch.setenv("BENCHWRIGHT_CACHE", str(tmp_path / "cache"))
    monkeypatch.setattr(census, "WORTH_KEEPING", 1)
    return Plan(tmp_path)


def test_a_complete_plan_reads_no_sample_again_and_gives_the_same_table(
    plan: Plan, monkeypatch: pytest.MonkeyPatch
) -> None:
    first = plan.run()

    def unread(*arguments: object) -> None:
        raise AssertionError("a sample was read")

    monkeypatch.setattr(file, "_samples", unread)
    again = plan.run()
    assert again.status == "complete"
    assert again.table == first.table


@pytest.mark.parametrize(
    ("changed", "made"),
    [
        ({"system": "Be brief."}, (NUMBER, NUMBER)),
        ({"model": "scripted:two"}, (NUMBER, NUMBER)),
        ({"ask": "options"}, (NUMBER, NUMBER)),
        ({"repeat": 2}, (NUMBER, NUMBER)),
        ({"fresh": True}, (NUMBER, NUMBER)),
        ({"scorer": ["likeliest_per_byte"]}, (0, 2 * NUMBER)),
        ({"take": "5"}, (0, 0)),
    ],
)
def test_a_changed_plan_asks_what_it_lacks(
    plan: Plan, changed: dict[str, Any], made: tuple[int, int]
) -> None:
    plan.run()
    assert plan.counts(**changed) == made
    assert plan.counts() == (0, 0)


def test_a_changed_file_is_asked_again(plan: Plan) -> None:
    plan.run()
    plan.write("What is {} + 2?")
    assert plan.counts() == (NUMBER, NUMBER)


def test_a_scorers_new_version_judges_again_and_asks_nothing(
    plan: Plan, monkeypatch: pytest.MonkeyPatch
) -> None:
    plan.run()
    newer = Rule("likeliest", "2", likeliest.SCORER.judge)
    monkeypatch.setattr("benchwright.benchmarks.multiple_choice.LIKELIEST", newer)
    assert plan.counts() == (0, NUMBER)


def test_forgotten_rows_are_asked_again(plan: Plan) -> None:
    plan.run(take="5")
    whole = plan.run()
    with Pool.open(plan.pool) as pool:
        pool.forget(run=whole.run.id)
    assert plan.counts() == (NUMBER - 5, NUMBER - 5)


def test_a_failure_that_may_pass_is_tried_again(plan: Plan) -> None:
    broken = plan.run(model_options={"fail": "0.5:connection:0"}, attempts=1)
    failed = broken.run.counts["outcome failed"]
    assert 0 < failed < NUMBER
    assert plan.counts() == (failed, failed)


def test_a_failure_for_good_is_tried_again_only_when_told(plan: Plan) -> None:
    plan.run(model_options={"fail": "1:input_too_long"})
    assert plan.counts() == (0, 0)
    assert plan.counts(retry_failed=True) == (NUMBER, NUMBER)


def test_rows_of_variants_do_not_stand_for_samples(plan: Plan) -> None:
    plan.run(perturb=["rotate_choices"])
    # The unrotated variants were asked under conditions of their own, with the same requests.
    assert plan.counts() == (0, NUMBER)


def test_two_samples_with_the_same_question_keep_their_own_recorded_outputs(plan: Plan) -> None:
    plan.write("What is it?")
    recorded = plan.path.with_name("recorded.jsonl")
    lines = [{"id": f"q{n}", "output": "A" if n % 3 else "B"} for n in range(NUMBER)]
    recorded.write_text("".join(json.dumps(line) + "\n" for line in lines), "utf-8")
    for _ in range(2):
        result = plan.run(model=f"replay:{recorded}", ask="generate")
    with Pool.open(plan.pool).connect() as connection:
        rows = connection.execute("select sample, answer from measurements").fetchall()
    assert result.run.counts["requests"] == 0
    assert dict(rows) == {f"q{n}": "A" if n % 3 else "B" for n in range(NUMBER)}
