from __future__ import annotations

import numpy as np
import pytest

from analysis.selecting.matrices import answers
from benchwright.analysis.responses.table import from_matrix
from benchwright.analysis.selecting.calibration import calibrate, shrunk
from benchwright.core.errors import DataError


def test_a_table_and_its_matrix_are_the_same_calibration() -> None:
    scores = answers(6, 12)
    names = [f"{n:06d}" for n in range(6)]

    one = calibrate(from_matrix(scores, models=names))
    other = calibrate(scores, models=names, items=list(map(str, range(12))))

    np.testing.assert_array_equal(one.scores, other.scores)
    assert one.digest == other.digest
    np.testing.assert_array_equal(scores[:, one.place], one.scores)


def test_models_that_answered_little_are_left_out_and_said_so() -> None:
    scores = answers(6, 20)
    scores[4, 3:] = np.nan
    scores[1, 0] = np.nan

    found = calibrate(scores)

    assert len(found.models) == 5
    assert "1 of 6 models" in found.notes[0]
    assert "1 unknown cells" in found.notes[1]
    filled = found.scores[~found.known]
    assert ((filled >= 0) & (filled <= 1)).all()


def test_benchmarks_may_count_alike() -> None:
    found = calibrate(answers(4, 10), groups=["a"] * 8 + ["b"] * 2, weights="benchmarks")

    assert found.share[found.group == 0].sum() == pytest.approx(0.5)
    assert found.share[found.group == 1].sum() == pytest.approx(0.5)


@pytest.mark.parametrize(
    ("scores", "settings", "message"),
    [
        (np.ones(3), {}, "two dimensions, not 1"),
        (np.full((2, 3), np.nan), {}, "no model answered"),
        (np.full((2, 3), np.inf), {}, "infinite"),
        (np.ones((2, 3)), {"items": ["a", "a", "b"]}, "same name"),
        (np.ones((2, 3)), {"models": ["a", "a"]}, "same name"),
        (np.ones((2, 3)), {"models": ["a"]}, "do not fit"),
        (np.ones((2, 3)), {"strata": ["a"]}, "do not fit"),
        (np.ones((2, 3)), {"weights": "tags"}, "'items' or 'benchmarks'"),
        (np.ones((0, 3)), {}, "no model answered"),
        (np.ones((3, 0)), {}, "no model answered"),
        (np.array([[1, np.nan], [1, np.nan]]), {"coverage": 0.4}, "answered by none"),
    ],
)
def test_what_cannot_be_learned_from_is_refused(scores, settings: dict, message: str) -> None:
    with pytest.raises(DataError, match=message):
        calibrate(scores, **settings)


def test_the_covariance_is_shrunk_as_ledoit_and_wolf_do() -> None:
    scores = answers(15, 6).astype(float)
    centred = scores - scores.mean(axis=0)
    plain = centred.T @ centred / 15
    level = np.trace(plain) / 6
    away = ((plain - level * np.eye(6)) ** 2).sum()
    noise = sum(((np.outer(row, row) - plain) ** 2).sum() for row in centred) / 15**2

    shrinkage, scale = shrunk(centred)

    assert shrinkage == pytest.approx(min(noise / away, 1))
    assert scale == pytest.approx(level)
