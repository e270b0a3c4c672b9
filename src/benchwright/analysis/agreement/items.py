"""Item analysis: what each question of a benchmark tells of the models that answered it.

A model's *strength* is its mean advantage over the other models on the items it answered, the item
in question left out; so an item does not correlate with itself, and models that answered other
items are compared by what these are worth. The *discrimination* of an item is the correlation of
its scores with the strengths (the corrected point-biserial correlation). With ten models it is
mostly noise: ``shrunk`` is its posterior mean under a normal prior on Fisher's scale, whose mean
and variance are estimated from all items of the benchmark.
"""

from __future__ import annotations

import math
from collections.abc import Iterator

import numpy as np
import numpy.typing as npt
from msgspec import Struct

from benchwright.analysis.responses.table import Group, Responses, Scale
from benchwright.core.errors import UnknownName

Column = npt.NDArray[np.float64]
"""One number per item."""

FEWEST = 4
"""Models below which an item's discrimination is not told."""

CHUNK = 1 << 21
"""Cells held at once."""


class Items(Struct, frozen=True, eq=False, kw_only=True):
    """What was found of the I items of one benchmark, in the table's order."""

    group: Group
    """The benchmark."""
    names: tuple[str, ...]
    """Names of the items."""
    models: int
    """Models with an answer to any of them."""
    answered: npt.NDArray[np.int64]
    """Models that answered the item."""
    difficulty: Column
    """Mean score: high is easy. NaN where nobody answered."""
    discrimination: Column
    """Corrected point-biserial correlation; NaN with fewer than ``FEWEST`` models or one score."""
    shrunk: Column
    """Its posterior mean; the benchmark's own where the item says nothing."""
    inverted: Column
    """Posterior probability that stronger models do worse on it."""
    ceiling: npt.NDArray[np.bool_]
    """Whether all who answered got the full score."""
    floor: npt.NDArray[np.bool_]
    """Whether all got nothing."""
    alpha: float
    """Cronbach's alpha over the models that answered everything; NaN with fewer than three."""

    def missed_by_the_strong(self, limit: int = 20) -> npt.NDArray[np.intp]:
        """Return the places of the items that stronger models most surely do worse on."""
        order = np.argsort(-self.inverted, kind="stable")
        return order[self.inverted[order] > 0.5][:limit]


def analyse(responses: Responses, benchmark: str = "") -> Items:
    """Return the item analysis of one benchmark of a table.

    Args:
        responses: the table.
        benchmark: name of the group; may be left out where there is only one.

    Raises:
        UnknownName: the table has no such group, or several and none was named.
    """
    number, places = group_items(responses, benchmark)
    group = responses.groups[number]
    strength, answers = strengths(responses, places)
    count = places.stop - places.start
    seen = np.diff(responses.start[places.start : places.stop + 1])
    difficulty, raw = np.full(count, np.nan), np.full(count, np.nan)
    low, high = np.full(count, np.nan), np.full(count, np.nan)
    for part in spans(responses, places):
        scores = responses.dense(part).astype(np.float64)
        here = slice(part.start - places.start, part.stop - places.start)
        known = ~np.isnan(scores)
        filled = np.where(known, scores, 0.0)
        mean = filled.sum(axis=1) / np.maximum(known.sum(axis=1), 1)
        difficulty[here] = np.where(known.any(axis=1), mean, np.nan)
        low[here] = np.where(known, scores, np.inf).min(axis=1, initial=np.inf)
        high[here] = np.where(known, scores, -np.inf).max(axis=1, initial=-np.inf)
        own = np.where(known, filled - mean[:, None], 0.0)
        rest = (strength * answers - own) / np.maximum(answers - known, 1)
        raw[here] = _correlations(filled, rest, known & (answers > 1))
    shrunk, inverted = _shrunk(raw, seen)
    bounded = group.scale in (Scale.BINARY, Scale.BOUNDED)
    some = seen > 0
    return Items(
        group=group,
        names=tuple(responses.items[place] for place in range(places.start, places.stop)),
        models=int((answers > 0).sum()),
        answered=seen,
        difficulty=difficulty,
        discrimination=raw,
        shrunk=shrunk,
        inverted=inverted,
        ceiling=(low >= 1) & some if bounded else np.zeros(count, dtype=np.bool_),
        floor=(high <= 0) & some if bounded else np.zeros(count, dtype=np.bool_),
        alpha=_alpha(responses, places),
    )


