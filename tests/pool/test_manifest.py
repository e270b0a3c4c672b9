"""No crash cuts a step in half."""

from __future__ import annotations

import signal
import subprocess
import sys
from pathlib import Path

import duckdb
import pytest

from benchwright.core.errors import PoolError
from benchwright.pool import Pool


class PowerCut(BaseException):
    """Ends everything at once, as a killed process ends: nothing cleans up."""


def values(pool: Pool) -> dict[str, float | None]:
    return {row.sample: row.value for row in pool.measurements.rows()}


def foreign_counts(folder: Path) -> tuple[int, int]:
    """Count rows and identities as someone would who lists the folder."""
    if not list(folder.glob("measurements/**/*.parquet")):
        return (0, 0)
    rows = duckdb.connect().execute(
        f"select count(*), count(distinct id) from '{folder}/measurements/**/*.parquet'"
    )
    return rows.fetchall()[0]


def crash_and_look(folder: Path, measured, crash_at: int) -> str | None:
    """Replace rows 4–9 and crash at one point; return its name, or None if none is left."""
    old = [measured(number, value=0.0) for number in range(8)]
    with Pool.open(folder) as pool:
        pool.measurements.write(old[:4])
        pool.measurements.write(old[4:])
        before = values(pool)
    after = before | {str(number): 1.0 for number in range(2, 10)}
    points: list[str] = []

    def cut(point: str) -> None:
        points.append(point)
        if len(points) > crash_at:
            raise PowerCut

    pool = Pool.open(folder, at=cut)
    try:
        pool.measurements.write([measured(number) for number in range(2, 10)])
    except PowerCut:
        rows, identities = foreign_counts(folder)
        assert rows == identities, f"a reader counts twice after {points[-1]}"
        with Pool.open(folder) as again:
            assert values(again) == (before if points[-1] == "staged" else after)
            assert foreign_counts(folder) == (len(values(again)),) * 2
            assert sorted(again.measurements.parts()) == sorted(
                folder.glob("measurements/**/*.parquet")
            )
            again.measurements.write([measured(number) for number in range(2, 10)])
            assert values(again) == after
        return points[-1]
    finally:
        pool.presence.close()
    assert values(pool) == after
    return None


def test_a_crash_at_any_point_leaves_all_of_a_step_or_nothing(tmp_path: Path, measured) -> None:
    seen = []
    while point := crash_and_look(tmp_path / str(len(seen)), measured, len(seen)):
        seen.append(point)

    assert list(dict.fromkeys(seen)) == [
        "staged",
        "intended",
        "retired",
        "placed",
        "recorded",
        "done",
    ]


KILLED = """
import os, signal, sys
from benchwright.core.measurement import Measurement, Outcome
from benchwright.pool import Pool

def row(sample, value):
    return Measurement(model_key="k", benchmark="b@1", sample=str(sample), variant="", repeat=0,
        conditions="c", scorer="s@1", model="m", asked="x", outcome=Outcome.SCORED, value=value)

def kill(point):
    if point == sys.argv[2]:
        os.kill(os.getpid(), signal.SIGKILL)

Pool.open(sys.argv[1]).measurements.write([row(number, 0.0) for number in range(5)])
Pool.open(sys.argv[1], at=kill).measurements.write([row(number, 1.0) for number in range(3, 8)])
"""


@pytest.mark.parametrize("point", ["staged", "retired", "placed"])
def test_a_killed_process_leaves_a_whole_pool(tmp_path: Path, point: str) -> None:
    killed = subprocess.run([sys.executable, "-c", KILLED, tmp_path / "pool", point], check=False)
    assert killed.returncode == -signal.SIGKILL

    with Pool.open(tmp_path / "pool") as pool:
        old = {"0": 0.0, "1": 0.0, "2": 0.0, "3": 0.0, "4": 0.0}
        new = old | {str(number): 1.0 for number in range(3, 8)}
        assert values(pool) == (old if point == "staged" else new)
        pool.gc()
        assert not list(pool.path.glob("staging/*/*/*"))


def test_with_fsync_a_step_is_the_same(tmp_path: Path, measured) -> None:
    with Pool.open(tmp_path / "pool", fsync=True) as pool:
        pool.measurements.write([measured(0), measured(1)])
        pool.measurements.write([measured(1, value=0.0)])

        assert values(pool) == {"0": 1.0, "1": 0.0}


def test_an_error_before_the_step_is_written_down_leaves_nothing_behind(pool, measured) -> None:
    pool.measurements.write([measured(0)])
    before = values(pool)

    def fail(point: str) -> None:
        raise PoolError(f"no more at {point}")

    pool.manifest._at = fail
    with pytest.raises(PoolError, match="no more at staged"):
        pool.measurements.write([measured(0, value=0.0), measured(1)])

    assert values(pool) == before
    assert not list(pool.path.glob("staging/*/*/*"))


def test_a_lost_manifest_is_an_error_and_upgrade_mends_it(pool: Pool, measured) -> None:
    from benchwright.pool import upgrade

    pool.measurements.write([measured(number) for number in range(3)])
    (pool.path / "manifest.json").unlink()
    with pytest.raises(PoolError, match=r"manifest\.json is missing.*benchwright pool upgrade"):
        pool.measurements.parts()

    upgrade(pool.path)

    assert len(values(pool)) == 3


@pytest.mark.parametrize("name", ["manifest.json", "intent.json"])
def test_a_damaged_list_is_named_with_what_to_do(pool: Pool, measured, name: str) -> None:
    pool.measurements.write([measured(0)])
    (pool.path / name).write_text('{"generation": "not a num')

    with pytest.raises(PoolError, match=rf"{name}: damaged .*benchwright pool upgrade"):
        pool.measurements.write([measured(1)])
