"""Influence: against refitting with copies, and against the jackknife."""

from __future__ import annotations

from functools import partial

import numpy as np
import pytest

from analysis.estimators.made import Matrix, drawn, table
from benchwright.analysis.estimators.abilities import Abilities
from benchwright.analysis.estimators.additive import fit_additive
from benchwright.analysis.estimators.choice import ESTIMATORS
from benchwright.analysis.estimators.fitted import Fitted
from benchwright.analysis.estimators.rasch import fit_rasch
from benchwright.analysis.estimators.rasch2 import fit_rasch2

TIMES = 20


def rows(fitted: Fitted, count: int) -> Matrix:
    """Return the influence of all items, in two parts."""
    parts = [slice(0, count // 3), slice(count // 3, count)]
    return np.concatenate([fitted.influence(part) for part in parts]).astype(float)


@pytest.mark.parametrize("fitting", [fit_rasch, fit_rasch2, fit_additive])
def test_influence_is_what_one_more_copy_of_an_item_does(fitting: object) -> None:
    assert callable(fitting)
    scores, group = drawn(1, 6, 30, groups=3, missing=0.4)
    many = np.repeat(np.arange(30), TIMES)
    held = fitting(table(scores, group)).solved.prior
    here = fitting(table(scores[:, many], group[many]), prior=held)
    for item in (2, 13, 27):
        more = np.sort(np.append(many, item))
        fewer = np.delete(many, np.flatnonzero(many == item)[0])
        apart = [
            fitting(table(scores[:, places], group[places]), prior=held).scores
            for places in (fewer, more)
        ]
        place = item * TIMES
        told = here.influence(slice(place, place + 1))[0]
        # The additive model's standard deviations, which influence holds, move with a copy.
        close = 1e-4 if fitting is fit_additive else 2e-5
        np.testing.assert_allclose(told, (apart[1] - apart[0]) / 2, rtol=0.1, atol=close)


@pytest.mark.parametrize("name", ["mean", "rasch", "rasch2", "additive", "pairs"])
def test_variances_agree_with_the_jackknife_over_items(name: str) -> None:
    scores, group = drawn(4, 5, 48, groups=2, missing=0.35)
    fitting = ESTIMATORS[name]
    fitted = fitting(table(scores, group))
    if isinstance(fitted, Abilities):
        # Influence holds the priors' variances.
        fitting = partial(fitting, prior=fitted.solved.prior)
    linear = rows(fitted, 48)
    linear -= linear.mean(axis=0)
    without = []
    for item in range(48):
        keep = np.arange(48) != item
        without.append(fitting(table(scores[:, keep], group[keep])).scores)
    jackknife = 47 / 48 * ((np.array(without) - np.mean(without, axis=0)) ** 2).sum(axis=0)
    ratio = np.sqrt((linear**2).sum(axis=0) * 48 / 47 / jackknife)
    assert np.all((ratio > 0.8) & (ratio < 1.2)), ratio


@pytest.mark.parametrize("name", ["mean", "rasch", "rasch2", "additive", "pairs"])
def test_influence_sums_to_about_nothing(name: str) -> None:
    scores, group = drawn(6, 6, 80, groups=2, missing=0.3)
    found = rows(ESTIMATORS[name](table(scores, group)), 80)
    assert np.all(np.abs(found.sum(axis=0)) < 0.2 * np.abs(found).sum(axis=0))


@pytest.mark.parametrize("name", ["mean", "rasch", "rasch2", "additive"])
def test_influence_is_the_direct_part_and_what_is_missing(name: str) -> None:
    scores, group = drawn(8, 4, 20, groups=2, missing=0.3)
    responses = table(scores, group)
    fitted = ESTIMATORS[name](responses)
    items = slice(0, 20)
    filled = np.where(np.isnan(scores.T), fitted.expected(items), scores.T)
    direct = fitted.weights[:, None] * (filled - fitted.scores)
    np.testing.assert_allclose(fitted.influence(items) - fitted.missing(items), direct, atol=1e-6)


def test_what_was_not_seen_is_as_uncertain_as_it_turns_out() -> None:
    full, group = drawn(9, 40, 200, groups=2)
    hidden = np.random.default_rng(1).random(full.shape) < 0.5
    fitted = fit_rasch2(table(np.where(hidden, np.nan, full), group))
    assert isinstance(fitted, Abilities)
    variance = fitted.unseen + (fitted.missing(slice(0, 200)).astype(float) ** 2).sum(axis=0)
    error = fitted.scores - full.mean(axis=1)
    assert 0.7 < np.sqrt((error**2 / variance).mean()) < 1.3