def group_items(responses: Responses, benchmark: str = "") -> tuple[int, slice]:
    """Return the number of a group and the slice of its items.

    Raises:
        UnknownName: there is no such group, or several and none was named.
    """
    names = [group.name for group in responses.groups]
    # A bare name stands for its version where there is one.
    fits = [
        number
        for number, name in enumerate(names)
        if name == benchmark or name.partition("@")[0] == benchmark or not benchmark
    ]
    if len(fits) != 1:
        exact = [number for number in fits if names[number] == benchmark]
        if len(exact) != 1:
            raise UnknownName("benchmark of this table", benchmark, names)
        fits = exact
    first, last = np.searchsorted(responses.group, [fits[0], fits[0] + 1])
    return fits[0], slice(int(first), int(last))


def strengths(responses: Responses, places: slice) -> tuple[Column, Column]:
    """Return every model's mean advantage on ``places``, and its number of answers; shape [M]."""
    models = len(responses.models)
    ahead, answers = np.zeros(models), np.zeros(models)
    for part in spans(responses, places):
        seen = np.diff(responses.start[part.start : part.stop + 1])
        here = slice(responses.start[part.start], responses.start[part.stop])
        who, score = responses.model[here], responses.score[here].astype(np.float64)
        item = np.repeat(np.arange(len(seen)), seen)
        mean = np.bincount(item, weights=score, minlength=len(seen)) / np.maximum(seen, 1)
        ahead += np.bincount(who, weights=score - mean[item], minlength=models)
        answers += np.bincount(who, minlength=models)
    return ahead / np.maximum(answers, 1), answers


def spans(responses: Responses, places: slice, cells: int = CHUNK) -> Iterator[slice]:
    """Yield slices of the items ``places`` with at most ``cells`` cells each, at least one item."""
    step = max(1, cells // max(len(responses.models), 1))
    for begin in range(places.start, places.stop, step):
        yield slice(begin, min(begin + step, places.stop))


def _correlations(scores: Column, rest: Column, known: npt.NDArray[np.bool_]) -> Column:
    """Return the correlation of each row of two matrices over its known cells."""
    n = known.sum(axis=1)
    total = np.maximum(n, 1)[:, None]
    one = np.where(known, scores - np.where(known, scores, 0).sum(axis=1)[:, None] / total, 0)
    other = np.where(known, rest - np.where(known, rest, 0).sum(axis=1)[:, None] / total, 0)
    scale = np.sqrt((one * one).sum(axis=1) * (other * other).sum(axis=1))
    # Rounding leaves dust where a row is constant.
    real = (n >= FEWEST) & (scale > 1e-9 * n)
    found: Column = np.where(real, (one * other).sum(axis=1) / np.where(real, scale, 1), np.nan)
    return np.clip(found, -1, 1)


def _shrunk(raw: Column, seen: npt.NDArray[np.int64]) -> tuple[Column, Column]:
    """Return each discrimination's posterior mean, and the probability that it is negative."""
    told = ~np.isnan(raw)
    if told.sum() < 2:
        return np.where(told, raw, np.nan), np.where(told, 0.5, np.nan)
    noise = 1 / np.maximum(seen - 3.0, 1.0)
    z = np.arctanh(np.clip(np.where(told, raw, 0), -0.999, 0.999))
    mean = float(z[told].mean())
    spread = max(float(z[told].var(ddof=1) - noise[told].mean()), 1e-6)
    weight = np.where(told, spread / (spread + noise), 0.0)
    centre = mean + weight * (z - mean)
    error = np.sqrt(spread * (1 - weight))
    below = [0.5 * math.erfc(value) for value in centre / error / math.sqrt(2)]
    return np.tanh(centre), np.array(below)


def _alpha(responses: Responses, places: slice) -> float:
    """Return Cronbach's alpha over the models with an answer to every item."""
    count = places.stop - places.start
    _, answers = strengths(responses, places)
    whole = answers == count
    if whole.sum() < 3 or count < 2:
        return math.nan
    inner, total = 0.0, np.zeros(int(whole.sum()))
    for part in spans(responses, places):
        scores = responses.dense(part)[:, whole].astype(np.float64)
        inner += float(scores.var(axis=1, ddof=1).sum())
        total += scores.sum(axis=0)
    outer = float(total.var(ddof=1))
    return count / (count - 1) * (1 - inner / outer) if outer > 0 else math.nan
