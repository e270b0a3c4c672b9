"""The design-based estimate: right on average whatever the predictions are worth.

A random sample, drawn within strata, corrects what predictions say of the rest (the difference
estimator of Särndal, Swensson and Wretman, *Model Assisted Survey Sampling*, 1992, chapter 6;
"augmented inverse probability weighting" elsewhere). Predictions are made for each fold of the
sample from the other folds. Given these, a fold is a simple random sample of what they leave of
its stratum, so each fold's estimate is unbiased exactly, not only for many samples.
"""

from __future__ import annotations

import math

import numpy as np
from msgspec import Struct

from benchwright.analysis.adaptive.control import Control
from benchwright.analysis.adaptive.estimate import Estimate
from benchwright.analysis.adaptive.population import Places, Population, Values
from benchwright.analysis.student import normal_quantile, t_quantile

FOLDS = 5
"""Predictions for a fifth of the sample are made from the other four."""

FEW = 10
"""Below so many right (or wrong) answers the spread of the residuals says too little."""


class _Drawn(Struct, frozen=True, eq=False):
    """What is left of the population once the certain items are known, and what was drawn of it."""

    rest: Values
    """1.0 for the items of which a sample was drawn; [N]."""
    sampled: Places
    """The sample, in the order in which it was drawn; [n]."""
    stratum: Places
    """Number of every item's stratum, strata that hold no sample joined with others; [N]."""
    there: Values
    """Items left in each stratum; [H]."""
    drawn: Values
    """Items drawn of each stratum; [H]."""


def aipw(
    whole: Population,
    scores: Values,
    *,
    certain: Places,
    sampled: Places,
    control: Control,
    confidence: float = 0.95,
) -> Estimate:
    """Return the score of ``whole``, and how far the draw of the sample may have moved it.

    Args:
        whole: the items.
        scores: what the model scored; NaN where it was not asked or has not answered; shape [N].
        certain: items that were chosen, not drawn; what is known of them is known for certain.
        sampled: items drawn, in the order of the draw (``random_order``, or its beginning). Items
            that are certain as well count as certain.
        control: predicts the scores on all items from some.
        confidence: nominal coverage.
    """
    known = ~np.isnan(scores)
    certain = certain[known[certain]]
    drawn = _drawn(whole, certain, sampled[known[sampled]])
    total = float((whole.weight[certain] * scores[certain]).sum())
    n, size = len(certain) + len(drawn.sampled), len(whole)
    if not drawn.rest.any():
        return _made(total, 0.0, 0.0, math.inf, n, size, confidence)
    if not len(drawn.sampled):
        return _made(math.nan, math.inf, math.inf, 1.0, n, size, confidence)
    value, residual = _crossed(whole, scores, certain, drawn, control)
    error, df = _error(residual, drawn)
    guard = _guard(whole, scores, drawn, confidence)
    half = math.sqrt((t_quantile(confidence, df) * error) ** 2 + guard)
    if half == 0 and len(drawn.sampled) < drawn.rest.sum():
        half = math.inf  # values without bounds that happen to be alike say nothing of the others
    return _made(total + value, half, error, df, n, size, confidence)


def _made(
    value: float, half: float, error: float, df: float, n: int, size: int, confidence: float
) -> Estimate:
    return Estimate(
        value=value, low=value - half, high=value + half, how="design", n=n, size=size,
        error=error, df=df, confidence=confidence,
    )  # fmt: skip


def _drawn(whole: Population, certain: Places, sampled: Places) -> _Drawn:
    rest = np.ones(len(whole))
    rest[certain] = 0.0
    sampled = sampled[rest[sampled] > 0]
    drawn = _sums(whole.stratum[sampled], np.ones(len(sampled)), whole.strata)
    met = np.flatnonzero(drawn)
    stratum = whole.stratum
    if len(met):
        # A stratum of which nothing was answered is taken to be like the next that was.
        beside = met[np.minimum(np.searchsorted(met, np.arange(whole.strata)), len(met) - 1)]
        stratum = beside[stratum]
    there = _sums(stratum, rest, whole.strata)
    return _Drawn(rest=rest, sampled=sampled, stratum=stratum, there=there, drawn=drawn)


