"""Clustering-On-Difficulty: what a larger model of a ladder would score, from its smaller ones.

Items are clustered by their pass rates along a ladder of models trained with growing compute; each
cluster gets a scaling curve; clusters whose curve can be extrapolated make the predictable subset;
its score at the target compute is mapped to the full set's by a rising curve (``rising``). Protocol
and rule as restated from Xu et al., "Unveiling downstream performance scaling of LLMs: a
clustering-based perspective" (2025); the fit of the curve, a grid refined by damped Gauss–Newton
steps, is ours.
"""

from __future__ import annotations

import math

import numpy as np
import numpy.typing as npt
from msgspec import Struct

from benchwright.analysis.agreement.rising import Rising
from benchwright.analysis.selecting.cod import OUTLIER, difficulty_clusters
from benchwright.core.errors import DataError, DescriptionError

RUNGS = 4
"""Models that a ladder needs at least: the curve has as many parameters."""

DIAMETER = 0.2
"""Widest root mean square difference of two items' pass rates within a cluster; for rates of some
hundred tries. Coarser rates need wider clusters: of n tries, chance alone makes about √(.4/n)."""

STEPS = 60
"""Most Gauss–Newton steps of a fit."""

Floats = npt.NDArray[np.float64]


class Growth(Struct, frozen=True, kw_only=True):
    """How the pass rate of a cluster grows: y(C) = g + (1 − g) exp(−a C^(−b) − c).

    C is compute in units of the ladder's smallest model.
    """

    a: float
    """How far the smallest model is from the ceiling."""
    b: float
    """How fast the distance shrinks."""
    c: float
    """Part that never will be solved: the ceiling is g + (1 − g) exp(−c)."""
    g: float
    """Pass rate of guessing."""
    size: int = 0
    """Items of the cluster."""
    rmse: float = 0.0
    """Root mean square residual over the ladder."""

    def at(self, compute: npt.ArrayLike) -> Floats:
        """Return the pass rate at ``compute``, in units of the smallest model."""
        c = np.asarray(compute, dtype=np.float64)
        found: Floats = self.g + (1 - self.g) * np.exp(-self.a * c**-self.b - self.c)
        return found

    @property
    def extrapolatable(self) -> bool:
        """Whether the curve may be trusted beyond the ladder: a > 1, b > 0.1 and 0 ≤ c < 1."""
        return self.a > 1 and self.b > 0.1 and 0 <= self.c < 1 and self.g < 1


class Scaling(Struct, frozen=True, eq=False, kw_only=True):
    """The clusters of a benchmark's I items and how they grow."""

    smallest: float
    """Compute of the ladder's smallest model: the unit of the curves."""
    clusters: npt.NDArray[np.int64]
    """Number of every item's cluster, −1 for outliers; shape [I]."""
    growths: tuple[Growth, ...]
    """The curve of every cluster, by its number."""

    @property
    def predictable(self) -> npt.NDArray[np.bool_]:
        """Which items are in clusters whose curve may be extrapolated; shape [I]."""
        good = [number for number, one in enumerate(self.growths) if one.extrapolatable]
        return np.isin(self.clusters, good)

    def subset(self, compute: float) -> float:
        """Return the expected score on the predictable items at ``compute``, in the ladder's unit.

        Raises:
            DescriptionError: no cluster can be extrapolated, or the compute is not positive.
        """
        good = [one for one in self.growths if one.extrapolatable]
        if not good:
            raise DescriptionError(
                "no cluster of items grows so that it can be extrapolated: the ladder's models are"
                " too few or too alike for this benchmark."
            )
        if not compute > 0:
            raise DescriptionError(f"compute must be positive, not {compute}.")
        size = np.array([one.size for one in good], dtype=np.float64)
        rates = np.array([float(one.at(compute / self.smallest)) for one in good])
        return float(size @ rates / size.sum())


def fit_scaling(
    rates: npt.ArrayLike, compute: npt.ArrayLike, *, diameter: float = DIAMETER
) -> Scaling:
    """Cluster items by difficulty and fit each cluster's growth.

    Args:
        rates: pass rate of every item by every model of the ladder; shape [I, models].
        compute: what each model was trained with, in any unit; shape [models].
        diameter: widest root mean square difference within a cluster.

    Raises:
        DataError: shapes do not fit, a rate is not within [0, 1], or a compute is not positive.
        DescriptionError: the ladder has fewer than ``RUNGS`` models of different compute.
    """
    passed = np.asarray(rates, dtype=np.float64)
    spent = np.asarray(compute, dtype=np.float64).ravel()
    if passed.ndim != 2 or passed.shape[1] != len(spent):
        raise DataError("pass rates have one row per item and one column per model of the ladder.")
    if not ((passed >= 0) & (passed <= 1)).all():
        raise DataError("pass rates lie between 0 and 1, and none may be missing.")
    if not ((spent > 0) & np.isfinite(spent)).all():
        raise DataError("compute must be positive and finite.")
    if len(np.unique(spent)) < RUNGS:
        raise DescriptionError(
            f"a curve with four parameters needs {RUNGS} models of different compute,"
            f" not {len(np.unique(spent))}."
        )
    order = np.argsort(spent, kind="stable")
    passed, spent = passed[:, order], spent[order]
    clusters = difficulty_clusters(passed, diameter=diameter * math.sqrt(len(spent)))
    growths = [
        fit_growth(spent / spent[0], passed[clusters == number].mean(axis=0))
        for number in range(int(clusters.max(initial=OUTLIER)) + 1)
    ]
    sizes = [int((clusters == number).sum()) for number in range(len(growths))]
    return Scaling(
        smallest=float(spent[0]),
        clusters=clusters,
        growths=tuple(
            Growth(a=one.a, b=one.b, c=one.c, g=one.g, size=size, rmse=one.rmse)
            for one, size in zip(growths, sizes, strict=True)
        ),
    )


