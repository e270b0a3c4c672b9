from __future__ import annotations

import random
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from benchwright.core.conditions import Conditions
from benchwright.core.errors import DefectsExceeded, ModelError, ScoringError
from benchwright.core.flow import Flow, ask, ask_all
from benchwright.core.measurement import Outcome, Score
from benchwright.core.model import Inbox
from benchwright.core.request import Generation, Request
from benchwright.core.response import Failure, RequestFailed, Response
from benchwright.core.sample import Presentation, Sample
from benchwright.evaluation.desk import RetryPolicy
from benchwright.evaluation.engine import Engine, Limits
from benchwright.evaluation.price import Budget, Price
from benchwright.pool import Journal
from evaluation.bench import Bench, ExactScorer, FunctionModel, said, sample


def number_of(request: Request) -> Response:
    return said(request.prompt_text.split()[-1])


def request(text: str, role: Any = "subject") -> Request:
    return Request(prompt=(text,), generation=Generation(max_tokens=5), role=role)


def test_every_sample_gets_its_own_row(bench: Bench) -> None:
    model = FunctionModel(number_of)
    rows = bench.run(model, [sample(n) for n in range(2500)])
    assert {row.sample: row.answer for row in rows} == {f"s/{n}": f"{n}" for n in range(2500)}
    assert {row.outcome for row in rows} == {Outcome.SCORED}
    assert len(rows) == 2500
    assert all(
        row.value == 1.0 and row.tokens_in == 10 and len(row.request_keys) == 1 for row in rows
    )


def test_a_second_run_asks_nothing_and_gives_the_same_rows(bench: Bench) -> None:
    samples = [sample(n) for n in range(50)]
    first = bench.run(FunctionModel(number_of), samples)
    again = FunctionModel(number_of)
    second = bench.run(again, samples)
    assert not again.asked
    assert sorted(first, key=lambda r: r.sample) == sorted(second, key=lambda r: r.sample)


def test_fresh_reads_nothing_kept_but_asks_each_question_once(bench: Bench) -> None:
    twins = [sample(1), sample(2)]
    bench.run(FunctionModel(number_of), twins)
    again = FunctionModel(number_of)
    bench.run(again, [*twins, *twins], fresh=True)
    assert sorted(again.asked.values()) == [1, 1]


def test_the_same_question_in_two_flows_is_asked_once(bench: Bench) -> None:
    same = [Sample(id=f"s/{n}", input=sample(7).input, target="7") for n in range(20)]
    model = FunctionModel(number_of, concurrency=4)
    rows = bench.run(model, same)
    assert len(rows) == 20
    assert sum(model.asked.values()) == 1


def test_no_more_requests_are_out_than_the_model_takes(bench: Bench) -> None:
    model = FunctionModel(number_of, concurrency=3)
    bench.run(model, [sample(n) for n in range(100)])
    assert model.most_out <= 3


def test_while_the_model_has_enough_to_do_flows_are_let_in_by_the_block(
    bench: Bench, monkeypatch: pytest.MonkeyPatch
) -> None:
    claimed: list[int] = []
    claim = Journal.claim

    def counted(journal: Journal, keys: Sequence[bytes], *, again: bool = False) -> set[bytes]:
        claimed.append(len(keys))
        return claim(journal, keys, again=again)

    monkeypatch.setattr(Journal, "claim", counted)
    model = FunctionModel(number_of, concurrency=2)
    samples = [sample(n) for n in range(640)]
    assert len(bench.run(model, samples, limits=Limits(window=64))) == 640
    assert claimed[0] == 64
    assert min(claimed[:-1]) >= 8
    assert sum(claimed) == 640


def test_temporary_failures_are_tried_again(bench: Bench) -> None:
    left = {"question 1": 2}

    def shaky(asked: Request) -> Response | Failure:
        if left.get(asked.prompt_text, 0) > 0:
            left[asked.prompt_text] -= 1
            return Failure(kind="server_error", message="500", retry_after=0.0)
        return number_of(asked)

    rows = bench.run(FunctionModel(shaky), [sample(1), sample(2)])
    assert {row.outcome for row in rows} == {Outcome.SCORED}
    assert bench.desk is not None
    assert bench.desk.retries == 2


def test_an_exhausted_temporary_failure_is_a_failed_row_and_asked_again_by_a_rerun(
    bench: Bench,
) -> None:
    def down(asked: Request) -> Failure:
        return Failure(kind="rate_limit", message="429")

    model = FunctionModel(down)
    rows = bench.run(model, [sample(1)], retry=RetryPolicy(attempts=3, first_seconds=0.0))
    assert (rows[0].outcome, rows[0].failure, rows[0].value) == (Outcome.FAILED, "rate_limit", None)
    assert sum(model.asked.values()) == 3
    assert bench.engine is not None
    assert bench.engine.tally.incomplete == 1
    assert bench.run(FunctionModel(number_of), [sample(1)])[0].outcome is Outcome.SCORED


