"""One pass over a table: residuals and information of abilities and difficulties.

The model behind it is crossed: link(E s_mi) = θ_{c(i),m} − β_i with a logistic or an identity
link, where c(i) is the column of abilities that item i asks for. An item's Newton step is made
while its observations are in the cache; what abilities need is accumulated on the way, at the
difficulties after that step (to first order), so one pass is enough for both.
"""

from __future__ import annotations

import os
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import TypeVar

import numpy as np
import numpy.typing as npt
from msgspec import Struct

from benchwright.analysis.responses.table import Codes, Floats, Responses

Doubles = npt.NDArray[np.float64]
T = TypeVar("T")
R = TypeVar("R")
STRETCH = 1 << 16
"""Observations that are worked on at once: their temporaries stay in the second-level cache."""
PARTS = 8
"""Parts that are summed on their own, so that the number of threads changes no sum."""
MANY = 24
"""Stretches from which threads are worth their start."""
STEP = 2.0
"""Longest step of a difficulty, in logits: far from the optimum Newton's would overshoot."""


class Items(Struct, frozen=True, eq=False, kw_only=True):
    """A table as the crossed models see it."""

    responses: Responses
    column: Codes
    """Column of abilities of every item, ascending; shape [I]."""
    columns: int
    """Number of columns, C."""
    logistic: bool
    """Whether the link is logistic; else the identity, with residual variance 1."""
    scale: Doubles | None = None
    """What an item's scores are divided by (identity link); shape [I]."""
    shift: Doubles | None = None
    """What is taken from them before; shape [I]."""

    def standardised(self, score: Floats, item: npt.NDArray[np.intp]) -> Floats:
        """Return scores of ``item`` as the model sees them."""
        if self.scale is None or self.shift is None:
            return score
        by = (1 / self.scale).astype(np.float32)
        found: Floats = (score - self.shift.astype(np.float32)[item]) * by[item]
        return found

    def raw(self, x: Floats, items: slice) -> Floats:
        """Return predictions of ``items`` [items, M] on the scores' own scale."""
        if self.scale is None or self.shift is None:
            return x
        found: Floats = x * self.scale[items, None].astype(np.float32)
        found += self.shift[items, None].astype(np.float32)
        return found


class Point(Struct, frozen=True, eq=False, kw_only=True):
    """Where a pass begins."""

    ability: Doubles
    """θ; shape [C, M]."""
    difficulty: Doubles
    """β; shape [I]."""
    centre: Doubles
    """Mean of every difficulty's prior; shape [I]."""
    tightness: Doubles
    """Precision of every difficulty's prior; shape [I]."""
    flatness: Doubles
    """What every item's linear predictors are multiplied by (logistic link); shape [I].

    1/√(1 + πv/8), where v is the posterior variance of θ − β: E σ(x) over x ~ N(x̂, v) is about
    σ(x̂/√(1 + πv/8)) (MacKay, Neural Computation 4, 1992). Residuals from expectations instead of
    residuals at the mode make this variational inference; the mode itself stretches abilities
    when items have few observations each.
    """
    noise: float = 1.0
    """Residual variance (identity link)."""


class Swept(Struct, frozen=True, eq=False, kw_only=True):
    """What one pass brings."""

    residual: Doubles
    """Σ over a model's items of a column of (score − prediction) / noise; shape [C, M]."""
    information: Doubles
    """Σ likewise of the derivative of the prediction; shape [C, M]."""
    difficulty: Doubles
    """Difficulties after their Newton step; shape [I]."""
    precision: Doubles
    """Information on every difficulty, its prior's included; shape [I]."""
    squares: float
    """Σ of squared residuals before the step."""


def predicted(x: Floats, logistic: bool) -> tuple[Floats, Floats | None]:
    """Return predictions at linear predictors ``x`` (overwritten) and their derivative."""
    if not logistic:
        return x, None
    np.negative(x, out=x)
    # Beyond ±80 a single-precision exponential overflows, and nothing changes.
    np.minimum(x, 80.0, out=x)
    np.exp(x, out=x)
    x += 1.0
    np.reciprocal(x, out=x)
    slope = x * x
    np.subtract(x, slope, out=slope)
    return x, slope


def stretches(items: Items) -> list[tuple[int, int]]:
    """Return bounds of runs of items that hold about ``STRETCH`` observations each."""
    start, count = items.responses.start, len(items.responses.group)
    found: list[tuple[int, int]] = []
    begin = 0
    while begin < count:
        end = int(np.searchsorted(start, start[begin] + STRETCH, side="right")) - 1
        end = min(max(end, begin + 1), begin + STRETCH, count)
        found.append((begin, end))
        begin = end
    return found


def sweep(items: Items, at: Point) -> Swept:
    """Return residuals and information at a point."""
    work = _Pass(items, at)
    runs = stretches(items)
    parts = [runs[part::PARTS] for part in range(min(PARTS, len(runs)))]
    found = each_part(work.part, parts) if len(runs) >= MANY else list(map(work.part, parts))
    sums = sum((one for one, _ in found), np.zeros((2, *at.ability.shape))) / at.noise
    return Swept(
        residual=sums[0],
        information=sums[1],
        difficulty=work.difficulty,
        precision=work.precision,
        squares=sum(one for _, one in found),
    )


