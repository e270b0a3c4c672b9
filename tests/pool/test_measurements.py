"""Every identity is in exactly one part, and every row comes back as it was."""

from __future__ import annotations

import resource
import subprocess
import sys
import tempfile
from pathlib import Path

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from benchwright.core.errors import PoolError
from benchwright.core.measurement import Measurement, Outcome
from benchwright.pool import Pool
from benchwright.pool.parquet import MEASUREMENT_COLUMNS

texts = st.text(st.characters(exclude_categories=["Cs"]), max_size=20) | st.sampled_from(
    ["null", "NULL", "", "\u2028", "a\0b", "1e5", '"', "{}", "true"]
)
numbers = st.none() | st.integers(-(2**62), 2**62)
floats = st.none() | st.floats(allow_nan=False, allow_infinity=False)
measurements = st.builds(
    Measurement,
    model_key=texts,
    benchmark=texts,
    sample=texts,
    variant=texts,
    repeat=st.integers(0, 2**40),
    conditions=texts,
    scorer=texts,
    model=texts,
    asked=texts,
    tags=st.dictionaries(texts, texts, max_size=3),
    outcome=st.sampled_from(Outcome),
    value=floats,
    answer=st.none() | texts,
    target=texts,
    explanation=texts,
    strict_answer=st.none() | texts,
    extractors_agree=st.none() | st.booleans(),
    chance=floats,
    finish=texts,
    failure=texts,
    deviations=st.lists(texts, max_size=2),
    boundary_merged=st.booleans(),
    request_keys=st.lists(texts, max_size=2),
    tokens_in=numbers,
    tokens_cached=numbers,
    tokens_out=numbers,
    tokens_reasoning=numbers,
    seconds=floats,
    first_token_seconds=floats,
    cost=floats,
    cost_judge=floats,
    cost_helper=floats,
    run=texts,
)


@settings(max_examples=40, deadline=None)
@given(st.lists(measurements, min_size=1, max_size=8, unique_by=Measurement.identity))
def test_every_row_comes_back_as_it_was(rows: list[Measurement]) -> None:
    with tempfile.TemporaryDirectory() as folder, Pool.open(folder) as pool:
        pool.measurements.write(rows)

        kept = {row.identity(): row for row in pool.measurements.rows()}
        assert kept == {row.identity(): row for row in rows}
        assert [repr(kept[row.identity()].value) for row in rows] == [repr(r.value) for r in rows]


def test_the_columns_are_the_fields_of_a_measurement_and_its_identity() -> None:
    assert tuple(MEASUREMENT_COLUMNS) == ("id", *Measurement.__struct_fields__)


written = st.lists(
    st.lists(st.tuples(st.integers(0, 6), st.sampled_from(["a@1", "b@1"])), max_size=5), max_size=6
)


@settings(max_examples=25, deadline=None)
@given(batches=written, compact_after=st.integers(0, 6))
def test_whatever_is_written_each_identity_is_in_one_part_and_the_last_row_counts(
    batches: list[list[tuple[int, str]]], compact_after: int
) -> None:
    model: dict[str, Measurement] = {}
    with tempfile.TemporaryDirectory() as folder, Pool.open(folder) as pool:
        for turn, batch in enumerate(batches):
            rows = [
                Measurement(
                    model_key="k",
                    benchmark=benchmark,
                    sample=str(sample),
                    variant="",
                    repeat=0,
                    conditions="c",
                    scorer="s",
                    model="m",
                    asked="",
                    outcome=Outcome.SCORED,
                    value=turn + place / 10,
                )
                for place, (sample, benchmark) in enumerate(batch)
            ]
            pool.measurements.write(rows)
            model |= {row.identity(): row for row in rows}
            if turn == compact_after:
                pool.compact()
            found = list(pool.measurements.rows())
            assert len(found) == len(model)
            assert {row.identity(): row for row in found} == model
            counted = sum(part.rows for part in pool.manifest.read().parts.values())
            assert counted == len(model)
            ids = pool.measurements.identities("a@1")
            assert len(ids) == sum(row.benchmark == "a@1" for row in model.values())
            assert all((i in ids) == (row.benchmark == "a@1") for i, row in model.items())


def test_a_replaced_row_leaves_the_other_rows_and_parts_alone(pool: Pool, measured) -> None:
    pool.measurements.write([measured(number) for number in range(3)])
    pool.measurements.write([measured(number) for number in range(3, 6)])
    untouched = pool.measurements.parts()[1]

    pool.measurements.write([measured(1, value=0.0, run="run-2")])

    rows = {row.sample: (row.value, row.run) for row in pool.measurements.rows()}
    assert rows.pop("1") == (0.0, "run-2")
    assert rows == {str(number): (1.0, "run-1") for number in (0, 2, 3, 4, 5)}
    assert untouched in pool.measurements.parts()
    retired = [path for path in (pool.path / "retired").rglob("*") if path.is_file()]
    assert [path.suffix for path in retired] == [".retired"]


def test_identities_are_told_apart_by_what_is_asked_for(pool: Pool, measured) -> None:
    rows = [
        measured(0),
        measured(0, model_key="other"),
        measured(0, conditions="c1"),
        measured(0, scorer="judge@1"),
        measured(0, benchmark="gsm8k@1"),
    ]
    pool.measurements.write(rows)
    identities = pool.measurements.identities

    assert len(identities("mmlu@1")) == 4
    assert len(identities("mmlu@1", model_key="other")) == 1
    assert rows[1].identity() in identities("mmlu@1", model_key="other", conditions="c0")
    assert rows[2].identity() not in identities("mmlu@1", conditions="c0")
    assert len(identities("mmlu@1", scorer="choice@1", conditions="c0")) == 2
    assert len(identities("nothing@1")) == 0
    assert "no identity" not in identities("mmlu@1")
    assert 17 not in identities("mmlu@1")


