"""The cube of a pool: one field of the conditions is the instruction, and nothing else may vary."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from benchwright.analysis.agreement.cube import profile
from benchwright.analysis.agreement.pool_cube import read_cube
from benchwright.core.errors import DescriptionError, UnknownName
from benchwright.core.measurement import Measurement

Make = Callable[..., Measurement]


def fill(pool: Any, row: Make, **conditions: Any) -> None:
    """Ask two models ten questions in one way; the first gets them right, the second half."""
    digest = pool.save_conditions(**conditions)
    for key, model, right in (("a" * 32, "ada", 10), ("b" * 32, "bob", 5)):
        pool.add(
            row(f"q{n}", float(n < right), model_key=key, model=model, conditions=digest)
            for n in range(10)
        )


def test_scores_stand_by_model_benchmark_and_instruction(pool: Any, row: Make) -> None:
    fill(pool, row, system="Be brief.")
    fill(pool, row, system="Think.")

    cube = read_cube(pool, vary="system")

    assert cube.models == ("ada", "bob")
    assert set(cube.instructions) == {"Be brief.", "Think."}
    assert cube.accuracy.tolist() == [[[100, 100]], [[50, 50]]]
    assert profile(cube, top=1).stability_model.tolist() == [[0], [0]]


def test_a_cell_that_another_field_splits_is_refused_and_the_field_named(
    pool: Any, row: Make
) -> None:
    fill(pool, row, system="Be brief.", shots=0)
    fill(pool, row, system="Be brief.", shots=5)

    with pytest.raises(DescriptionError, match="which differ in shots"):
        read_cube(pool, vary="system")
    assert set(read_cube(pool, vary="shots").instructions) == {"0", "5"}


def test_fields_and_conditions_that_mean_nothing_are_refused(pool: Any, row: Make) -> None:
    fill(pool, row, system="Be brief.")

    with pytest.raises(UnknownName, match="field of the conditions"):
        read_cube(pool, vary="mood")
    with pytest.raises(DescriptionError, match="there is no cube"):
        read_cube(pool, where="model = 'nobody'")
