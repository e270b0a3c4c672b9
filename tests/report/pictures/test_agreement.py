from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from benchwright.report.pictures.agreement import ENOUGH, MOST, WRITTEN, agreement, shade
from report.pictures.drawn import HOSTILE, assert_sound, marks, titles, words


def table(count: int, seed: int = 0) -> tuple[list[str], np.ndarray, np.ndarray]:
    chance = np.random.default_rng(seed)
    tau = chance.uniform(-1, 1, (count, count))
    tau = np.triu(tau, 1) + np.triu(tau, 1).T
    common = chance.integers(5, 40, (count, count))
    common = np.triu(common, 1) + np.triu(common, 1).T
    return [f"b{n}" for n in range(count)], tau, common


@given(st.floats(-1, 1), st.floats(-1, 1))
def test_more_agreement_is_never_a_lower_shade(one: float, other: float) -> None:
    assert (shade(one) <= shade(other)) == (shade(min(one, other)) == shade(one))
    assert 0 <= shade(one) <= 7


@pytest.mark.parametrize("count", [2, WRITTEN, WRITTEN + 1, 40])
def test_every_pair_is_a_cell_once_in_its_shade(count: int) -> None:
    names, tau, common = table(count)
    picture = agreement(names, tau, common)
    said = titles(*picture.drawn)
    assert len(said) == count * (count - 1) // 2
    shades = [shade(tau[a, b]) for a in range(count) for b in range(a)]
    assert [len(marks(f"t{n}", *picture.drawn)) for n in range(8)] == [
        shades.count(n) + 1 + (n == 5 and count > WRITTEN) * 3 for n in range(8)
    ]  # besides, the key has each shade once, and three sizes of one
    assert all(words(*picture.drawn).count(name) == 1 for name in names)
    assert_sound(picture)


def test_a_small_map_writes_tau_and_the_number_of_models() -> None:
    picture = agreement(["law", "art"], [[1, -0.25], [-0.25, 1]], [[9, 7], [7, 9]])
    assert {"−.25", "7"} <= set(words(*picture.drawn))
    assert titles(*picture.drawn) == ["law and art: −.25, 7 common models"] or titles(
        *picture.drawn
    ) == ["art and law: −.25, 7 common models"]
    assert picture.table.rows == (("law", "art", -0.25, 7),)


def test_in_a_large_map_a_cell_is_the_smaller_the_fewer_models_it_rests_on() -> None:
    names, tau, common = table(WRITTEN + 4)
    picture = agreement(names, tau, common)
    cells = [(cell, title) for cell in marks_of(picture.drawn) for title in [cell[0].text or ""]]
    sizes = sorted((int(title.split(", ")[1].split(" ")[0]), width) for (_, width), title in cells)
    widths = [width for _, width in sizes]
    assert widths == sorted(widths)
    assert len({width for models, width in sizes if models >= ENOUGH}) == 1


def marks_of(drawn: tuple[str, ...]) -> list[tuple[object, float]]:
    return [
        (cell[0], float(cell.get("width", "0")))
        for n in range(8)
        for cell in marks(f"t{n}", *drawn)
        if len(cell)
    ]


def test_pairs_without_enough_models_are_dots_and_not_in_the_table() -> None:
    names, tau, common = table(20)
    tau[0, 1] = tau[1, 0] = math.nan
    picture = agreement(names, tau, common)
    assert len(marks("none", *picture.drawn)) == 1
    assert len(picture.table.rows) == 189


def test_benchmarks_without_any_pair_are_left_out() -> None:
    names, tau, common = table(6)
    tau[2], tau[:, 2] = math.nan, math.nan
    picture = agreement(names, tau, common)
    assert "b2" not in words(*picture.drawn)
    assert "5 of 6 benchmarks are drawn" in picture.caption


def test_benchmarks_that_agree_stand_together() -> None:
    tau = np.full((8, 8), 0.1)
    for one in range(8):
        for other in range(8):
            if one % 2 == other % 2:
                tau[one, other] = 0.9
    picture = agreement([f"b{n}" for n in range(8)], tau, np.full((8, 8), 20))
    shown = [int(word[1:]) % 2 for word in words(*picture.drawn) if word.startswith("b")]
    assert shown == sorted(shown) or shown == sorted(shown, reverse=True)


def test_very_many_benchmarks_are_cut_and_stay_small() -> None:
    picture = agreement(*table(MOST + 40))
    assert sum(word.startswith("b") for word in words(*picture.drawn)) == MOST
    assert f"{MOST} of {MOST + 40}" in picture.caption


@pytest.mark.parametrize("count", [0, 1])
def test_no_pair_makes_no_picture(count: int) -> None:
    assert agreement(*table(count)).drawn == ()


def test_hostile_names() -> None:
    _, tau, common = table(len(HOSTILE))
    assert_sound(agreement(HOSTILE, tau, common))


def test_the_same_values_give_the_same_picture() -> None:
    assert agreement(*table(25)) == agreement(*table(25))
