from __future__ import annotations

import string

import pytest
from hypothesis import given
from hypothesis import strategies as st

from benchwright.scorers._edits import distance
from benchwright.scorers._mapping import last_mapping, mapping_of

texts = st.text(string.printable, min_size=1, max_size=12)


@given(st.dictionaries(texts, texts | st.none(), max_size=5))
def test_what_python_writes_is_read_back(value: dict[str, str | None]) -> None:
    # repr() may write \x0b, which is no escape of JSON's and reads as the letter x here.
    if "\\x" not in repr(value):
        assert mapping_of(repr(value)) == value


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ('{"a": "b", "c": null}', {"a": "b", "c": None}),
        ("{'a': 'b',}", {"a": "b"}),
        ("{a: 1.5}", {"a": "1.5"}),
        ("{}", {}),
        ("{'a': 'b'} and more", None),
        ("['a']", None),
        ("{'a'}", None),
        ("__import__('os')", None),
    ],
)
def test_only_a_flat_dictionary_is_one(text: str, found: dict[str, str | None] | None) -> None:
    assert mapping_of(text) == found


def test_the_last_dictionary_of_a_text_is_found() -> None:
    assert last_mapping("First {'a': 'b'}, then\n```\n{'c': 'd'}\n``` so {x}.") == {"c": "d"}


@given(st.lists(st.integers(0, 3), max_size=6), st.lists(st.integers(0, 3), max_size=6))
def test_edit_distance_is_symmetric_and_zero_only_for_equals(
    one: list[int], other: list[int]
) -> None:
    found = distance(one, other)
    assert found == distance(other, one)
    assert (found == 0) == (one == other)
    assert abs(len(one) - len(other)) <= found <= max(len(one), len(other))


def test_two_adjacent_swaps_are_two_edits_of_five() -> None:
    assert 1 - distance([1, 2, 3, 4, 5], [1, 3, 2, 4, 5]) / 5 == pytest.approx(0.6)