@pytest.mark.parametrize("kind", ["input_too_long", "invalid_request", "not_found"])
def test_a_permanent_failure_is_kept_and_asked_again_only_when_told(
    bench: Bench, kind: Any
) -> None:
    def refuse(asked: Request) -> Failure:
        return Failure(kind=kind, message="no")

    first = FunctionModel(refuse)
    rows = bench.run(first, [sample(1)])
    assert (rows[0].outcome, rows[0].failure) == (Outcome.FAILED, kind)
    assert sum(first.asked.values()) == 1
    again = FunctionModel(number_of)
    assert bench.run(again, [sample(1)])[0].failure == kind
    assert not again.asked
    assert bench.run(again, [sample(1)], retry_failed=True)[0].outcome is Outcome.SCORED


def test_what_a_model_cannot_do_is_unsupported_not_failed(bench: Bench) -> None:
    model = FunctionModel(lambda asked: Failure(kind="unsupported", message="no pictures"))
    assert bench.run(model, [sample(1)])[0].outcome is Outcome.UNSUPPORTED


def test_five_refusals_of_the_key_in_a_row_stop_the_run(bench: Bench) -> None:
    model = FunctionModel(
        lambda asked: Failure(kind="authentication", message="401 bad key"), concurrency=1
    )
    with pytest.raises(ModelError, match="401 bad key"):
        bench.run(model, [sample(n) for n in range(100)])
    assert bench.pool.query("select count(*) from attempts where kind = 'authentication'").rows


def test_a_model_that_breaks_stops_the_run_and_what_arrived_is_kept(bench: Bench) -> None:
    class Breaking(FunctionModel):
        def serve(self, inbox: Inbox) -> None:
            for asked in inbox.take(3):
                inbox.answer(asked, number_of(asked.request))
            raise RuntimeError("out of memory")

    with pytest.raises(ModelError, match="function: RuntimeError: out of memory"):
        bench.run(Breaking(number_of), [sample(n) for n in range(10)])
    again = FunctionModel(number_of)
    bench.run(again, [sample(n) for n in range(10)])
    assert sum(again.asked.values()) == 7


def test_an_answer_with_too_few_scores_is_garbled(bench: Bench) -> None:
    class Scored:
        conditions = Conditions(solver="scored@1")

        def __call__(
            self, sample: Sample, presentation: Presentation, repeat: int
        ) -> Flow[Response]:
            return ask(Request(prompt=("x",), continuations=("a", "b")))

    model = FunctionModel(lambda asked: said("no scores"))
    rows = bench.run(
        model, [sample(1)], solver=Scored(), retry=RetryPolicy(attempts=2, first_seconds=0.0)
    )
    assert rows[0].failure == "garbled"


class Raising(ExactScorer):
    def __call__(self, sample: Sample, response: Response) -> Score:
        if sample.id == "s/3":
            raise ZeroDivisionError("a bug")
        return super().__call__(sample, response)


def test_a_raising_scorer_is_a_defect_with_its_traceback_and_the_run_goes_on(bench: Bench) -> None:
    rows = bench.run(FunctionModel(number_of), [sample(n) for n in range(10)], scorers=[Raising()])
    defect = next(row for row in rows if row.sample == "s/3")
    assert (defect.outcome, defect.failure, defect.value) == (Outcome.FAILED, "defect", None)
    assert "ZeroDivisionError: a bug" in defect.explanation
    assert sum(row.outcome is Outcome.SCORED for row in rows) == 9
    assert bench.engine is not None
    assert bench.engine.tally.defects == 1


def test_strict_stops_at_the_first_defect(bench: Bench) -> None:
    with pytest.raises(ScoringError, match="a bug"):
        bench.run(
            FunctionModel(number_of), [sample(3)], scorers=[Raising()], limits=Limits(strict=True)
        )


def test_too_many_defects_stop_the_run(bench: Bench) -> None:
    class Broken(ExactScorer):
        def __call__(self, sample: Sample, response: Response) -> Score:
            raise KeyError("always")

    with pytest.raises(DefectsExceeded, match="21 samples"):
        bench.run(FunctionModel(number_of), [sample(n) for n in range(100)], scorers=[Broken()])


def test_a_budget_of_requests_ends_the_run_as_incomplete_and_never_over(bench: Bench) -> None:
    model = FunctionModel(number_of, concurrency=4)
    rows = bench.run(
        model, [sample(n) for n in range(100)], limits=Limits(budget=Budget(requests=10))
    )
    assert bench.engine is not None
    assert "budget of requests" in bench.engine.tally.reason
    assert sum(model.asked.values()) == len(rows) == 10


def test_a_budget_of_money_reserves_the_most_that_requests_in_flight_can_cost(
    bench: Bench,
) -> None:
    price = Price(tokens_in=1000.0, tokens_out=1000.0)
    model = FunctionModel(number_of, concurrency=50)
    bench.run(
        model,
        [sample(n) for n in range(500)],
        price=price,
        limits=Limits(budget=Budget(usd=1.0)),
    )
    assert bench.desk is not None
    assert bench.desk.cost is not None
    assert 0.5 < bench.desk.cost <= 1.0


