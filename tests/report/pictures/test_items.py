from __future__ import annotations

import math

import numpy as np
import pytest

from benchwright.report.pictures.items import LISTED, POINTS, SUSPECTS, items
from report.pictures.drawn import HOSTILE, assert_sound, marks, starts, titles, words


def some(count: int, models: int = 0) -> tuple[list[str], np.ndarray, np.ndarray]:
    chance = np.random.default_rng(3)
    hard = chance.uniform(0, 1, count)
    hard = np.round(hard * models) / models if models else hard
    return [f"item-{n}" for n in range(count)], hard, chance.uniform(-0.5, 0.9, count)


def test_points_stand_at_their_values_and_carry_their_names() -> None:
    names, hard, telling = some(50)
    (dots,) = marks("dots", *items(names, hard, telling).drawn)
    points = starts(dots.get("d", ""))
    assert dots.get("data-names", "").split("\n") == names
    assert np.corrcoef([x for x, _ in points], hard)[0, 1] > 0.9999
    assert np.corrcoef([y for _, y in points], telling)[0, 1] < -0.9999
    assert len(points) == 50


def test_thousands_of_items_become_a_density_that_counts_every_one() -> None:
    picture = items(*some(POINTS + 500))
    told = [title for title in titles(*picture.drawn) if "item" in title]
    assert sum(int(title.split(" ")[0].replace(",", "")) for title in told) == POINTS + 500
    assert not marks("dots", *picture.drawn)
    assert "item-" in told[0]
    assert_sound(picture)


def test_few_difficulties_have_a_column_each() -> None:
    picture = items(*some(POINTS + 500, models=10))
    cells = [cell for n in range(1, 6) for cell in marks(f"s{n}", *picture.drawn) if len(cell)]
    lefts = {cell.get("x") for cell in cells}
    assert len(lefts) == 11


def test_suspects_are_marked_and_named_with_the_reason() -> None:
    names, hard, telling = some(40)
    picture = items(names, hard, telling, suspects=[(7, "stronger models miss it"), (3, "also")])
    said = titles(*picture.drawn)
    assert said == ["1. item-7: stronger models miss it", "2. item-3: also"]
    assert picture.beside is not None
    assert picture.beside.rows[0] == (1, "item-7", "stronger models miss it")
    assert picture.table.rows[0][0] == "item-7"


def test_very_many_suspects_are_marked_up_to_a_bound() -> None:
    names, hard, telling = some(300)
    picture = items(names, hard, telling, suspects=[(n, "why") for n in range(300)])
    assert len(marks("suspect", *picture.drawn)) == SUSPECTS
    assert picture.beside is not None and len(picture.beside.rows) == LISTED


def test_items_without_values_are_left_out_and_counted() -> None:
    picture = items(["a", "b", "c"], [0.1, math.nan, 0.5], [0.2, 0.3, math.inf], suspects=[(1, "")])
    (dots,) = marks("dots", *picture.drawn)
    assert dots.get("data-names") == "a"
    assert "2 of 3 items are left out" in picture.caption
    assert not marks("suspect", *picture.drawn)
    assert_sound(picture)


@pytest.mark.parametrize("count", [0, 1])
def test_no_item_and_a_single_item(count: int) -> None:
    picture = items(*some(count))
    assert bool(picture.drawn) == bool(count)
    assert_sound(picture)


def test_all_items_alike_make_a_picture() -> None:
    assert_sound(items(["a"] * 3000, [0.0] * 3000, [0.0] * 3000))


def test_hostile_names() -> None:
    count = len(HOSTILE)
    suspects = [(n, "why") for n in range(count)]
    picture = items(HOSTILE, [0.5] * count, np.linspace(-1, 1, count), suspects=suspects)
    assert_sound(picture)
    (dots,) = marks("dots", *picture.drawn)
    assert len(dots.get("data-names", "").split("\n")) == count  # a line each, whatever they hold


def test_the_axes_are_labelled() -> None:
    shown = words(*items(*some(20), x_label="hard", y_label="telling").drawn)
    assert {"hard", "telling", "0", "1"} <= set(shown)


def test_the_same_items_give_the_same_picture() -> None:
    assert items(*some(3000)) == items(*some(3000))
