"""Older pools become today's."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from benchwright.core.errors import PoolError
from benchwright.pool import SCHEMA, Pool, upgrade
from benchwright.pool.schema import UPGRADES, Upgrade, read_about


@pytest.fixture
def oldest(tmp_path: Path, measured) -> Path:
    """Make a pool as form 0 was: parts without a manifest."""
    with Pool.open(tmp_path / "pool") as pool:
        pool.measurements.write([measured(number) for number in range(3)])
        pool.measurements.write([measured(number) for number in range(3, 5)])
    (pool.path / "manifest.json").unlink()
    (pool.path / "pool.json").write_text('{"schema": 0}')
    return pool.path


def test_the_oldest_pool_is_upgraded_to_today_with_all_its_rows(oldest: Path, measured) -> None:
    with pytest.raises(PoolError, match="benchwright pool upgrade"):
        Pool.open(oldest)

    assert upgrade(oldest) == ["A manifest lists the parts of the measurements."]

    with Pool.open(oldest) as pool:
        assert {row.sample for row in pool.measurements.rows()} == {"0", "1", "2", "3", "4"}
        pool.measurements.write([measured(4, value=0.0), measured(5)])
        assert pool.query("select count(*), sum(value) from measurements").rows == ((6, 5.0),)
        assert len({path.name for path in pool.measurements.parts()}) == 3


def test_steps_run_in_order_from_where_the_pool_is(oldest: Path) -> None:
    upgrade(oldest)
    done = []

    def step(number: int) -> Upgrade:
        def apply(folder: Path) -> None:
            about = read_about(folder)
            assert about is not None
            done.append((number, about.schema))

        return Upgrade(to=number, summary=f"to {number}", apply=apply)

    assert upgrade(oldest, steps=[*UPGRADES, step(2), step(3)]) == ["to 2", "to 3"]
    assert done == [(2, 1), (3, 2)]
    with pytest.raises(PoolError, match="newer version"):
        Pool.open(oldest)
    with pytest.raises(PoolError, match="newer version"):
        upgrade(oldest)


def test_every_form_has_its_step_and_the_last_leads_to_today() -> None:
    assert [step.to for step in UPGRADES] == list(range(1, SCHEMA + 1))


def test_an_upgrade_of_todays_pool_lists_its_parts_anew(pool: Pool, measured) -> None:
    pool.measurements.write([measured(0)])
    pool.measurements.write([measured(1)])
    pool.measurements.parts()[0].unlink()
    with pytest.raises(PoolError, match=r"missing or damaged.*benchwright pool upgrade"):
        list(pool.measurements.rows())

    assert upgrade(pool.path) == ["The list of parts was made anew."]

    assert [row.sample for row in pool.measurements.rows()] == ["1"]


def test_a_part_that_stands_twice_is_not_listed(pool: Pool, measured) -> None:
    pool.measurements.write([measured(0)])
    [part] = pool.measurements.parts()
    shutil.copy(part, part.with_name("copy.parquet"))

    with pytest.raises(PoolError, match="stands in more than one row"):
        upgrade(pool.path)


def test_what_is_no_pool_is_not_upgraded(tmp_path: Path) -> None:
    with pytest.raises(PoolError, match="is no pool"):
        upgrade(tmp_path)


def test_an_upgrade_drops_a_step_that_cannot_be_finished(pool: Pool, measured) -> None:
    pool.measurements.write([measured(0)])
    (pool.path / "intent.json").write_text(
        '{"state":{"generation":9,"parts":{}},"retiring":[],"incoming":[["staging/gone","x"]]}'
    )
    with pytest.raises(PoolError, match="a step needs it and it is gone"):
        Pool.open(pool.path)

    upgrade(pool.path)

    with Pool.open(pool.path) as again:
        assert len(list(again.measurements.rows())) == 1