def test_an_interrupt_stops_asking_and_keeps_what_arrived(bench: Bench) -> None:
    seen = iter(range(1000))

    def interrupt(engine: Engine) -> None:
        if next(seen) == 300:
            engine.interrupt()

    model = FunctionModel(number_of, concurrency=2)
    rows = bench.run(
        model, [sample(n) for n in range(1000)], limits=Limits(window=20), on_row=interrupt
    )
    assert bench.engine is not None
    assert bench.engine.tally.reason == "interrupted"
    assert 200 < len(rows) < 400
    rest = FunctionModel(number_of)
    assert len(bench.run(rest, [sample(n) for n in range(1000)])) == 1000
    assert sum(model.asked.values()) + sum(rest.asked.values()) == 1000


def test_an_interrupted_run_does_not_wait_for_ever_for_what_is_out(
    bench: Bench, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("benchwright.evaluation.engine.GRACE_SECONDS", 0.0)

    class Silent(FunctionModel):
        def serve(self, inbox: Inbox) -> None:
            taken = inbox.take(5)
            assert bench.engine is not None
            bench.engine.interrupt()
            while not inbox.closed:
                inbox.take(0, 0.01)
            assert len(taken) == 5

    assert bench.run(Silent(number_of), [sample(n) for n in range(5)]) == []
    assert bench.engine is not None
    assert bench.engine.tally.reason == "interrupted"


class Judged:
    name, version, judges = "judged", "1", True

    def __call__(self, sample: Sample, response: Response) -> Flow[Score]:
        verdict = yield from ask(request(f"is {response.text} right?", "judge"))
        if verdict.text not in ("yes", "no"):
            return Score(outcome=Outcome.UNJUDGED, explanation=verdict.text)
        return Score(value=float(verdict.text == "yes"), answer=response.text)


@pytest.mark.parametrize(
    ("verdict", "outcome", "value"),
    [
        (said("yes"), Outcome.SCORED, 1.0),
        (said("no"), Outcome.SCORED, 0.0),
        (said("well"), Outcome.UNJUDGED, None),
        (Failure(kind="invalid_request", message="400"), Outcome.UNJUDGED, None),
    ],
)
def test_a_judge_is_asked_by_the_scorers_flow(
    bench: Bench, verdict: Response | Failure, outcome: Outcome, value: float | None
) -> None:
    judge = FunctionModel(lambda asked: verdict, name="judge")
    rows = bench.run(FunctionModel(number_of), [sample(1)], scorers=[Judged()], judge=judge)
    assert (rows[0].outcome, rows[0].value) == (outcome, value)
    assert len(rows[0].request_keys) == 1


@settings(
    max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(
    shapes=st.lists(st.lists(st.integers(1, 4), min_size=1, max_size=4), min_size=1, max_size=30),
    seed=st.integers(0, 2**32),
    window=st.integers(1, 40),
    concurrency=st.integers(1, 9),
)
def test_flows_of_any_shape_get_their_own_answers_in_order(
    tmp_path_factory: pytest.TempPathFactory,
    shapes: list[list[int]],
    seed: int,
    window: int,
    concurrency: int,
) -> None:
    class Several:
        conditions = Conditions(solver="several@1")

        def __call__(
            self, sample: Sample, presentation: Presentation, repeat: int
        ) -> Flow[Response]:
            heard = []
            for step, width in enumerate(shapes[int(sample.target)]):
                texts = [f"{sample.id} {step} {n}" for n in range(width)]
                try:
                    answers = yield from ask_all([request(text) for text in texts])
                except RequestFailed as failed:
                    heard.append(f"failed {failed.failure.message}")
                    continue
                heard += [
                    f"{text}={answer.text}" for text, answer in zip(texts, answers, strict=True)
                ]
            return said("|".join(heard))

    rng = random.Random(seed)
    failing = {f"s/{n} 0 0" for n in range(len(shapes)) if rng.random() < 0.2}

    def answer(asked: Request) -> Response | Failure:
        if asked.prompt_text in failing:
            return Failure(kind="invalid_request", message=asked.prompt_text)
        return said(asked.prompt_text)

    folder: Path = tmp_path_factory.mktemp("bench")
    bench = Bench(folder)
    model = FunctionModel(answer, concurrency=concurrency)
    rows = bench.run(
        model,
        [sample(n) for n in range(len(shapes))],
        solver=Several(),
        limits=Limits(window=window),
    )
    bench.pool.close()
    assert set(model.asked.values()) == {1}
    for row in rows:
        number = int(row.target)
        expected = [
            part
            for step, width in enumerate(shapes[number])
            for part in (
                [f"failed {row.sample} 0 0"]
                if step == 0 and f"{row.sample} 0 0" in failing
                else [f"{row.sample} {step} {n}={row.sample} {step} {n}" for n in range(width)]
            )
        ]
        assert row.answer == "|".join(expected)
    assert len(rows) == len(shapes)