def test_rows_are_chosen_by_bound_values_and_ordered(pool: Pool, measured) -> None:
    pool.measurements.write([measured(f"it's {number}", value=number) for number in range(5)])

    chosen = pool.measurements.rows("sample = ? or value > ?", ["it's 1", 2.5], order="value desc")

    assert [row.value for row in chosen] == [4.0, 3.0, 1.0]


def test_no_rows_write_nothing(pool: Pool) -> None:
    pool.measurements.write([])

    assert pool.measurements.parts() == []
    assert list(pool.measurements.rows()) == []
    assert pool.manifest.read().generation == 0


@pytest.mark.parametrize("value", [float("nan"), float("inf")])
def test_a_number_that_is_none_is_refused_before_anything_is_written(pool, measured, value) -> None:
    with pytest.raises(PoolError, match=r"sample 1 of mmlu@1: value is (nan|inf)"):
        pool.measurements.write([measured(0), measured(1, value=value)])

    assert pool.measurements.parts() == []


def test_a_damaged_part_is_named_with_what_to_do(pool: Pool, measured) -> None:
    pool.measurements.write([measured(0)])
    pool.measurements.write([measured(1)])
    part = pool.measurements.parts()[1]
    part.write_bytes(part.read_bytes()[:200])

    for act in (
        lambda: list(pool.measurements.rows()),
        lambda: pool.measurements.identities("mmlu@1"),
        lambda: pool.measurements.write([measured(1, value=0.0)]),
        pool.compact,
        lambda: pool.query("select avg(value) from measurements"),
    ):
        with pytest.raises(
            PoolError, match=rf"{part.name}: missing or damaged .*benchwright score"
        ):
            act()


def test_a_part_keeps_a_row_in_little_space(pool: Pool, measured) -> None:
    rows = [measured(number, request_keys=[f"{number * 7919**9:064x}"]) for number in range(2000)]
    pool.measurements.write(rows)

    assert pool.measurements.parts()[0].stat().st_size / len(rows) < 100


FULL = """
import resource, sys
from benchwright.core.errors import PoolError
from benchwright.core.measurement import Measurement, Outcome
from benchwright.pool import Pool

def rows(start):
    return [Measurement(model_key="k", benchmark="b@1", sample=str(number), variant="", repeat=0,
        conditions="c", scorer="s@1", model="m", asked="x", outcome=Outcome.SCORED, value=1.0,
        explanation=str(number) * 40) for number in range(start, start + 500)]

pool = Pool.open(sys.argv[1])
pool.measurements.write(rows(0))
soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
for limit in (200, 4_000, 100_000):
    resource.setrlimit(resource.RLIMIT_FSIZE, (limit, hard))
    try:
        pool.measurements.write(rows(500))
    except PoolError as error:
        print("disk is full" in str(error), "committed is lost" in str(error))
    resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))
    print(sum(1 for _ in pool.measurements.rows()))
pool.measurements.write(rows(500))
print(sum(1 for _ in pool.measurements.rows()))
"""


def test_a_full_disk_loses_nothing_and_the_same_call_goes_on(tmp_path: Path) -> None:
    assert resource.RLIMIT_FSIZE  # stands in for a full disk
    said = subprocess.run(
        [sys.executable, "-c", FULL, tmp_path / "pool"], capture_output=True, text=True, check=True
    )

    assert said.stdout.split("\n")[:-1] == ["True True", "500"] * 3 + ["1000"]


TWO = """
import sys
from benchwright.core.measurement import Measurement, Outcome
from benchwright.pool import Pool

pool = Pool.open(sys.argv[1])
print(flush=True)
input()
for turn in range(6):
    pool.measurements.write([Measurement(model_key="k", benchmark="b@1", sample=str(number),
        variant="", repeat=0, conditions="c", scorer="s@1", model="m", asked="x",
        outcome=Outcome.SCORED, value=1.0, run=sys.argv[2])
        for number in range(turn * 10, turn * 10 + 30)])
"""


def test_two_processes_that_write_the_same_rows_leave_each_once(tmp_path: Path) -> None:
    writers = [
        subprocess.Popen(
            [sys.executable, "-c", TWO, tmp_path / "pool", name],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        for name in ("one", "two")
    ]
    for writer in writers:
        assert writer.stdout is not None
        writer.stdout.readline()
    for writer in writers:
        assert writer.stdin is not None
        writer.stdin.write("\n")
        writer.stdin.flush()
    for writer in writers:
        writer.communicate()
        assert writer.returncode == 0

    with Pool.open(tmp_path / "pool") as pool:
        samples = [row.sample for row in pool.measurements.rows()]
        assert sorted(samples, key=int) == [str(number) for number in range(80)]
        assert pool.manifest.read().generation == 12


def test_a_row_read_back_is_a_row_that_can_be_written(pool: Pool, measured) -> None:
    row = measured(0, tags={"subject": "law"}, outcome=Outcome.UNPARSED, value=None)
    pool.measurements.write([row])

    [read] = pool.measurements.rows()
    pool.measurements.write([msgspec.structs.replace(read, run="run-2")])

    assert [row.run for row in pool.measurements.rows()] == ["run-2"]
