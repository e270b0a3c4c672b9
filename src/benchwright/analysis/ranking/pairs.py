"""Which models the data separate, all pairs at once: max-t by a multiplier bootstrap.

With normal multipliers one bootstrap draw of the scores is exactly N(0, Σ), Σ being the covariance
clustered by source: so draws cost nothing that grows with the table, and there can be many
(Chernozhukov, Chetverikov and Kato, *Annals of Statistics* 41, 2013). The largest studentised
difference of a draw gives the critical value, and stepping down takes separated pairs out
(Romano and Wolf, *Journal of the American Statistical Association* 100, 2005).
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
from msgspec import Struct

from benchwright.analysis.ranking.sources import Array
from benchwright.analysis.ranking.spread import Spread
from benchwright.analysis.responses.table import Floats
from benchwright.analysis.student import normal_quantile, t_quantile, t_tail
from benchwright.core.seeds import derive

LEAST, MOST, CELLS = 400, 4000, 4 * 10**8
"""Fewest and most draws, and how many pairs × draws are made where that lies between."""
STEPS = 4
"""Most steps down; later ones hardly separate any pair more."""
WORTH = 0.1
"""Share of the pairs that a step must have separated for another to be made."""
ROWS = 128
"""Models whose draws stay in the cache while others are held against them."""
FEW = 6
"""Below so many sources, differences that do not vary prove nothing: the sign test cannot."""


class Pairs(Struct, frozen=True, eq=False, kw_only=True):
    """Every pair of M models, which are given by falling score."""

    difference: Array
    """Score of the one minus the other's; shape [M, M]."""
    error: Array
    """Standard error of the difference; infinite where it cannot be told; shape [M, M]."""
    freedom: Array
    """Degrees of freedom of each model's variance; a pair has the smaller; shape [M]."""
    critical: float
    """|z| that the largest of all pairs exceeds with probability 1 - confidence."""
    separated: npt.NDArray[np.bool_]
    """Whether the one is above the other, every such claim holding at once; shape [M, M]."""
    draws: Floats
    """Draws of what the scores are off by; shape [M, draws]."""
    largest: Floats
    """Largest studentised difference of every draw, rising; shape [draws]."""

    def bounds(self, a: int, b: int, level: float) -> tuple[float, float]:
        """Return the ends of the interval of one difference at |z| = ``level``."""
        half = student(level, min(self.freedom[a], self.freedom[b])) * float(self.error[a, b])
        middle = float(self.difference[a, b])
        return middle - half, middle + half

    def p_value(self, a: int, b: int) -> float:
        """Return the two-sided p-value of one difference being 0, as if it were the only one."""
        error, value = float(self.error[a, b]), float(self.difference[a, b])
        if error == 0:
            return 1.0 if value == 0 else 0.0
        if np.isinf(error):
            return 1.0
        return t_tail(value / error, float(min(self.freedom[a], self.freedom[b])))

    def p_all(self, a: int, b: int) -> float:
        """Return that p-value, adjusted for all pairs that could have been looked at."""
        return adjusted(
            self.p_value(a, b), self.largest, len(self.error) * (len(self.error) - 1) // 2
        )


def student(z: float, freedom: float) -> float:
    """Return the t that is exceeded as seldom as ``z`` by a standard normal."""
    if not np.isfinite(freedom) or freedom > 1e5:
        return z
    return t_quantile(1 - t_tail(z, np.inf), freedom)


def adjusted(p: float, largest: Floats, comparisons: int) -> float:
    """Return ``p`` adjusted for ``comparisons``, given the largest |z| of every draw, rising.

    The share of draws whose largest is as extreme; Bonferroni's bound where draws are too few to
    tell, and never less than ``p``.
    """
    if p >= 1 or comparisons <= 1:
        return min(p, 1.0)
    z = normal_quantile(1 - p) if p > 1e-15 else np.inf
    beyond = len(largest) - int(np.searchsorted(largest, z, side="left"))
    return min(1.0, max(p, min(p * comparisons, (1 + beyond) / (1 + len(largest)))))


def holm(p_values: npt.ArrayLike) -> Array:
    """Return p-values adjusted by Holm's method for a list of comparisons chosen beforehand.

    The k-th smallest of n is multiplied by n - k + 1 and is at least the one before it (Holm,
    *Scandinavian Journal of Statistics* 6, 1979).
    """
    p = np.asarray(p_values, dtype=np.float64)
    order = np.argsort(p, kind="stable")
    steps = np.maximum.accumulate(p[order] * np.arange(len(p), 0, -1))
    found = np.empty_like(p)
    found[order] = np.minimum(steps, 1.0)
    return found


