from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from benchwright.report.pictures.missing import COLUMNS, ROWS, TITLED, level, missing
from report.pictures.drawn import HOSTILE, assert_sound, marks, starts, titles, words


def cells(picture_drawn: tuple[str, ...]) -> list[int]:
    """Return how many cells have each shade, without the key's."""
    paths = [(n, mark) for n in range(6) for mark in marks(f"s{n}", *picture_drawn)]
    found = [0] * 6
    for n, mark in paths:
        found[n] += len(starts(mark.get("d", "")))
    return found


@settings(max_examples=12, deadline=None)
@given(st.integers(1, 30), st.integers(1, 20), st.integers(0, 2**32 - 1))
def test_every_cell_is_drawn_in_the_shade_of_its_share(rows: int, columns: int, seed: int) -> None:
    share = np.random.default_rng(seed).choice([0, 0.1, 0.4, 0.7, 0.9, 1], (rows, columns))
    share[:, 0] = 0.0
    picture = missing([f"m{n}" for n in range(rows)], [f"g{n}" for n in range(columns)], share)
    values, count = np.unique([level(one) for one in share.flat], return_counts=True)
    assert cells(picture.drawn) == [
        dict(zip(values, count, strict=True)).get(n, 0) for n in range(6)
    ]
    assert all(words(*picture.drawn).count(f"m{n}") == 1 for n in range(rows))
    assert_sound(picture)


def test_blocks_stand_together_whatever_the_order_of_the_models() -> None:
    share = np.zeros((12, 8))
    share[::2, ::2] = share[1::2, 1::2] = 1.0
    picture = missing([f"m{n:02}" for n in range(12)], [f"g{n}" for n in range(8)], share)
    shown = [word for word in words(*picture.drawn) if word.startswith("m")]
    assert len({int(name[1:]) % 2 for name in shown[:6]}) == 1
    heads = [word for word in words(*picture.drawn) if word.startswith("g")]
    assert len({int(name[1:]) % 2 for name in heads[:4]}) == 1


def test_a_cell_says_model_group_and_share() -> None:
    picture = missing(["ada"], ["law", "math", "art"], [[0.25, 0.999, 0.001]])
    assert sorted(titles(*picture.drawn)) == ["ada, art: <1%", "ada, law: 25%", "ada, math: >99%"]


def test_where_nothing_is_missing_a_sentence_is_enough() -> None:
    picture = missing(["a", "b"], ["x", "y"], np.ones((2, 2)))
    assert picture.drawn == () and picture.table.rows == ()
    assert missing(list("abcde"), ["x"], np.ones((5, 1))).drawn == ()
    assert picture.caption == "Nothing is missing: each of 2 models answered every item."


def test_models_that_answered_everything_share_a_line() -> None:
    share = np.ones((9, 4))
    share[3, 1], share[5] = 0.5, 0.0
    picture = missing([f"m{n}" for n in range(9)], list("abcd"), share)
    shown = words(*picture.drawn)
    assert [word for word in shown if word.startswith("m") or "models" in word] == [
        "7 models", "m3", "m5",
    ]  # fmt: skip
    assert "The 7 models that answered everything share the first line." in picture.caption
    assert any(title.startswith("7 models (m0, m1, m2, …)") for title in titles(*picture.drawn))


def test_slices_of_items_have_no_names_but_a_heading() -> None:
    picture = missing(["a", "b"], [""] * 9, np.eye(2, 9), what="900 items")
    assert "900 items" in words(*picture.drawn)
    assert "slice of the items" in picture.caption
    assert picture.table.columns == ("model", "share observed")


def test_a_thousand_models_share_lines_and_very_many_groups_are_cut() -> None:
    chance = np.random.default_rng(1)
    share = (chance.random((1000, COLUMNS + 40)) < 0.3) * 1.0
    picture = missing([f"m{n}" for n in range(1000)], [f"g{n}" for n in range(COLUMNS + 40)], share)
    assert sum(cells(picture.drawn)) == ROWS * COLUMNS > TITLED
    assert "1,000 models share 60 lines" in picture.caption
    assert f"the {COLUMNS} most answered are shown" in picture.caption
    assert "17 models a line" in words(*picture.drawn)
    assert len(picture.html()) < 250_000


@pytest.mark.parametrize("shape", [(0, 3), (3, 0), (1, 1)])
def test_empty_and_single(shape: tuple[int, int]) -> None:
    rows, columns = shape
    picture = missing(["m"] * rows, ["g"] * columns, np.full(shape, 0.5))
    assert bool(picture.drawn) == (shape == (1, 1))
    assert_sound(picture)


def test_hostile_names() -> None:
    share = np.eye(len(HOSTILE))
    picture = missing(HOSTILE, HOSTILE[::-1], share)
    assert_sound(picture)
    assert max(map(len, words(*picture.drawn))) < 45


def test_the_order_of_the_models_does_not_matter() -> None:
    share = np.random.default_rng(2).choice([0, 0.5, 1], (9, 5))
    names, groups = [f"m{n}" for n in range(9)], [f"g{n}" for n in range(5)]
    one, other = missing(names, groups, share), missing(names[::-1], groups, share[::-1])
    assert one.drawn == other.drawn