def fit_growth(compute: npt.ArrayLike, rates: npt.ArrayLike) -> Growth:
    """Return the least-squares curve through pass rates at ``compute`` (≥ 1, smallest model = 1).

    The best of a grid of starts, then damped Gauss–Newton (Levenberg–Marquardt) steps in ln a,
    ln b, √c and the arc sine of √g, which keep the parameters within bounds.
    """
    c, y = np.asarray(compute, dtype=np.float64), np.asarray(rates, dtype=np.float64)
    found = [_descend(c, y, start) for start in _starts(c, y)]
    loss, free = min(found, key=lambda one: one[0])
    a, b, ceiling, g = _natural(free)
    return Growth(a=a, b=b, c=ceiling, g=g, rmse=math.sqrt(loss / len(y)))


def predicted(scaling: Scaling, to_full: Rising, compute: float) -> float:
    """Return the expected score on the full set at ``compute``, in the ladder's unit."""
    return float(to_full.at(scaling.subset(compute)))


_GRID_A = np.geomspace(0.1, 30, 12)
_GRID_B = np.geomspace(0.05, 2, 10)
_GRID_C = np.array([0.0, 0.05, 0.2, 0.6])
_GRID_G = np.array([0.0, 0.1, 0.25, 0.4])


def _starts(c: Floats, y: Floats) -> list[Floats]:
    """Return the three best of a grid, in free parameters."""
    a, b, ceiling, g = np.meshgrid(_GRID_A, _GRID_B, _GRID_C, _GRID_G, indexing="ij")
    cells = np.stack([a.ravel(), b.ravel(), ceiling.ravel(), g.ravel()])
    curve = cells[3] + (1 - cells[3]) * np.exp(-cells[0] * c[:, None] ** -cells[1] - cells[2])
    loss = ((curve - y[:, None]) ** 2).sum(axis=0)
    chosen = np.argsort(loss, kind="stable")[:3]
    return [_free(cells[:, place]) for place in chosen]


def _free(natural: Floats) -> Floats:
    a, b, ceiling, g = natural
    # Off the bounds a little: at them the derivative of the square is 0.
    return np.array(
        [math.log(a), math.log(b), math.sqrt(ceiling + 1e-3), math.asin(math.sqrt(g + 1e-3))]
    )


def _natural(free: Floats) -> tuple[float, float, float, float]:
    return (
        math.exp(float(free[0])),
        math.exp(float(free[1])),
        float(free[2]) ** 2,
        math.sin(float(free[3])) ** 2,
    )


def _curve(c: Floats, free: Floats) -> tuple[Floats, Floats]:
    """Return the curve and its derivatives by the free parameters; shapes [n] and [n, 4]."""
    a, b, ceiling, g = _natural(free)
    power = c**-b
    rise = np.exp(-a * power - ceiling)
    outer = (1 - g) * rise
    slopes = np.stack(
        [
            -outer * a * power,
            outer * a * power * np.log(c) * b,
            -outer * 2 * float(free[2]),
            (1 - rise) * math.sin(2 * float(free[3])),
        ],
        axis=1,
    )
    return g + outer, slopes


def _descend(c: Floats, y: Floats, free: Floats) -> tuple[float, Floats]:
    damping = 1e-3
    curve, slopes = _curve(c, free)
    loss = float(((curve - y) ** 2).sum())
    for _ in range(STEPS):
        inner = slopes.T @ slopes
        pull = slopes.T @ (y - curve)
        step = np.linalg.solve(inner + damping * (np.diag(np.diag(inner)) + 1e-9 * np.eye(4)), pull)
        # Within what doubles hold: exponents stay small.
        tried = np.clip(free + np.clip(step, -1, 1), -7, 7)
        moved, turned = _curve(c, tried)
        better = float(((moved - y) ** 2).sum())
        if better < loss:
            done = loss - better < 1e-12 * (loss + 1e-12)
            free, curve, slopes, loss = tried, moved, turned, better
            damping = max(damping / 3, 1e-9)
            if done:
                break
        else:
            damping *= 5
            if damping > 1e9:
                break
    return loss, free