def pairs_of(scores: Array, spread: Spread, confidence: float = 0.95, seed: int = 0) -> Pairs:
    """Return which of M models are separated, given their ``scores`` in falling order."""
    models = len(scores)
    error = standard_errors(spread)
    covariance = spread.covariance + np.diag(spread.pseudo)
    draws = drawn(covariance, int(np.clip(2 * CELLS // max(models**2, 1), LEAST, MOST)), seed)
    difference = scores[:, None] - scores[None, :]
    difference[~np.isfinite(difference)] = 0.0
    inverse = np.where(error > 0, 1 / np.where(error > 0, error, 1.0), 0.0).astype(np.float32)
    known = np.where(np.isfinite(error), error, 0.0)
    end = np.full(models, models)
    separated = (error == 0) & (difference > 0)
    largest = np.zeros(draws.shape[1], np.float32)
    critical = 0.0
    for step in range(STEPS):
        found = _largest(draws, inverse, end)
        largest = np.sort(found) if step == 0 else largest
        # A single pair needs no simulation.
        level = float(np.quantile(found, confidence) if models > 2 else normal_quantile(confidence))
        critical = level if step == 0 else critical
        limit = _per_model(level, spread.freedom)
        beyond = difference > np.maximum(limit[:, None], limit[None, :]) * known
        fresh = beyond & (error > 0) & np.isfinite(error) & ~separated
        left = int((inverse > 0).sum()) // 2
        separated |= fresh
        if fresh.sum() <= WORTH * left:
            break
        inverse[separated | separated.T] = 0.0
        end = _ends(inverse)
    return Pairs(
        difference=difference,
        error=error,
        freedom=spread.freedom,
        critical=critical,
        separated=separated,
        draws=draws,
        largest=largest,
    )


def standard_errors(spread: Spread) -> Array:
    """Return the standard error of every pair's difference, paired by item; shape [M, M].

    Right-or-wrong scores get two pseudo-pairs, one each way (Agresti and Min, *Statistics in
    Medicine* 24, 2005), so that a few questions on which two models agree do not prove them equal.
    Other differences that do not vary at all count from ``FEW`` sources on.
    """
    own = np.diag(spread.covariance)
    variance = own[:, None] + own[None, :] - 2 * spread.covariance
    noise = 1e-12 * (own[:, None] + own[None, :])
    variance = np.where(variance > noise, variance, 0.0)
    variance += spread.pseudo[:, None] + spread.pseudo[None, :]
    few = np.minimum(spread.size[:, None], spread.size[None, :]) < FEW
    variance[(variance == 0) & few] = np.inf
    variance[~spread.known, :] = variance[:, ~spread.known] = np.inf
    variance[np.diag_indices_from(variance)] = 0.0
    error: Array = np.sqrt(variance)
    return error


def drawn(covariance: Array, count: int, seed: int) -> Floats:
    """Return ``count`` draws from N(0, covariance); shape [M, count]."""
    models = len(covariance)
    random = np.random.default_rng(derive(seed, "ranking", "draws"))
    normal = random.standard_normal((models, count), dtype=np.float32)
    scale = np.sqrt(np.maximum(np.diag(covariance), 0.0))
    safe = np.where(scale > 0, scale, 1.0)
    correlation = covariance / safe[:, None] / safe[None, :]
    correlation[np.diag_indices_from(correlation)] = 1.0
    root = _root(correlation)
    found: Floats = (root.astype(np.float32) @ normal) * scale[:, None].astype(np.float32)
    return found


def _root(correlation: Array) -> Array:
    """Return a square root; fewer sources than models make the matrix singular, but for a ridge."""
    for ridge in (0.0, 1e-10, 1e-8, 1e-6):
        try:
            root = np.linalg.cholesky(correlation + ridge * np.eye(len(correlation)))
        except np.linalg.LinAlgError:
            continue
        return np.asarray(root, dtype=np.float64)
    values, vectors = np.linalg.eigh(correlation)
    return np.asarray(vectors * np.sqrt(np.maximum(values, 0.0)), dtype=np.float64)


def _largest(draws: Floats, inverse: Floats, end: npt.NDArray[np.int64]) -> Floats:
    """Return each draw's largest |difference| / error over the pairs (a, b) with a < b < end[a]."""
    models, count = draws.shape
    best = np.zeros((min(ROWS, models), count), np.float32)
    room = np.empty_like(best)
    for first in range(0, models, ROWS):
        for a in range(min(first + ROWS, models) - 1):
            low, high = max(a + 1, first), min(first + ROWS, int(end[a]))
            if high <= low:
                continue
            away, most = room[: high - low], best[: high - low]
            np.subtract(draws[low:high], draws[a], out=away)
            away *= inverse[a, low:high, None]
            np.abs(away, out=away)
            np.maximum(most, away, out=most)
    found: Floats = best.max(axis=0)
    return found


def _ends(inverse: Floats) -> npt.NDArray[np.int64]:
    """Return for every model one more than the last that it is still compared with."""
    there = inverse > 0
    last = there.shape[1] - np.argmax(there[:, ::-1], axis=1)
    return np.where(there.any(axis=1), last, 0)


def _per_model(level: float, freedom: Array) -> Array:
    """Return the critical t of every model; degrees of freedom rounded to three digits first."""
    digits = 10.0 ** (np.floor(np.log10(np.maximum(freedom, 1.0))) - 2)
    rounded = np.maximum(np.floor(freedom / digits) * digits, 1.0)
    known = {value: student(level, float(value)) for value in np.unique(rounded)}
    return np.array([known[value] for value in rounded])
