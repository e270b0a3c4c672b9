"""Asking until enough is known, from the outside: one command, one pool."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from benchwright.analysis.adaptive.reading import recompute
from benchwright.analysis.adaptive.record import Record
from benchwright.core.errors import DescriptionError, PoolError
from benchwright.evaluation import choices, events
from benchwright.evaluation.result import RunResult
from benchwright.evaluation.run import run
from benchwright.evaluation.settings import FileFields
from benchwright.pool import Pool

NUMBER = 400
FIELDS = FileFields(input="q", target="a", choices="o", id="id", tags=("topic",))
OPTIONS = ["--input", "q", "--target", "a", "--choices", "o", "--id", "id", "--tag", "topic"]


@pytest.fixture(scope="module")
def questions(tmp_path_factory: pytest.TempPathFactory) -> str:
    path = tmp_path_factory.mktemp("questions") / "mine.jsonl"
    rows = [
        {"id": f"q{n:03}", "q": f"What is {n}?", "o": ["x", "y"], "a": "AB"[n % 2], "topic": "t"}
        for n in range(NUMBER)
    ]
    path.write_text("\n".join(map(json.dumps, rows)), encoding="utf-8")
    return f"file:{path}"


class Asker:
    """Runs with the settings that a test leaves alone."""

    def __init__(self, questions: str, pool: Path) -> None:
        self.questions = questions
        self.pool = pool
        self.events: list[events.Event] = []

    def __call__(self, **settings: Any) -> RunResult:
        given = {"model": "scripted:one", "until": "8pt", "strict": True, **settings}
        return run(
            self.questions, pool=self.pool, fields=FIELDS, on_event=self.events.append, **given
        )

    def rows(self) -> list[tuple[Any, ...]]:
        with Pool.open(self.pool, create=False) as pool:
            sql = "select id, sample, outcome, value from measurements order by id"
            return list(pool.query(sql).rows)

    def record(self) -> Record:
        with Pool.open(self.pool, create=False) as pool:
            (found,) = choices.records(pool)
            return found


@pytest.fixture
def ask(questions: str, tmp_path: Path) -> Asker:
    return Asker(questions, tmp_path / "pool")


def line(result: RunResult) -> dict[str, Any]:
    (found,) = result.table.records()
    return found


def test_it_stops_early_says_by_which_rule_and_holds_the_full_score(ask: Asker) -> None:
    result = ask()
    found = line(result)
    assert (result.status, result.exit_code) == ("complete", 0)
    assert result.run.counts["requests"] == found["n"] < found["of"] == NUMBER
    assert "(random draw)" in found["stopped by"]
    assert found["high"] - found["low"] <= 0.16
    whole = ask(until="").table.records()[0]
    assert found["low"] <= whole["score"] <= found["high"]


def test_the_record_and_the_rows_give_the_same_estimate_again(ask: Asker) -> None:
    found = line(ask())
    record = ask.record()
    with Pool.open(ask.pool, create=False) as pool:
        again = recompute(pool, record)
    assert again == record.estimate
    assert (again.value, again.low, again.high, again.n) == tuple(
        found[name] for name in ("score", "low", "high", "n")
    )
    assert [choice.item for choice in record.chosen] != sorted(c.item for c in record.chosen)
    assert {choice.item for choice in record.chosen} == {name for _, name, *_ in ask.rows()}


def test_the_same_command_again_asks_nothing_and_a_finer_one_goes_on(ask: Asker) -> None:
    first = line(ask())
    again = ask()
    assert again.run.counts["requests"] == 0
    assert line(again) == first
    finer = ask(until="6pt")
    assert line(finer)["n"] == first["n"] + finer.run.counts["requests"] > first["n"]
    begin = [choice.item for choice in ask.record().chosen][: first["n"]]
    assert len(set(begin)) == first["n"]


def test_what_was_asked_before_is_not_asked_again_and_changes_no_choice(
    ask: Asker, questions: str, tmp_path: Path
) -> None:
    fresh = line(Asker(questions, tmp_path / "other")())
    ask(until="", take="100")
    result = ask()
    assert line(result) == fresh
    assert result.run.counts["requests"] < fresh["n"]


def test_killed_and_resumed_equals_uninterrupted(
    ask: Asker, questions: str, tmp_path: Path
) -> None:
    straight = Asker(questions, tmp_path / "straight")
    whole = line(straight())
    command = [
        *(sys.executable, "-m", "benchwright", "run", questions, *OPTIONS, "--until", "8pt"),
        *("--model", "scripted:one", "--model-option", "latency=0.05", "--concurrency", "4"),
        *("--pool", str(ask.pool), "--json"),
    ]
    running = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    assert running.stdout is not None
    for text in running.stdout:
        if json.loads(text).get("done", 0) >= 40:
            break
    os.kill(running.pid, signal.SIGKILL)
    running.communicate()
    result = ask()
    assert 0 < result.run.counts["requests"] < whole["n"]
    assert line(result) == whole
    assert ask.rows() == straight.rows()
    assert ask.record().chosen == straight.record().chosen
    assert len(ask.record().runs) == 2


def test_a_failure_that_may_pass_is_not_wrong(ask: Asker) -> None:
    broken = ask(model_options={"fail": "0.3:connection:0"}, attempts=1, until="9pt")
    found = line(broken)
    assert broken.status == "incomplete"
    failed = broken.run.counts["outcome failed"]
    assert failed > 0
    assert found["n"] == broken.run.counts["rows"] - failed
    assert 0.35 < found["score"] < 0.65
    mended = ask(until="9pt")
    assert mended.status == "complete"
    assert line(mended)["n"] == broken.run.counts["rows"]


def test_a_budget_bounds_it(ask: Asker) -> None:
    result = ask(budget=["50requests"])
    found = line(result)
    assert result.status == "incomplete"
    assert found["n"] <= 50
    assert "budget" in found["stopped by"]
    assert found["low"] < found["score"] < found["high"]
    assert ask().status == "complete"


def test_every_model_adapts_by_itself_to_the_same_samples(ask: Asker) -> None:
    found = ask(model=["scripted:one", "scripted:two"]).table.records()
    assert [row["model"] for row in found] == ["one", "two"]
    with Pool.open(ask.pool, create=False) as pool:
        first, second = (
            [choice.item for choice in record.chosen] for record in choices.records(pool)
        )
    least = min(len(first), len(second))
    assert first[:least] == second[:least]


def test_until_rank_stops_when_the_place_is_settled(ask: Asker) -> None:
    for favour in ("A", "B"):
        ask(model=f"scripted:{favour}", model_options={"favour": f" {favour}"}, until="")
    alone = line(ask(model="scripted:one", until="rank:20pt"))
    assert "place" in alone["stopped by"]
    assert "of 3 is settled" in alone["stopped by"]
    assert alone["n"] < NUMBER


def test_without_other_models_it_asks_until_others_can_be_placed_beside_it(ask: Asker) -> None:
    found = line(ask(until="rank:5pt"))
    assert "no other model" in found["stopped by"]
    assert found["high"] - found["low"] <= 0.2
    assert found["n"] < NUMBER


def test_progress_tells_until_when_is_asked(ask: Asker) -> None:
    ask()
    seen = [event for event in ask.events if isinstance(event, events.Progress)]
    assert {event.until for event in seen} == {"8pt"}
    assert seen[-1].done == seen[-1].total == line(ask())["n"]
    assert any(event.estimate is not None for event in seen)


@pytest.mark.parametrize(
    ("wrong", "said"),
    [
        ({"take": "5"}, "--take"),
        ({"perturb": ["rotate_choices"]}, "--perturb"),
        ({"until": "soon"}, "soon"),
    ],
)
def test_what_cannot_go_together_is_refused_before_asking(
    ask: Asker, wrong: dict[str, Any], said: str
) -> None:
    with pytest.raises(DescriptionError, match=said):
        ask(**wrong)


def test_a_damaged_record_is_named_with_the_cure(ask: Asker) -> None:
    ask()
    (path,) = (ask.pool / choices.FOLDER).glob("*.json")
    path.write_text("{")
    with pytest.raises(PoolError, match="Delete it"):
        ask()
