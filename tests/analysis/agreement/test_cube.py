"""MM-BigBench's cube: the protocol's worked example, its tie rule, missing cells."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from benchwright.analysis.agreement.cube import Cube, from_rows, profile, to_table
from benchwright.core.errors import DataError, DescriptionError


def toy() -> Cube:
    rows = {"one": (60, 30, 0), "two": (40, 50, 60)}
    return from_rows(
        (model, "set", str(number), float(value))
        for model, values in rows.items()
        for number, value in enumerate(values)
    )


def test_the_worked_example_of_the_protocol_comes_out() -> None:
    found = profile(toy())

    np.testing.assert_allclose(found.gain_instruction[:, 0], [40, 0, -40], atol=1e-4)
    np.testing.assert_allclose(found.gain_model[:, 0], [-35, 35], atol=1e-4)
    np.testing.assert_allclose(found.stability_model[:, 0], [24.4949, 8.1650], atol=1e-4)
    np.testing.assert_allclose(found.stability_instruction[:, 0], [10, 10, 30])
    np.testing.assert_array_equal(found.best[:, 0], [60, 60])
    np.testing.assert_array_equal(found.best_instruction[:, 0], [0, 2])
    np.testing.assert_array_equal(found.total, [60, 60])


def test_among_equally_good_instructions_the_later_is_the_choice() -> None:
    cube = from_rows(("m", "d", str(i), v) for i, v in enumerate([50.0, 70.0, 50.0, 50.0]))

    found = profile(cube, top=2)

    np.testing.assert_array_equal(found.hits, [[0, 50, 0, 50]])
    assert found.best_instruction.tolist() == [[1]]


def test_hit_ratios_are_percent_of_all_choices_rounded() -> None:
    chance = np.random.default_rng(0)
    cube = Cube(
        models=("a", "b"),
        datasets=tuple("uvwxyz"),
        instructions=tuple(map(str, range(10))),
        accuracy=chance.random((2, 6, 10)) * 100,
    )

    found = profile(cube)

    np.testing.assert_allclose(found.hits.sum(axis=1), 100, atol=0.05)
    assert np.isin(found.hits, [round(100 * count / 18, 2) for count in range(7)]).all()
    np.testing.assert_allclose(found.global_hits, found.hits.sum(axis=0))
    np.testing.assert_allclose(found.pickiness, found.hits.var(axis=1))


def test_a_model_that_is_never_right_gains_minus_a_hundred() -> None:
    cube = from_rows(
        [("m", "d", "1", 0.0), ("m", "d", "2", 0.0), ("n", "d", "1", 50.0), ("n", "d", "2", 50.0)]
    )

    found = profile(cube, top=1)

    assert found.gain_model[0, 0] == pytest.approx(-100, abs=1e-4)
    # So does the source, by the 1e-6 it adds to a mean of 0: each instruction's gain of the model
    # that is always at 0 is −100, of the other 0.
    np.testing.assert_allclose(found.gain_instruction[:, 0], [-50, -50], atol=1e-3)


def test_missing_cells_are_left_out_and_named_and_never_nought() -> None:
    rows = [("m", "d", "1", 40.0), ("m", "d", "2", None), ("n", "d", "1", 60.0),
            ("n", "d", "2", 80.0), ("n", "e", "1", 10.0), ("n", "e", "2", 20.0)]  # fmt: skip
    cube = from_rows(rows)

    found = profile(cube, top=2)

    assert cube.missing() == (("m", "d", "2"), ("m", "e", "1"), ("m", "e", "2"))
    assert found.stability_model[0, 0] == 0
    assert found.best[0, 0] == 40
    assert math.isnan(found.best[0, 1])
    assert found.best_instruction[0, 1] == -1
    assert found.gain_model[0, 0] == pytest.approx(-20, abs=1e-4)
    assert found.left_out == (("m", "d"), ("m", "e"))
    assert np.isnan(found.hits[0]).all()
    np.testing.assert_array_equal(found.hits[1], [50, 50])
    assert "3 of 8 cells are missing" in to_table(cube, found).caption


def test_cells_that_occur_twice_and_choices_that_cannot_be_made_are_refused() -> None:
    with pytest.raises(DataError, match="several accuracies"):
        from_rows([("m", "d", "1", 1.0), ("m", "d", "1", 2.0)])
    with pytest.raises(DataError, match="at least one"):
        from_rows([])
    with pytest.raises(DataError, match="infinite"):
        from_rows([("m", "d", "1", math.inf)])
    with pytest.raises(DescriptionError, match="best 4 of 3"):
        profile(toy(), top=4)


@given(shift=st.integers(1, 5), seed=st.integers(0, 999))
def test_gains_know_no_scale_and_stability_no_level(shift: int, seed: int) -> None:
    accuracy = np.random.default_rng(seed).uniform(20, 80, (3, 2, 4))
    names = {"models": tuple("abc"), "datasets": tuple("de"), "instructions": tuple("wxyz")}

    plain = profile(Cube(accuracy=accuracy, **names))
    scaled = profile(Cube(accuracy=accuracy / shift, **names))
    raised = profile(Cube(accuracy=accuracy + shift, **names))

    np.testing.assert_allclose(scaled.gain_model, plain.gain_model, atol=1e-4)
    np.testing.assert_allclose(raised.stability_model, plain.stability_model, atol=1e-9)
    np.testing.assert_array_equal(raised.hits, plain.hits)
