from __future__ import annotations

import math
import re
from itertools import pairwise

from hypothesis import given, settings
from hypothesis import strategies as st

from benchwright.analysis.ranking.result import Link
from benchwright.report.pictures.linkage import EDGES, LETTERS, NODES, linkage
from report.pictures.drawn import HOSTILE, assert_sound, marks, titles, words


def link(a: str, b: str, overlap: float = 5.0) -> Link:
    return Link(a=a, b=b, models=math.ceil(overlap), overlap=overlap)


def complete(count: int) -> list[Link]:
    names = [f"g{n:03}" for n in range(count)]
    return [
        link(a, b, 1 + (n * 7 + m * 3) % 11)
        for n, a in enumerate(names)
        for m, b in enumerate(names[:n])
    ]


def test_an_edge_is_the_wider_the_more_the_two_overlap() -> None:
    picture = linkage(["a", "b", "c"], [link("a", "b", 9), link("b", "c", 4), link("a", "c", 1)])
    width = {
        title.split(":")[0]: float(re.findall(r"width:([\d.]+)", edge.get("style", ""))[0])
        for edge, title in zip(marks("tie", *picture.drawn), titles(*picture.drawn), strict=False)
    }
    assert width["a – b"] > width["b – c"] > width["a – c"] > 0


def test_parts_that_nothing_ties_have_numbers_and_colours_of_their_own() -> None:
    picture = linkage(["a", "b", "c", "d", "e"], [link("a", "b"), link("b", "c"), link("d", "e")])
    assert [len(marks(f"k{n}", *picture.drawn)) for n in (0, 1, 2)] == [5, 3, 0]
    assert words(*picture.drawn).count("1") == 3 and words(*picture.drawn).count("2") == 2
    assert "2 components" in picture.caption
    assert "components" not in linkage(["a", "b"], [link("a", "b")]).caption


def test_components_are_numbered_as_the_ranking_numbers_them() -> None:
    ties = [link("a", "b"), link("b", "c"), link("d", "e")]
    number = {"a": 1, "b": 1, "c": 1, "d": 0, "e": 0}
    shown = words(*linkage(list("abcde"), ties, component=number).drawn)
    assert shown.count("1") == 2 and shown.count("2") == 3


def test_weak_ties_are_dashed_lettered_and_named_the_weakest_first() -> None:
    ties = [link("a", "b", 9), link("b", "c", 2.5), link("a", "c", 1.5)]
    picture = linkage(["a", "b", "c"], ties, weak=[("c", "b"), ("a", "c")])
    assert len(marks("weak", *picture.drawn)) == len(marks("badge", *picture.drawn)) == 2
    assert picture.beside is not None
    assert [row[:3] for row in picture.beside.rows] == [("A", "a", "c"), ("B", "b", "c")]
    assert_sound(picture)


def test_a_tie_says_its_models_and_its_overlap() -> None:
    assert "a – b: 3 models, effective overlap 2.5" in titles(
        *linkage(["a", "b"], [link("a", "b", 2.5)]).drawn
    )


@settings(max_examples=25, deadline=None)
@given(
    st.integers(1, 40),
    st.lists(st.tuples(st.integers(0, 39), st.integers(0, 39)), max_size=60, unique=True),
)
def test_every_group_stands_once_and_none_on_another(
    count: int, pairs: list[tuple[int, int]]
) -> None:
    names = [f"g{n}" for n in range(count)]
    ties = {tuple(sorted((n % count, m % count))): None for n, m in pairs if n % count != m % count}
    picture = linkage(names, [link(f"g{n}", f"g{m}", 1 + n) for n, m in ties])
    nodes = [
        (float(n.get("cx", "")), float(n.get("cy", ""))) for n in marks("node", *picture.drawn)
    ]
    assert len(nodes) == count
    assert sorted(w for w in words(*picture.drawn) if w.startswith("g")) == sorted(names)
    assert all(math.dist(a, b) > 13 for n, a in enumerate(nodes) for b in nodes[:n])
    assert_sound(picture)


def test_of_very_many_ties_those_are_drawn_that_hold_the_whole_together() -> None:
    picture = linkage([f"g{n:03}" for n in range(60)], complete(60))
    drawn = [title for title in titles(*picture.drawn) if " – " in title]
    assert 59 <= len(drawn) < EDGES
    tied = {"g000"}
    for _ in range(60):
        tied |= {
            name
            for title in drawn
            for pair in [title.split(":")[0].split(" – ")]
            if set(pair) & tied
            for name in pair
        }
    assert len(tied) == 60
    assert f"Of 1,770 pairs the picture shows {len(drawn):,}" in picture.caption
    assert len(picture.table.rows) == 1770


def test_of_very_many_groups_the_most_tied_are_drawn() -> None:
    names = [f"g{n:03}" for n in range(NODES + 30)]
    picture = linkage(names, [link(a, b) for a, b in pairwise(names[30:])])
    assert len(marks("node", *picture.drawn)) == NODES
    assert f"Of {NODES + 30} groups" in picture.caption
    assert "g000" not in words(*picture.drawn)


def test_the_order_of_groups_and_links_does_not_matter() -> None:
    names, ties = [f"g{n:03}" for n in range(9)], complete(9)
    assert linkage(names, ties) == linkage(names[::-1], ties[::-1])


def test_more_weak_ties_than_letters_are_counted() -> None:
    ties = complete(9)
    picture = linkage([f"g{n:03}" for n in range(9)], ties, weak=[(t.a, t.b) for t in ties])
    assert len(marks("badge", *picture.drawn)) == len(LETTERS)
    assert picture.beside is not None
    assert picture.beside.caption == f"The {len(LETTERS)} weakest of 36 weak ties"


def test_hostile_names_and_no_groups_at_all() -> None:
    ties = [link(HOSTILE[0], name) for name in HOSTILE[1:]]
    assert_sound(linkage(HOSTILE, ties, weak=[(t.a, t.b) for t in ties]))
    assert linkage([], []).drawn == ()
    assert_sound(linkage(["alone"], []))
