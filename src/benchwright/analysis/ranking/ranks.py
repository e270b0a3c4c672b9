"""Rank intervals and tiers, from what the pairs of models say."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from benchwright.analysis.ranking.pairs import Pairs, student
from benchwright.analysis.ranking.sources import Array
from benchwright.analysis.student import normal_quantile

Ranks = npt.NDArray[np.int64]


def ranks_of(scores: Array) -> Ranks:
    """Return 1 + the number of models with a higher score; ``scores`` fall, NaN last."""
    known = np.where(np.isnan(scores), -np.inf, scores)
    return 1 + np.searchsorted(-known, -known, side="left")


def claimed(pairs: Pairs) -> tuple[Ranks, Ranks]:
    """Return the best and worst rank of every model, all intervals holding at once.

    1 + the models separated above it, and M - the models separated below it (Mogstad, Romano,
    Shaikh and Wilhelm, *Review of Economic Studies* 91, 2024).
    """
    below = pairs.separated.sum(axis=1)
    above = pairs.separated.sum(axis=0)
    return 1 + above, len(above) - below


def shown(scores: Array, pairs: Pairs, confidence: float = 0.95) -> tuple[Ranks, Ranks]:
    """Return the best and worst rank of every model, each interval for itself.

    Percentiles of the model's rank over bootstrap draws, widened to hold the rank itself and
    narrowed to what may be claimed.
    """
    known = np.nan_to_num(scores, nan=np.nanmin(scores) if np.isfinite(scores).any() else 0.0)
    z = normal_quantile(confidence)
    wider = [student(z, float(freedom)) / z for freedom in pairs.freedom]
    drawn = known[:, None].astype(np.float32) + pairs.draws * np.array(wider, np.float32)[:, None]
    order = np.argsort(-drawn, axis=0, kind="stable")
    rank = np.empty_like(order)
    np.put_along_axis(rank, order, np.arange(1, len(scores) + 1)[:, None], axis=0)
    tail = (1 - confidence) / 2
    low = np.quantile(rank, tail, axis=1, method="lower").astype(np.int64)
    high = np.quantile(rank, 1 - tail, axis=1, method="higher").astype(np.int64)
    least, most = claimed(pairs)
    open_ = np.isinf(pairs.error).any(axis=1)
    low, high = np.where(open_, least, low), np.where(open_, most, high)
    own = ranks_of(scores)
    return np.clip(np.minimum(low, own), least, own), np.clip(np.maximum(high, own), own, most)


def tiers(pairs: Pairs) -> Ranks:
    """Return the number of every model's tier, from 1: models of one tier are not separated.

    Down the order, a model joins the tier above unless it is separated from a member of it; then it
    opens the next. So no two models of a tier are separated, and every tier's first model is
    separated from some model of the tier before.
    """
    found = np.ones(len(pairs.error), dtype=np.int64)
    first = 0
    for place in range(1, len(found)):
        if pairs.separated[first:place, place].any():
            first = place
            found[place] = found[place - 1] + 1
        else:
            found[place] = found[place - 1]
    return found
