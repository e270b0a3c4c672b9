"""Correlations of two columns of scores: Kendall's tau-b, Pearson's r, Spearman's rho.

A pair in which either value is NaN (or None) is left out. Where the rest says nothing (fewer than
two pairs, or a column whose values are all the same) the result is NaN; ``correlation`` says which
of the two it was. Infinite values and columns of different length are errors.

Tau-b is (C − D) / √((n₀ − n₁)(n₀ − n₂)), with n₁ and n₂ the pairs tied in either column; its
p-value is exact without ties up to ``EXACT`` pairs (the number of permutations with so many
inversions), else normal with the variance corrected for ties (Kendall, *Rank Correlation Methods*,
1970, chapters 4 and 5).
"""

from __future__ import annotations

import math
from typing import Literal

import numpy as np
import numpy.typing as npt
from msgspec import Struct

from benchwright.analysis.student import t_tail
from benchwright.core.errors import DataError

Kind = Literal["kendall", "pearson", "spearman"]
"""Which correlation."""

EXACT = 33
"""Pairs up to which the p-value of a tau without ties is exact."""

SMALL = 128
"""Pairs up to which comparing each with each is quicker than sorting."""

_Values = npt.NDArray[np.float64]


class Correlation(Struct, frozen=True, kw_only=True):
    """How alike two columns are."""

    kind: Kind
    """Which correlation it is."""
    value: float
    """Between −1 and 1; NaN where the pairs say nothing."""
    p: float
    """Two-sided p-value of there being none; NaN where it cannot be told."""
    pairs: int
    """Pairs with both values."""
    reason: str = ""
    """Why there is no value; empty where there is one."""


def kendall(a: npt.ArrayLike, b: npt.ArrayLike) -> float:
    """Return tau-b of two columns in O(n log² n) at most; NaN where the pairs say nothing.

    Raises:
        DataError: the columns differ in length or hold infinite values.
    """
    first, second = _paired(a, b)
    if _silent(first, second):
        return math.nan
    return _small(first, second) if len(first) <= SMALL else _tau(first, second)[0]


def pearson(a: npt.ArrayLike, b: npt.ArrayLike) -> float:
    """Return the product-moment correlation; NaN where the pairs say nothing.

    Raises:
        DataError: the columns differ in length or hold infinite values.
    """
    first, second = _paired(a, b)
    return math.nan if _silent(first, second) else _product(first, second)


def spearman(a: npt.ArrayLike, b: npt.ArrayLike) -> float:
    """Return Pearson's correlation of the ranks, ties at their mean; NaN where nothing is said.

    Raises:
        DataError: the columns differ in length or hold infinite values.
    """
    first, second = _paired(a, b)
    return math.nan if _silent(first, second) else _product(ranks(first), ranks(second))


def correlation(a: npt.ArrayLike, b: npt.ArrayLike, kind: Kind = "kendall") -> Correlation:
    """Return one correlation with its p-value, the pairs behind it, and why there is none.

    The p-values of Pearson's and Spearman's are Student's t with n − 2 degrees of freedom.

    Raises:
        DataError: the columns differ in length or hold infinite values.
    """
    first, second = _paired(a, b)
    if reason := _silent(first, second):
        return Correlation(kind=kind, value=math.nan, p=math.nan, pairs=len(first), reason=reason)
    if kind == "kendall":
        value, p = _tau(first, second)
    else:
        both = (ranks(first), ranks(second)) if kind == "spearman" else (first, second)
        value = _product(*both)
        p = _p_of_product(value, len(first))
    return Correlation(kind=kind, value=value, p=p, pairs=len(first))


def ranks(values: npt.ArrayLike) -> _Values:
    """Return the rank of every value, 1 for the smallest, ties at the mean of their places."""
    _, place, count = np.unique(np.asarray(values), return_inverse=True, return_counts=True)
    last = np.cumsum(count)
    found: _Values = (last - (count - 1) / 2)[place]
    return found


def _paired(a: npt.ArrayLike, b: npt.ArrayLike) -> tuple[_Values, _Values]:
    first, second = (np.asarray(values, dtype=np.float64).ravel() for values in (a, b))
    if len(first) != len(second):
        raise DataError(
            f"a correlation needs columns of one length, not {len(first)} and {len(second)}."
        )
    if np.isinf(first).any() or np.isinf(second).any():
        raise DataError("a correlation of infinite values says nothing: leave them out.")
    known = ~(np.isnan(first) | np.isnan(second))
    return first[known], second[known]


