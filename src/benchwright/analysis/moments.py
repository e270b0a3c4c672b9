"""What an estimate needs of many values: counts, means and squares per stratum and group."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import numpy.typing as npt
from msgspec import Struct

Array = npt.NDArray[np.float64]


class Moments(Struct, frozen=True, eq=False, kw_only=True):
    """One line per (stratum, group) of samples; all columns have the same length.

    A stratum is what samples were drawn within; a group is what a macro average weights equally.
    Means and squares of them are all that estimate, variance and interval depend on, so a database
    can make them of 10^8 rows in one pass.
    """

    stratum: tuple[str, ...]
    """Stratum of each line."""
    group: tuple[str, ...]
    """Group of each line; all the same for a micro average."""
    sampled: Array
    """Samples drawn, without those that a temporary failure hides."""
    kept: Array
    """Samples with a value; fewer than sampled where the policy leaves some out."""
    mean: Array
    """Mean of the values kept; 0 where there are none."""
    squares: Array
    """Sum of squared deviations of the values kept from their mean."""
    least: float
    """Smallest value; NaN where there is none."""
    most: float
    """Largest value; NaN where there is none."""
    whole: bool
    """Whether every value is a whole number: right or wrong, or their difference."""

    @property
    def n(self) -> int:
        """Number of samples with a value."""
        return int(self.kept.sum())


def moments(
    values: npt.ArrayLike,
    *,
    strata: Sequence[str] | None = None,
    groups: Sequence[str] | None = None,
) -> Moments:
    """Return the moments of one value per sample; NaN marks a sample that is left out."""
    data = np.asarray(values, dtype=np.float64)
    names = list(zip(strata or [""] * len(data), groups or [""] * len(data), strict=True))
    lines = sorted(set(names))
    place = {name: index for index, name in enumerate(lines)}
    codes = np.fromiter((place[name] for name in names), dtype=np.intp, count=len(names))
    there = ~np.isnan(data)
    shown = data[there]
    kept = np.bincount(codes[there], minlength=len(lines)).astype(np.float64)
    sums = summed(codes[there], shown, len(lines))
    mean = sums / np.maximum(kept, 1)
    away = (shown - mean[codes[there]]) ** 2
    return Moments(
        stratum=tuple(stratum for stratum, _ in lines),
        group=tuple(group for _, group in lines),
        sampled=np.bincount(codes, minlength=len(lines)).astype(np.float64),
        kept=kept,
        mean=mean,
        squares=summed(codes[there], away, len(lines)),
        least=float(shown.min()) if len(shown) else float("nan"),
        most=float(shown.max()) if len(shown) else float("nan"),
        whole=bool(np.all(shown == np.round(shown))),
    )


def from_columns(columns: dict[str, Any]) -> Moments:
    """Return the moments that a query made; its columns bear the names of the fields."""
    kept = np.asarray(columns["kept"], dtype=np.float64)
    has = kept > 0
    least, most = (_filled(columns[name], np.nan) for name in ("least", "most"))
    return Moments(
        stratum=tuple(map(str, columns["stratum"])),
        group=tuple(map(str, columns["group"])),
        sampled=np.asarray(columns["sampled"], dtype=np.float64),
        kept=kept,
        mean=_filled(columns["mean"], 0.0),
        squares=np.maximum(_filled(columns["squares"], 0.0), 0.0),
        least=float(least[has].min()) if has.any() else float("nan"),
        most=float(most[has].max()) if has.any() else float("nan"),
        whole=bool(np.all(np.ma.filled(columns["whole"], fill_value=True))),
    )


def _filled(column: Any, empty: float) -> Array:
    # DuckDB hands out masked arrays where a column holds nulls.
    return np.asarray(np.ma.filled(np.ma.asarray(column, dtype=np.float64), empty))


def summed(codes: npt.NDArray[np.intp], weights: Array, size: int) -> Array:
    """Return the sum of ``weights`` under each code, in ``size`` places."""
    return np.bincount(codes, weights=weights, minlength=size).astype(np.float64)