def _crossed(
    whole: Population, scores: Values, certain: Places, drawn: _Drawn, control: Control
) -> tuple[float, Values]:
    """Return the estimated sum over the items left, and the weighted residuals of the sample."""
    weight, stratum, width = whole.weight, drawn.stratum, whole.strata
    sampled = drawn.sampled
    folds = min(FOLDS, len(sampled))
    fold = np.arange(len(sampled)) % folds
    residual = np.empty(len(sampled))
    total = 0.0
    for number in range(folds):
        mine, others = sampled[fold == number], sampled[fold != number]
        learnt = np.concatenate([certain, others])
        guess = control(learnt, scores[learnt])
        off = weight[mine] * (scores[mine] - guess[mine])
        residual[fold == number] = off
        all_guessed = _sums(stratum, drawn.rest * weight * guess, width)
        known = weight[others] * (scores[others] - guess[others])
        corrected = _sums(stratum[others], known, width)
        count = _sums(stratum[mine], np.ones(len(mine)), width)
        scale = (drawn.there - drawn.drawn + count) / np.maximum(count, 1)
        each = all_guessed + corrected + scale * _sums(stratum[mine], off, width)
        total += float((count / np.maximum(drawn.drawn, 1) * each).sum())
    return total, residual


def _sums(stratum: Places, values: Values, width: int) -> Values:
    """Return the sum of ``values`` in each of ``width`` strata."""
    return np.asarray(np.bincount(stratum, weights=values, minlength=width), dtype=np.float64)


def _error(residual: Values, drawn: _Drawn) -> tuple[float, float]:
    """Return the standard error of the estimated sum, and its degrees of freedom.

    The spread within strata with two items or more stands for that within strata with one.
    """
    stratum, width = drawn.stratum[drawn.sampled], len(drawn.there)
    count = np.maximum(drawn.drawn, 1)
    mean = _sums(stratum, residual, width) / count
    squares = _sums(stratum, (residual - mean[stratum]) ** 2, width)
    free = np.maximum(drawn.drawn - 1, 0)
    if free.sum() > 0:
        shared = squares.sum() / free.sum()
        df = float(free.sum())
    else:
        shared = float(((residual - residual.mean()) ** 2).sum()) / max(len(residual) - 1, 1)
        df = float(max(len(residual) - 1, 1))
    spread = np.where(free > 0, squares / np.maximum(free, 1), shared)
    left = 1 - drawn.drawn / np.maximum(drawn.there, 1)
    variance = (drawn.there**2 * left * spread / count)[drawn.drawn > 0].sum()
    return math.sqrt(max(float(variance), 0.0)), df


def _guard(whole: Population, scores: Values, drawn: _Drawn, confidence: float) -> float:
    """Return what Wilson's interval adds to a squared half-width, of scores within [0, 1].

    Ten right answers of ten do not prove that all are right: z²/2n where both kinds of answer were
    met, z²/n where one is rare, at the sample's effective size (Kish).
    """
    seen = scores[drawn.sampled]
    if seen.min() < 0 or seen.max() > 1:
        return 0.0
    z = normal_quantile(confidence)
    stratum = drawn.stratum[drawn.sampled]
    share = whole.weight[drawn.sampled] * (drawn.there / np.maximum(drawn.drawn, 1))[stratum]
    left = 1 - len(drawn.sampled) / max(float(drawn.rest.sum()), 1.0)
    each = z * z * float((share**2).sum()) / float(share.sum())
    rare = min(float(seen.sum()), float((1 - seen).sum())) < FEW
    return left * (each if rare else each / 2) ** 2
