from __future__ import annotations

import numpy as np
import polars
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from benchwright.analysis.responses.narrowing import narrowed, to_columns, to_frame
from benchwright.analysis.responses.reading import read_responses
from benchwright.analysis.responses.table import Group, Responses, Scale, from_matrix
from benchwright.core.errors import DescriptionError, UnknownName


def made(seed: int = 0, models: int = 5, items: int = 9) -> Responses:
    rng = np.random.default_rng(seed)
    matrix = np.where(rng.random((models, items)) < 0.7, rng.random((models, items)), np.nan)
    matrix[0, 0] = 0.5
    return from_matrix(
        matrix,
        groups=[Group(name=name, scale=Scale.BOUNDED) for name in "xyz"],
        group=np.arange(items) // 3,
        source=np.arange(items) // 2,
    )


@settings(max_examples=40, deadline=None)
@given(
    st.integers(0, 1000),
    st.sets(st.integers(0, 4), min_size=1),
    st.sets(st.integers(0, 8), min_size=1),
)
def test_a_part_is_the_part_of_the_dense_matrix(
    seed: int, models: set[int], items: set[int]
) -> None:
    table = made(seed)

    part = narrowed(table, models=[str(n) for n in models], items=sorted(items))

    whole, cut = table.dense(slice(0, 9)), part.dense(slice(0, len(items)))
    assert np.array_equal(cut, whole[np.ix_(sorted(items), sorted(models))], equal_nan=True)
    assert [part.groups[g].name for g in part.group] == ["xyz"[n // 3] for n in sorted(items)]
    assert list(part.items) == [table.items[n] for n in sorted(items)]
    same = part.source[:, None] == part.source
    before = table.source[sorted(items)]
    assert np.array_equal(same, before[:, None] == before)


def test_groups_are_chosen_by_name() -> None:
    part = narrowed(made(), groups=["z", "x"])

    assert [group.name for group in part.groups] == ["x", "z"]
    assert part.group.tolist() == [0, 0, 0, 1, 1, 1]


def test_a_mask_says_of_each_item_whether_it_stays() -> None:
    assert list(narrowed(made(), items=np.arange(9) == 4).items) == ["4"]


def test_what_is_not_there_cannot_be_chosen() -> None:
    with pytest.raises(UnknownName, match="model"):
        narrowed(made(), models=["nobody"])
    with pytest.raises(UnknownName, match="group"):
        narrowed(made(), groups=["w"])
    with pytest.raises(DescriptionError, match="outside"):
        narrowed(made(), items=[9])
    with pytest.raises(DescriptionError, match="which stay"):
        narrowed(made(), items=[True])
    with pytest.raises(DescriptionError, match="nothing to rank"):
        narrowed(made(), items=np.zeros(9, dtype=bool))


def test_columns_read_again_are_the_same_table() -> None:
    table = made()

    again = read_responses(to_columns(table))

    assert again.models == table.models
    assert np.array_equal(again.score, table.score)
    assert np.array_equal(again.start, table.start)
    assert np.array_equal(again.source, table.source)


def test_a_frame_holds_the_same_columns() -> None:
    frame = to_frame(made())

    assert isinstance(frame, polars.DataFrame)
    assert frame.columns == ["model", "benchmark", "item", "source", "score"]
    assert frame["score"].sum() == pytest.approx(float(made().score.sum()), rel=1e-5)