def each_part(work: Callable[[T], R], parts: list[T]) -> list[R]:
    """Return ``work`` of every part, on as many threads as there are cores."""
    threads = min(os.cpu_count() or 1, len(parts))
    if threads < 2:
        return [work(part) for part in parts]
    with ThreadPoolExecutor(threads) as pool:
        return list(pool.map(work, parts))


class _Pass:
    """One pass; its threads write to different items' places."""

    def __init__(self, items: Items, at: Point) -> None:
        self.items, self.at = items, at
        self.theta = at.ability.astype(np.float32)
        self.difficulty = at.difficulty.astype(np.float64)
        self.precision = np.empty(len(at.difficulty))

    def part(self, runs: list[tuple[int, int]]) -> tuple[Doubles, float]:
        """Return sums of residuals and slopes [2, C, M] and of squares, over some runs of items."""
        sums = np.zeros((2, *self.theta.shape))
        start, column = self.items.responses.start, self.items.column
        squares = 0.0
        for begin, end in runs:
            each = np.diff(start[begin : end + 1])
            alone = column[begin] == column[end - 1]
            if alone and bool((each == self.theta.shape[1]).all()):
                squares += self._full(begin, end, sums[:, column[begin]])
            else:
                squares += self._sparse(begin, end, each, sums)
        return sums, squares

    def _full(self, begin: int, end: int, sums: Doubles) -> float:
        """Add items that every model answered: a matrix as it lies in memory."""
        start = self.items.responses.start
        score = self.items.responses.score[start[begin] : start[end]].reshape(end - begin, -1)
        if self.items.scale is not None:
            score = self.items.standardised(score, np.arange(begin, end)[:, None])
        beta = self.difficulty[begin:end].astype(np.float32)
        kappa = self.at.flatness[begin:end].astype(np.float32)[:, None]
        x = self.theta[self.items.column[begin]] - beta[:, None]
        if self.items.logistic:
            x *= kappa
        found, slope = predicted(x, self.items.logistic)
        rest = np.subtract(score, found, out=found)
        squares = float(np.vdot(rest, rest))
        if slope is None:
            row_slope = np.full(end - begin, float(score.shape[1]))
        else:
            slope *= kappa
            row_slope = slope.sum(axis=1).astype(np.float64)
        move = self._step(begin, end, rest.sum(axis=1).astype(np.float64), row_slope)
        rest += move[:, None] if slope is None else slope * move[:, None]
        sums[0] += rest.sum(axis=0)
        sums[1] += end - begin if slope is None else slope.sum(axis=0)
        return squares

    def _sparse(self, begin: int, end: int, each: npt.NDArray[np.int64], sums: Doubles) -> float:
        """Add items of which each has the observations that it has."""
        start = self.items.responses.start[begin : end + 1]
        if start[0] == start[-1]:
            self._step(begin, end, np.zeros(end - begin), np.zeros(end - begin))
            return 0.0
        score = self.items.responses.score[start[0] : start[-1]]
        if self.items.scale is not None:
            score = self.items.standardised(score, np.repeat(np.arange(begin, end), each))
        place = self._places(begin, end, each)
        low = int(self.items.column[begin]) * self.theta.shape[1]
        width = (int(self.items.column[end - 1]) + 1) * self.theta.shape[1] - low
        x = self.theta.reshape(-1)[low : low + width][place]
        x -= np.repeat(self.difficulty[begin:end].astype(np.float32), each)
        if self.items.logistic:
            kappa = np.repeat(self.at.flatness[begin:end].astype(np.float32), each)
            x *= kappa
        found, slope = predicted(x, self.items.logistic)
        rest = np.subtract(score, found, out=found)
        squares = float(np.vdot(rest, rest))
        known = np.flatnonzero(each)
        first = start[known] - start[0]
        row_rest, row_slope = np.zeros(end - begin), each.astype(np.float64)
        row_rest[known] = np.add.reduceat(rest, first)
        if slope is not None:
            slope *= kappa
            row_slope[known] = np.add.reduceat(slope, first)
        moves = np.repeat(self._step(begin, end, row_rest, row_slope), each)
        flat = sums.reshape(2, -1)[:, low : low + width]
        flat[1] += np.bincount(place, slope, width)
        rest += moves if slope is None else np.multiply(slope, moves, out=slope)
        flat[0] += np.bincount(place, rest, width)
        return squares

    def _places(self, begin: int, end: int, each: npt.NDArray[np.int64]) -> npt.NDArray[np.intp]:
        """Return where each observation's ability is, from the first column on."""
        start, column = self.items.responses.start, self.items.column[begin:end]
        place = self.items.responses.model[start[begin] : start[end]].astype(np.intp)
        if column[0] != column[-1]:
            place += np.repeat((column - column[0]).astype(np.intp) * self.theta.shape[1], each)
        return place

    def _step(self, begin: int, end: int, rest: Doubles, slope: Doubles) -> Floats:
        """Make the difficulties' Newton step; return how far each went."""
        tight, noise = self.at.tightness[begin:end], self.at.noise
        beta = self.difficulty[begin:end]
        precision = slope / noise + tight
        step = -(rest / noise + (beta - self.at.centre[begin:end]) * tight) / precision
        if self.items.logistic:
            np.clip(step, -STEP, STEP, out=step)
        self.precision[begin:end] = precision
        self.difficulty[begin:end] = beta + step
        return step.astype(np.float32)
