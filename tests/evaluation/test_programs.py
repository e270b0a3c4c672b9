"""Programs that flows want run: once, beside the asking, kept, and never a 0 where none ran."""

from __future__ import annotations

import threading
from collections import Counter
from pathlib import Path

import pytest

from benchwright.core.benchmark import Card
from benchwright.core.errors import DescriptionError
from benchwright.core.execution import Program, ProgramNotRun, Ran
from benchwright.core.flow import Flow, execute, execute_all
from benchwright.core.measurement import Measurement, Outcome, Score
from benchwright.core.response import Response
from benchwright.core.sample import Sample
from benchwright.core.table import Table
from benchwright.evaluation.executing import remarks_on, sandbox_for
from benchwright.evaluation.job import scorer_identity
from benchwright.evaluation.rescore import score
from benchwright.pool import Pool
from benchwright.sandbox import finding
from evaluation.bench import Bench, FunctionModel, said, sample


class Played:
    """A sandbox whose results are a function of the program's text; counts what it runs."""

    kind = "bubblewrap"
    workers = 2

    def __init__(self) -> None:
        self.ran: Counter[str] = Counter()
        self.broken = False
        self.closed = False
        self.gate: threading.Event | None = None

    def key(self, program: Program) -> str:
        return program.files["main.py"].ljust(32, "-")

    def run(self, program: Program) -> Ran:
        if self.gate is not None:
            assert self.gate.wait(30)
        if self.broken:
            raise ProgramNotRun("the sandbox does not start: no namespaces")
        text = program.files["main.py"]
        self.ran[text] += 1
        return Ran(passed=not text.endswith("3"), problem="" if text else "nothing")

    def close(self) -> None:
        self.closed = True


class Runs:
    """Scores by running the answer."""

    name, version, executes = "runs", "1", ("python",)

    def __call__(self, sample: Sample, response: Response) -> Flow[Score]:
        ran = yield from execute(Program(files={"main.py": response.text}, checks="f()"))
        return Score(value=float(ran.passed is True), answer=response.text)


class RunsAnew(Runs):
    """Another reading of the same programs' results."""

    version = "2"


class RunsThrice:
    """Scores by running three programs together."""

    name, version, executes = "runs_thrice", "1", ("python",)

    def __call__(self, sample: Sample, response: Response) -> Flow[Score]:
        programs = [Program(files={"main.py": f"{response.text}/{n}"}) for n in range(3)]
        ran = yield from execute_all(programs)
        return Score(value=sum(one.passed is True for one in ran) / 3)


@pytest.fixture
def played() -> Played:
    return Played()


@pytest.fixture
def bench(tmp_path: Path, played: Played) -> Bench:
    one = Bench(tmp_path)
    one.opened = lambda: played  # type: ignore[assignment, return-value]
    return one


def model() -> FunctionModel:
    return FunctionModel(lambda request: said("code " + request.prompt[0][-1]))


def outcomes(rows: list[Measurement]) -> dict[str, tuple[str, float | None]]:
    return {row.sample: (row.outcome.value, row.value) for row in rows}


def test_a_program_is_run_once_and_not_again_by_a_rerun(bench: Bench, played: Played) -> None:
    samples = [sample(number) for number in range(5)]
    first = bench.run(model(), samples, scorers=[Runs()])
    assert outcomes(first)["s/3"] == ("scored", 0.0)
    assert outcomes(first)["s/4"] == ("scored", 1.0)
    second = bench.run(model(), samples, scorers=[Runs()])
    assert outcomes(first) == outcomes(second)
    assert set(played.ran.values()) == {1} and len(played.ran) == 5
    assert bench.programs is not None
    assert (bench.programs.executed, bench.programs.reused) == (0, 5)
    assert played.closed


def test_answers_that_are_alike_are_run_once(bench: Bench, played: Played) -> None:
    same = FunctionModel(lambda request: said("same"))
    rows = bench.run(same, [sample(number) for number in range(9)], scorers=[Runs()])
    assert len(rows) == 9 and played.ran == {"same": 1}


def test_programs_yielded_together_come_back_in_order(bench: Bench) -> None:
    (row,) = bench.run(model(), [sample(7)], scorers=[RunsThrice()])
    assert row.value == 1.0


def test_fresh_runs_again(bench: Bench, played: Played) -> None:
    bench.run(model(), [sample(1)], scorers=[Runs()])
    bench.run(model(), [sample(1)], scorers=[Runs()], fresh=True)
    assert played.ran == {"code 1": 2}


def test_requests_go_on_while_programs_run(bench: Bench, played: Played) -> None:
    # No program ends before the last request has been answered.
    played.gate = threading.Event()
    answered: Counter[str] = Counter()

    def answer(request: object) -> Response:
        answered["requests"] += 1
        if answered["requests"] == 20:
            assert played.gate is not None
            played.gate.set()
        return said("x")

    subject = FunctionModel(answer, concurrency=1)
    rows = bench.run(subject, [sample(number) for number in range(20)], scorers=[Runs()])
    assert len(rows) == 20


