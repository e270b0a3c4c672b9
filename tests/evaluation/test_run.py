from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from benchwright.core.errors import DescriptionError
from benchwright.evaluation import events
from benchwright.evaluation.rescore import score
from benchwright.evaluation.result import RunResult
from benchwright.evaluation.run import run
from benchwright.evaluation.settings import FileFields
from benchwright.pool import Pool
from benchwright.testing.servers import OpenAIProvider, StandIn

FIELDS = FileFields(input="q", target="a", choices="options", id="id", tags=("topic",))
NUMBER = 40


@pytest.fixture
def questions(tmp_path: Path) -> str:
    path = tmp_path / "mine.jsonl"
    rows = [
        {
            "id": f"q{n}",
            "q": f"What is {n} + {n}?",
            "options": [f"{2 * n}", f"{2 * n + 1}", f"{-n - 1}"],
            "a": "A",
            "topic": "even" if n % 2 == 0 else "odd",
        }
        for n in range(NUMBER)
    ]
    path.write_text("\n".join(map(json.dumps, rows)), encoding="utf-8")
    return f"file:{path}"


class Asker:
    """Runs with the settings that a test leaves alone."""

    def __init__(self, questions: str, folder: Path) -> None:
        self.questions = questions
        self.pool = folder / "pool"
        self.events: list[events.Event] = []

    def __call__(self, **settings: Any) -> RunResult:
        settings = {
            "model": "scripted:one",
            "fields": FIELDS,
            "pool": self.pool,
            "strict": True,
            "on_event": self.events.append,
            **settings,
        }
        return run(self.questions, **settings)

    def requests(self, result: RunResult) -> int:
        return result.run.counts["requests"]

    def query(self, sql: str) -> list[tuple[Any, ...]]:
        pool = Pool.open(self.pool, create=False)
        try:
            return list(pool.query(sql).rows)
        finally:
            pool.close()


@pytest.fixture
def ask(questions: str, tmp_path: Path) -> Asker:
    return Asker(questions, tmp_path)


def test_a_rerun_asks_nothing_and_a_new_part_only_itself(ask: Asker) -> None:
    assert ask.requests(ask()) == NUMBER
    assert ask.requests(ask()) == 0
    assert ask.requests(ask(repeat=2)) == NUMBER
    assert ask.requests(ask(model="scripted:two")) == NUMBER
    assert ask.requests(ask(scorer=["likeliest_per_byte"])) == 0
    # The unrotated variant was asked before; two rotations of three options are new.
    assert ask.requests(ask(perturb=["rotate_choices"])) == 2 * NUMBER
    assert ask.requests(ask(fresh=True)) == NUMBER


def test_the_result_says_how_much_was_measured_and_what_to_do_next(ask: Asker) -> None:
    result = ask()
    (row,) = result.table.records()
    assert (result.status, result.exit_code) == ("complete", 0)
    assert row["n"] == NUMBER
    assert row["coverage"] == 1.0
    assert "benchwright report" in result.next_command
    assert isinstance(ask.events[0], events.Started)
    assert isinstance(ask.events[-1], events.Ended)
    done = [event for event in ask.events if isinstance(event, events.Progress)][-1]
    assert (done.done, done.total, done.outcomes) == (NUMBER, NUMBER, {"scored": NUMBER})


def test_both_ways_of_asking_are_two_conditions(ask: Asker) -> None:
    result = ask(ask="letters,generate")
    assert sorted(str(row["asked"]).split(",")[0] for row in result.table.records()) == [
        "generate",
        "letters",
    ]


def test_temporary_failures_make_the_run_incomplete_and_a_rerun_completes_it(ask: Asker) -> None:
    broken = ask(model_options={"fail": "1:connection:0"})
    assert (broken.status, broken.exit_code) == ("incomplete", 1)
    assert ask.query("select distinct outcome, failure, value from measurements") == [
        ("failed", "connection", None)
    ]
    mended = ask()
    assert mended.status == "complete"
    assert ask.query("select count(*), count(distinct id) from measurements") == [(NUMBER, NUMBER)]


def test_permanent_failures_are_asked_again_only_when_told(ask: Asker) -> None:
    first = ask(model_options={"fail": "1:invalid_request"})
    assert first.status == "complete"
    assert ask.requests(ask()) == 0
    assert ask.requests(ask(retry_failed=True)) == NUMBER
    assert ask.query("select distinct outcome from measurements") == [("scored",)]


