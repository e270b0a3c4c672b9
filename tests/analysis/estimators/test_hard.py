"""Tables on which estimators break: a clear answer or a clear error."""

from __future__ import annotations

import numpy as np
import pytest

from analysis.estimators.made import table
from benchwright.analysis.estimators.choice import ESTIMATORS, fit
from benchwright.analysis.responses.table import Scale
from benchwright.core.errors import DescriptionError, UnknownName

RNG = np.random.default_rng(0)
NAN = np.nan
GAP = np.full((2, 10), NAN)
HALF = (RNG.random((2, 10)) < 0.5).astype(float)
TABLES = {
    "one item": RNG.random((30, 1)).round(),
    "one model": RNG.random((1, 30)).round(),
    "one cell": np.ones((1, 1)),
    "all wrong": np.zeros((4, 20)),
    "all right": np.ones((4, 20)),
    "a model without answers": np.vstack([np.full(20, NAN), RNG.random((3, 20)).round()]),
    "an item without answers": np.hstack([np.full((4, 1), NAN), RNG.random((4, 20)).round()]),
    "two islands": np.block([[HALF, GAP], [GAP, HALF]]),
    "nothing": np.full((3, 3), NAN),
    "separable": np.tril(np.ones((6, 6))),
    "always a half": np.full((3, 9), 0.5),
}


@pytest.mark.parametrize("groups", [1, 2])
@pytest.mark.parametrize("name", list(TABLES))
def test_scores_and_influence_are_finite_where_something_is_known(name: str, groups: int) -> None:
    scores = TABLES[name]
    group = np.arange(scores.shape[1]) * groups // scores.shape[1]
    known = ~np.isnan(scores).all(axis=1)
    for estimator in ("auto", *ESTIMATORS):
        fitted, choice = fit(table(scores, group), estimator)
        assert choice.why.endswith(".")
        if choice.name != "pairs":
            np.testing.assert_array_equal(~np.isnan(fitted.scores), known)
            assert np.nanmax([*fitted.scores, 0.0]) <= 1 + 1e-6
        for begin in range(0, scores.shape[1], 3):
            items = slice(begin, min(begin + 3, scores.shape[1]))
            assert np.isfinite(fitted.influence(items)).all()
            assert np.isfinite(fitted.missing(items)).all()
            assert np.isfinite(fitted.expected(items)).all()


def test_a_model_right_everywhere_is_not_infinite_elsewhere() -> None:
    scores = (np.random.default_rng(3).random((6, 40)) < 0.5).astype(float)
    scores[0, :20], scores[0, 20:] = 1, NAN
    fitted, _ = fit(table(scores), "rasch")
    assert np.nanargmax(fitted.scores) == 0
    assert fitted.scores[0] < 1


@pytest.mark.parametrize("name", ["rasch", "rasch2"])
def test_scores_outside_of_0_and_1_are_refused_by_name(name: str) -> None:
    with pytest.raises(DescriptionError, match="'group 0' are unbounded"):
        fit(table(np.ones((3, 3)), scale=Scale.UNBOUNDED), name)
    with pytest.raises(DescriptionError, match="0 to 7"):
        fit(table([[0, 7], [1, 1]]), name)


def test_levels_of_an_ordinal_metric_are_not_averaged() -> None:
    responses = table([[1, 2, 3], [2, 1, 4]], scale=Scale.ORDINAL)
    with pytest.raises(DescriptionError, match="take pairs"):
        fit(responses, "additive")
    fitted, choice = fit(responses)
    assert choice.name == "pairs"
    assert fitted.unit == "win rate"


def test_an_unknown_estimator_is_refused_with_the_nearest() -> None:
    with pytest.raises(UnknownName, match="rasch2"):
        fit(table(np.ones((2, 2))), "rash2")


@pytest.mark.parametrize("weights", [[1, 2], [1, -1, 1], [0, 0, 0], [1, np.nan, 1]])
def test_weights_that_do_not_fit_are_refused(weights: list[float]) -> None:
    with pytest.raises(DescriptionError, match="weights"):
        fit(table(np.ones((2, 3))), "mean", weights=np.array(weights, dtype=float))