def test_a_broken_sandbox_gives_no_verdict_and_the_rerun_runs_only_the_program(
    bench: Bench, played: Played
) -> None:
    played.broken = True
    subject = model()
    (row,) = bench.run(subject, [sample(1)], scorers=[Runs()])
    assert (row.outcome, row.value, row.failure) == (Outcome.UNJUDGED, None, "not_run")
    assert "no namespaces" in row.explanation
    assert bench.engine is not None and bench.engine.tally.incomplete == 1
    played.broken = False
    (again,) = bench.run(subject, [sample(1)], scorers=[Runs()])
    assert (again.outcome, again.value, again.failure) == (Outcome.SCORED, 1.0, "")
    assert sum(subject.asked.values()) == 1


def test_a_sandbox_that_cannot_be_opened_gives_no_verdict(bench: Bench) -> None:
    def none() -> object:
        raise DescriptionError("no sandbox here")

    bench.opened = none  # type: ignore[assignment]
    rows = bench.run(model(), [sample(1), sample(2)], scorers=[Runs()])
    assert {row.outcome for row in rows} == {Outcome.UNJUDGED}


def test_a_run_that_executes_nothing_keeps_no_file_of_executions(bench: Bench) -> None:
    bench.run(model(), [sample(1)])
    assert not (bench.pool.path / "executions.sqlite").exists()


def test_results_are_on_disk_before_the_rows_made_of_them(bench: Bench, played: Played) -> None:
    seen: list[int] = []

    def look(engine: object) -> None:
        executions = bench.pool.executions()
        seen.append(len(executions.kept([f"code {n}".ljust(32, "-") for n in range(3)])))
        executions.close()

    bench.run(model(), [sample(number) for number in range(3)], scorers=[Runs()])
    look(bench)
    assert seen == [3]


def test_score_runs_programs_over_kept_answers_once(
    bench: Bench, played: Played, monkeypatch: pytest.MonkeyPatch
) -> None:
    rows = bench.run(model(), [sample(number) for number in range(4)], scorers=[Runs()])
    pool = bench.pool
    pool.save_samples("test@1", [sample(number) for number in range(4)])
    pool.save_card("test@1", CARD, {"": 4})
    pool.measurements.write(rows)
    monkeypatch.setattr("benchwright.evaluation.rescore.catalog.scorer", lambda name: RunsAnew())
    monkeypatch.setattr("benchwright.evaluation.rescore.leaderboard", lambda pool, where: TABLE)
    monkeypatch.setattr("benchwright.evaluation.session.open_sandbox", lambda wanted: played)
    monkeypatch.setattr("benchwright.evaluation.executing.choose", lambda wanted: "bubblewrap")
    for _ in range(2):
        result = score("test", scorer="runs", pool=pool.path)
        assert result.status == "complete"
    judged = list(Pool.open(pool.path).measurements.rows("scorer = 'runs@2'"))
    assert sorted((row.sample, row.value) for row in judged) == [
        ("s/0", 1.0), ("s/1", 1.0), ("s/2", 1.0), ("s/3", 0.0),
    ]  # fmt: skip
    assert set(played.ran.values()) == {1}


CARD = Card(
    name="test", version="1", title="T", summary="T.", paper="none", licence="CC0-1.0", size=4
)


TABLE = Table(columns=("a",), rows=())


def test_nothing_is_asked_where_code_is_to_be_run_and_no_sandbox_works(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    absent = finding.Found(
        kind="bubblewrap", works=False, state="not installed", advice="apt-get install bubblewrap"
    )
    monkeypatch.setattr(finding, "look", lambda kind: absent)
    assert sandbox_for([], "auto") == "auto"
    with pytest.raises(DescriptionError, match="apt-get install bubblewrap") as caught:
        sandbox_for(["python", "cobol"], "auto")
    assert len(caught.value.problems) == 2


def test_verdicts_without_a_sandbox_are_of_another_scorer_and_said() -> None:
    assert scorer_identity(Runs(), None, "none") == "runs@1+no-sandbox"
    assert scorer_identity(Runs(), None, "auto") == "runs@1"
    assert remarks_on("none") and not remarks_on("bubblewrap")


def test_executions_are_merged_and_forgotten_with_the_answers(tmp_path: Path) -> None:
    one, other = Pool.open(tmp_path / "one"), Pool.open(tmp_path / "other")
    executions = other.executions()
    executions.put("k" * 32, Ran(passed=True), sandbox="bubblewrap", run="r")
    executions.close()
    one.merge(other.path)
    kept = one.executions()
    assert kept.kept(["k" * 32]) == {"k" * 32: Ran(passed=True)}
    kept.close()
    one.close()
    other.close()
    with Pool.open(tmp_path / "one") as again:
        again.forget(model="anybody")
        assert not (again.path / "executions.sqlite").exists()