def test_a_budget_holds_across_resumed_runs_of_one_plan(ask: Asker) -> None:
    first = ask(budget=["15requests"], concurrency=4)
    assert (first.status, ask.requests(first)) == ("incomplete", 15)
    assert "budget of requests" in first.reason
    again = ask(budget=["20requests"], concurrency=4)
    assert ask.requests(again) == 5
    assert ask.requests(ask()) == NUMBER - 20


def test_a_budget_in_money_needs_a_price(ask: Asker) -> None:
    with pytest.raises(DescriptionError, match="needs the price of one"):
        ask(budget=["2usd"])


def test_everything_wrong_is_listed_at_once_before_anything_is_asked(ask: Asker) -> None:
    with pytest.raises(DescriptionError) as caught:
        ask(perturb=["rotate_choises"], scorer=["exakt_match"], repeat=0, shots=-1)
    assert len(caught.value.problems) == 4
    assert "rotate_choices" in caught.value.problems[0]
    assert not ask.pool.exists()


@pytest.mark.parametrize(
    ("wrong", "said"),
    [
        ({"model": "scripted"}, "names no model"),
        ({"model": "scrypted:x"}, "Did you mean scripted"),
        ({"model": "x.gguf"}, "Did you mean llama:x.gguf"),
        ({"ask": "sing"}, "cannot be asked by 'sing'"),
        ({"take": "5/level"}, "level"),
        ({"budget": ["2eur"]}, "2eur"),
        ({"price": "cheap"}, "dollars per million tokens"),
    ],
)
def test_a_wrong_description_says_what_to_do(ask: Asker, wrong: dict[str, Any], said: str) -> None:
    with pytest.raises(DescriptionError, match=said):
        ask(**wrong)


def test_a_dry_run_shows_prompts_counts_and_cost_and_asks_nothing(ask: Asker) -> None:
    dry = ask(dry_run=True, price="1,2")
    assert dry.preview is not None
    assert (dry.preview.requests, dry.preview.kept) == (NUMBER, 0)
    assert "What is 0 + 0?" in dry.preview.prompts[0]
    assert dry.preview.cost is not None
    assert dry.preview.cost > 0
    ask()
    after = ask(dry_run=True)
    assert after.preview is not None
    assert after.preview.kept == NUMBER


def test_taken_samples_are_a_part_and_taking_more_asks_only_the_rest(ask: Asker) -> None:
    assert ask.requests(ask(take="4/topic")) == 8
    assert ask.requests(ask(take="10/topic")) == 12
    counts = ask.query("select tags['topic'], count(*) from measurements group by 1 order by 1")
    assert counts == [("even", 10), ("odd", 10)]


def test_a_new_scorer_over_kept_answers_asks_nothing(ask: Asker) -> None:
    ask(ask="generate", perturb=["rotate_choices"])
    before = ask.query("select count(*) from responses")
    result = score("mine", scorer=["first_letter", "exact_match"], pool=ask.pool)
    assert result.run.counts["requests"] == 0
    assert result.run.counts["rows"] == 2 * 3 * NUMBER
    assert ask.query("select count(*) from responses") == before
    same = score("mine", scorer="first_letter", pool=ask.pool)
    assert same.run.counts["rows"] == 0


def test_a_rescored_row_differs_only_in_its_verdict(ask: Asker) -> None:
    ask(ask="generate")
    score("mine", scorer="first_letter", pool=ask.pool)
    kept = "sample, variant, conditions, model_key, request_keys, tokens_in, tokens_out, finish"
    official, other = (
        ask.query(
            f"select {kept} from measurements where scorer {sign} 'first_letter@1' order by 1"
        )
        for sign in ("!=", "=")
    )
    assert official == other
    assert len(official) == NUMBER


def test_a_model_that_cannot_score_continuations_is_asked_to_generate(
    ask: Asker,
) -> None:
    with StandIn(OpenAIProvider(answer="letter", echo="ignored")) as server:
        result = ask(model=f"openai:stand-in@{server.url}", model_options={"endpoint": "chat"})
        (row,) = result.table.records()
        assert str(row["asked"]).startswith("generate")
        assert "by letters: it is asked by generate instead" in result.warnings[0]
        with pytest.raises(DescriptionError, match="--ask generate"):
            ask(
                model=f"openai:stand-in@{server.url}",
                model_options={"endpoint": "chat"},
                ask="letters",
            )
