from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from analysis.selecting.matrices import answers, table
from benchwright.analysis.selecting.calibration import calibrate
from benchwright.analysis.selecting.evaluate import expected_error
from benchwright.analysis.selecting.file import read_subset, to_file, write_subset
from benchwright.analysis.selecting.methods import METHODS, select
from benchwright.analysis.selecting.stratified import proportional
from benchwright.core.errors import DescriptionError


@pytest.mark.parametrize("method", METHODS)
def test_a_file_estimates_what_the_subset_did(method: str, tmp_path: Path) -> None:
    learned = table()
    subset = select(learned, 14, method=method)
    file = to_file(learned, subset, expected=expected_error(learned, 14, method=method))
    new = answers(7, 14, seed=3)

    write_subset(file, tmp_path / "new" / "subset.json")
    read = read_subset(tmp_path / "new" / "subset.json")

    np.testing.assert_array_equal(read.subset().estimates(new), subset.estimates(new))
    assert read.subset().notes == subset.notes
    assert read.expected == file.expected
    assert read.drawn() == file.drawn()
    order = [(learned.groups[learned.group[n]], learned.items[n]) for n in subset.chosen]
    assert read.order() == order


def test_a_file_is_small_though_the_pool_is_large(tmp_path: Path) -> None:
    learned = calibrate(answers(30, 4000))

    write_subset(to_file(learned, select(learned, 50, method="fluid")), tmp_path / "x.json")

    assert (tmp_path / "x.json").stat().st_size < 40_000


def test_samples_name_the_draw_whatever_chose_them(tmp_path: Path) -> None:
    learned = table()
    one = to_file(learned, select(learned, 60, method="random"))
    other = to_file(learned, select(learned, 60, method="c_optimal"))
    fewer = to_file(learned, select(learned, 59, method="random"))

    assert one.drawn() == other.drawn() != fewer.drawn()


def test_a_file_that_is_not_there_is_a_wrong_description(tmp_path: Path) -> None:
    with pytest.raises(DescriptionError, match="no subset file"):
        read_subset(tmp_path / "nothing.json")


@given(st.lists(st.integers(1, 30), min_size=1, max_size=8), st.data())
@settings(max_examples=80, deadline=None)
def test_what_is_shared_out_is_within_bounds_and_near_its_share(sizes: list[int], data) -> None:
    size = np.array(sizes)
    k = data.draw(st.integers(1, int(size.sum())))
    mass = size.astype(float)

    counts = proportional(k, mass, size, np.zeros(len(size), np.int64))

    assert counts.sum() == k
    assert (counts <= size).all()
    assert (np.abs(counts - k * mass / mass.sum()) < 1).all()
