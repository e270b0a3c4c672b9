"""How sure a correlation between two benchmarks is, were other models to be compared.

The models are the sample, or their families where these are known: models of one family are alike
and tell less than as many of different make. The interval is a delete-one-family jackknife on
Fisher's scale (arctanh) with Student's t of (families − 1) degrees of freedom (Arvesen, *Annals of
Mathematical Statistics* 40, 1969, for U-statistics such as tau). A few models can agree by luck so
well that the jackknife sees no spread: the interval is never narrower than that of a bivariate
normal sample of as many families, whose standard error on that scale is √(.437/(n − 4)) for tau,
√(1/(n − 3)) for Pearson's and √(1.06/(n − 3)) for Spearman's (Fieller, Hartley and Pearson,
*Biometrika* 44, 1957).
"""

from __future__ import annotations

import math

import numpy as np
import numpy.typing as npt
from msgspec import Struct

from benchwright.analysis.agreement.correlation import Correlation, Kind, correlation, ranks
from benchwright.analysis.student import normal_quantile, t_quantile

FEWEST = 5
"""Families below which no interval is given."""

BLOCK = 1 << 22
"""Pairs of models compared at once."""

_NORMAL = {"kendall": (0.437, 4), "pearson": (1.0, 3), "spearman": (1.06, 3)}

_Values = npt.NDArray[np.float64]
_Clusters = npt.NDArray[np.intp]


class Spread(Struct, frozen=True, kw_only=True):
    """A correlation and the interval of it over models."""

    found: Correlation
    """The correlation over all common models."""
    low: float
    """Lower end; NaN with fewer than ``FEWEST`` families."""
    high: float
    """Upper end, likewise."""
    families: int
    """Families of the common models: what counts as independent."""


def spread(
    a: npt.ArrayLike,
    b: npt.ArrayLike,
    kind: Kind = "kendall",
    *,
    clusters: npt.ArrayLike | None = None,
    confidence: float = 0.95,
) -> Spread:
    """Return the correlation of two columns of scores with its interval over models.

    Args:
        a: one benchmark's score of every model; shape [M], NaN where there is none.
        b: the other's.
        kind: which correlation.
        clusters: number of every model's family; each its own where it is None; shape [M].
        confidence: nominal coverage of the interval.

    Raises:
        DataError: the columns differ in length or hold infinite values.
    """
    first, second = np.asarray(a, dtype=np.float64), np.asarray(b, dtype=np.float64)
    found = correlation(first, second, kind)
    known = ~(np.isnan(first) | np.isnan(second))
    member: _Clusters = np.arange(len(first)) if clusters is None else np.asarray(clusters)
    member = np.unique(member[known], return_inverse=True)[1].astype(np.intp)
    families = int(member.max()) + 1 if len(member) else 0
    if math.isnan(found.value) or families < FEWEST:
        return Spread(found=found, low=math.nan, high=math.nan, families=families)
    x, y = first[known], second[known]
    if kind == "kendall":
        without = _tau_without(x, y, member)
    else:
        pair = (ranks(x), ranks(y)) if kind == "spearman" else (x, y)
        without = _product_without(*pair, member)
    # A perfect correlation is taken as one with half a pair out of order.
    most = 1 - 1 / (families * (families - 1) / 2)
    centre = math.atanh(max(-most, min(most, found.value)))
    known_without = np.clip(without[~np.isnan(without)], -most, most)
    moved = np.arctanh(known_without)
    error = 0.0
    if len(moved) > 1:
        error = math.sqrt(
            (len(moved) - 1) / len(moved) * float(((moved - moved.mean()) ** 2).sum())
        )
    scale, lost = _NORMAL[kind]
    least = normal_quantile(confidence) * math.sqrt(scale / max(families - lost, 1))
    half = max(t_quantile(confidence, families - 1) * error, least)
    low, high = math.tanh(centre - half), math.tanh(centre + half)
    # The ends hold the value, which may be a perfect one.
    return Spread(
        found=found, low=min(low, found.value), high=max(high, found.value), families=families
    )


def _tau_without(x: _Values, y: _Values, member: _Clusters) -> _Values:
    """Return tau-b without each family in turn; shape [families].

    Sums over pairs of models lose a family's pairs with all models, less those within it twice
    counted.
    """
    count, families = len(x), int(member.max()) + 1
    sums = np.zeros((3, count))
    step = max(1, BLOCK // count)
    for begin in range(0, count, step):
        rows = slice(begin, begin + step)
        sums[:, rows] = _pair_sums(x[rows], y[rows], x, y)
    total = sums.sum(axis=1)
    lost = np.stack([np.bincount(member, weights=part, minlength=families) for part in sums])
    sizes = np.bincount(member, minlength=families)
    for family in np.flatnonzero(sizes > 1):
        inner = member == family
        within = _pair_sums(x[inner], y[inner], x[inner], y[inner]).sum(axis=1)
        lost[:, family] -= within / 2
    agreed, apart_x, apart_y = total[:, None] - 2 * lost
    scale = np.sqrt(np.maximum(apart_x, 0) * np.maximum(apart_y, 0))
    found: _Values = np.where(scale > 0.5, agreed / np.maximum(scale, 1), np.nan)
    return found


def _pair_sums(x: _Values, y: _Values, all_x: _Values, all_y: _Values) -> _Values:
    """Return per row: pairs in the same order less those in opposite order, untied in x, in y."""
    in_x = (x[:, None] > all_x).view(np.int8) - (x[:, None] < all_x)
    in_y = (y[:, None] > all_y).view(np.int8) - (y[:, None] < all_y)
    return np.stack(
        [
            (in_x * in_y).sum(axis=1, dtype=np.float64),
            np.count_nonzero(in_x, axis=1).astype(np.float64),
            np.count_nonzero(in_y, axis=1).astype(np.float64),
        ]
    )


def _product_without(x: _Values, y: _Values, member: _Clusters) -> _Values:
    """Return Pearson's correlation without each family in turn; shape [families]."""
    x, y = (values - values.mean() for values in (x / abs(x).max(), y / abs(y).max()))
    parts = np.stack([np.ones_like(x), x, y, x * x, y * y, x * y])
    families = int(member.max()) + 1
    lost = np.stack([np.bincount(member, weights=part, minlength=families) for part in parts])
    n, sx, sy, sxx, syy, sxy = parts.sum(axis=1)[:, None] - lost
    n = np.maximum(n, 1)
    spread_x, spread_y = sxx - sx * sx / n, syy - sy * sy / n
    tiny = 1e-12 * max(float(parts[3].sum() + parts[4].sum()), 1e-300)
    flat = (spread_x <= tiny) | (spread_y <= tiny)
    scale = np.sqrt(np.where(flat, 1.0, spread_x) * np.where(flat, 1.0, spread_y))
    found: _Values = np.where(flat, np.nan, (sxy - sx * sy / n) / scale)
    return np.clip(found, -1, 1)
