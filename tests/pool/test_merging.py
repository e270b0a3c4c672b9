"""Two pools become one, in any order and any number of times the same one."""

from __future__ import annotations

from pathlib import Path

import pytest

from benchwright.core.benchmark import Card
from benchwright.core.conditions import Conditions
from benchwright.core.content import Text
from benchwright.core.errors import DataError, PoolError
from benchwright.core.measurement import Outcome
from benchwright.core.response import Failure, Response
from benchwright.core.run import Run
from benchwright.core.sample import Sample
from benchwright.pool import Pool

KEY = "ab" * 16
CARD = Card(
    name="b", version="1", title="B", summary="", paper="", licence="MIT", size=2, stratum=""
)


def everything(pool: Pool) -> object:
    columns = "model_key, key, request, response, failure, run"
    return (
        sorted(pool.measurements.rows(), key=repr),
        sorted(pool.query(f"select {columns} from responses").rows, key=repr),
        sorted(pool.query("select key, kind, run from attempts").rows),
        sorted(pool.query("select digest, text from texts").rows),
        sorted(pool.samples("b@1"), key=repr),
        pool.benchmarks(),
        pool.runs(),
        sorted(path.name for path in (pool.path / "media").glob("*")),
        pool.query("from conditions order by digest").rows,
    )


def fill(pool: Pool, measured, asked, *, name: str, numbers: range, better: bool) -> None:
    with pool.journal("small", KEY) as journal:
        for number in numbers:
            key = bytes([number]) * 32
            answer = Response(parts=(Text(f"{name} says {number}"),))
            if number % 2 and not better:
                journal.put(key, asked(number), Failure(kind="not_found", message=name), "run-1")
            else:
                journal.put(key, asked(number), answer, f"run-{name}")
            journal.attempt(key, f"run-{name}", Failure(kind="timeout", message=name))
    pool.measurements.write(
        [
            measured(n, run=f"run-{name}", value=float(n))
            if better or not n % 2
            else measured(n, run="run-z", outcome=Outcome.FAILED, value=None)
            for n in numbers
        ]
    )
    pool.save_samples("b@1", [Sample(id=str(n), input=(Text(str(n)),)) for n in numbers])
    pool.save_card("b@1", CARD, {"": 2})
    pool.save_conditions(Conditions(solver=f"{name}@1"))
    pool.save_run(Run(id=f"run-{name}"))
    pool.put_media(name.encode(), "image/png")


@pytest.fixture
def pools(tmp_path: Path, measured, asked):
    """Make two pools that know the same in part, and differ in some of it."""
    with Pool.open(tmp_path / "one") as one, Pool.open(tmp_path / "two's") as two:
        fill(one, measured, asked, name="one", numbers=range(6), better=False)
        fill(two, measured, asked, name="two", numbers=range(3, 9), better=True)
        yield one, two


def test_merging_takes_everything_and_twice_changes_nothing(pools) -> None:
    one, two = pools
    done = one.merge(two.path)
    merged = everything(one)

    assert (done.measurements, done.answers) == (6, 6)
    assert {row.sample for row in one.measurements.rows()} == {str(n) for n in range(9)}
    assert len(one.runs()) == 2

    again = one.merge(two.path)

    assert (again.measurements, again.answers) == (0, 0)
    assert everything(one) == merged


def test_merging_gives_the_same_from_either_side(pools, tmp_path: Path) -> None:
    one, two = pools
    with Pool.open(tmp_path / "left") as left, Pool.open(tmp_path / "right") as right:
        left.merge(one.path)
        left.merge(two.path)
        right.merge(two.path)
        right.merge(one.path)

        assert everything(left) == everything(right)


def test_an_answer_beats_a_failure_and_then_the_later_run_counts(pools) -> None:
    one, two = pools
    one.merge(two.path)

    rows = {row.sample: row.run for row in one.measurements.rows()}
    assert rows["3"] == "run-two"  # its run-z failed
    assert rows["4"] == "run-two"
    assert rows["0"] == "run-one"
    with one.journal("small", KEY) as journal:
        [answer] = journal.kept([bytes([3]) * 32]).values()
        assert answer == Response(parts=(Text("two says 3"),))


def test_samples_that_contradict_each_other_stop_a_merge(pools) -> None:
    one, two = pools
    two.save_samples("c@1", [Sample(id="0", input=(Text("this"),))])
    one.save_samples("c@1", [Sample(id="0", input=(Text("that"),))])

    with pytest.raises(DataError, match="c@1: sample 0"):
        one.merge(two.path)


def test_a_pool_is_not_merged_with_itself_or_with_nothing(pool: Pool, tmp_path: Path) -> None:
    with pytest.raises(PoolError, match="with itself"):
        pool.merge(pool.path)
    with pytest.raises(PoolError, match="there is no pool here"):
        pool.merge(tmp_path / "nowhere")
