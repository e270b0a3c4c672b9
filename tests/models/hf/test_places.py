"""Where new tokens go in a cache of slots."""

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from benchwright.models.hf.places import placed


@given(free=st.lists(st.booleans(), min_size=1, max_size=60), data=st.data())
def test_every_token_has_a_free_slot_of_its_own_or_there_is_no_room(
    free: list[bool], data: st.DataObject
) -> None:
    lengths = data.draw(st.lists(st.integers(1, 12), max_size=8))
    found = placed(np.array(free), lengths)
    if sum(lengths) > sum(free):
        assert found is None
        return
    assert found is not None
    assert [len(slots) for slots in found] == lengths
    assert all((np.diff(slots) > 0).all() for slots in found)
    taken = [int(slot) for slots in found for slot in slots]
    assert len(set(taken)) == len(taken)
    assert all(free[slot] for slot in taken)


def test_a_run_takes_the_smallest_stretch_that_holds_it() -> None:
    free = np.array([True] * 5 + [False] + [True] * 3 + [False] + [True] * 9)
    assert [slots.tolist() for slots in placed(free, [3, 4, 6]) or []] == [
        [6, 7, 8],
        [0, 1, 2, 3],
        [10, 11, 12, 13, 14, 15],
    ]


def test_a_run_that_no_stretch_holds_takes_the_largest_and_the_rest_as_well_as_can_be() -> None:
    free = np.array([True] * 3 + [False] + [True] * 2 + [False] + [True] * 4)
    assert [slots.tolist() for slots in placed(free, [6]) or []] == [[4, 5, 7, 8, 9, 10]]