def _silent(first: _Values, second: _Values) -> str:
    """Return why two columns have no correlation; empty where they have one."""
    if len(first) < 2:
        return f"{len(first)} common value{'s' * (len(first) != 1)}: two are needed"
    if first.min() == first.max() or second.min() == second.max():
        return "all values of a column are the same"
    return ""


def _product(first: _Values, second: _Values) -> float:
    # Scaled first: squares of very large or very small values leave the range of a double.
    one, other = ((x - x.mean()) for x in (first / abs(first).max(), second / abs(second).max()))
    one, other = one / abs(one).max(), other / abs(other).max()
    value = float(one @ other) / math.sqrt(float(one @ one) * float(other @ other))
    return max(-1.0, min(1.0, value))


def _p_of_product(value: float, pairs: int) -> float:
    if pairs < 3:
        return math.nan
    if abs(value) == 1:
        return 0.0
    return t_tail(value * math.sqrt((pairs - 2) / (1 - value * value)), pairs - 2)


def _small(first: _Values, second: _Values) -> float:
    """Return tau-b by comparing each value with each; simulations ask for it very often."""
    x = (first[:, None] > first).view(np.int8) - (first[:, None] < first)
    y = (second[:, None] > second).view(np.int8) - (second[:, None] < second)
    agreed = int((x * y).sum())
    return agreed / math.sqrt(int(np.count_nonzero(x)) * int(np.count_nonzero(y)))


def _tau(first: _Values, second: _Values) -> tuple[float, float]:
    """Return tau-b and its p-value."""
    _, x = np.unique(first, return_inverse=True)
    _, y = np.unique(second, return_inverse=True)
    order = np.lexsort((y, x))
    x, y = x[order].astype(np.int64), y[order].astype(np.int64)
    count = len(x)
    discordant = _inversions(y)
    tied_x, tied_y = _ties(x), _ties(y)
    whole = count * (count - 1) // 2
    in_x, in_y, in_both = (
        _tied_pairs(tied) for tied in (tied_x, tied_y, _ties(x * (count + 1) + y))
    )
    score = whole - in_x - in_y + in_both - 2 * discordant
    value = score / math.sqrt((whole - in_x) * (whole - in_y))
    if in_x == in_y == 0 and count <= EXACT:
        p = _exact(count, discordant)
    else:
        p = _normal(score, count, tied_x, tied_y)
    return max(-1.0, min(1.0, value)), p


def _ties(codes: npt.NDArray[np.int64]) -> npt.NDArray[np.int64]:
    """Return how often each value occurs."""
    return np.unique(codes, return_counts=True)[1].astype(np.int64)


def _tied_pairs(counts: npt.NDArray[np.int64]) -> int:
    return int((counts * (counts - 1) // 2).sum())


def _inversions(values: npt.NDArray[np.int64]) -> int:
    """Return the number of pairs that stand in falling order.

    Merge sort from below; at each width all pairs of neighbouring blocks are counted in one search,
    each pair of blocks in a range of keys of its own.
    """
    count, found, width = len(values), 0, 1
    top = int(values.max()) + 1
    place = np.arange(count)
    while width < count:
        pair = place // (2 * width)
        keys = pair * top + values
        right = (place // width) % 2 == 1
        left = np.sort(keys[~right])
        # Left elements of the same pair of blocks that are greater: up to the end of its range.
        ends = np.searchsorted(left, (pair[right] + 1) * top)
        found += int((ends - np.searchsorted(left, keys[right], side="right")).sum())
        width *= 2
    return found


def _exact(count: int, inversions: int) -> float:
    """Return the share of permutations with at most so few inversions, or so many, doubled."""
    whole = count * (count - 1) // 2
    fewest = min(inversions, whole - inversions)
    share = np.ones(1)
    for size in range(2, count + 1):
        share = np.convolve(share, np.full(size, 1 / size))
    return min(1.0, 2 * float(share[: fewest + 1].sum()))


def _normal(
    score: int, count: int, tied_x: npt.NDArray[np.int64], tied_y: npt.NDArray[np.int64]
) -> float:
    n = float(count)
    x, y = tied_x.astype(np.float64), tied_y.astype(np.float64)
    pairs = n * (n - 1)
    variance = (
        pairs * (2 * n + 5) - (x * (x - 1) * (2 * x + 5)).sum() - (y * (y - 1) * (2 * y + 5)).sum()
    ) / 18
    variance += (x * (x - 1)).sum() * (y * (y - 1)).sum() / (2 * pairs)
    if count > 2:
        thirds = (x * (x - 1) * (x - 2)).sum() * (y * (y - 1) * (y - 2)).sum()
        variance += thirds / (9 * pairs * (n - 2))
    return math.erfc(abs(score) / math.sqrt(2 * float(variance))) if variance > 0 else 1.0
