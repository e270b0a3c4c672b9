"""Means over rows for figures that stand beside a benchmark's official mean."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence

from benchwright.core.benchmark import Row
from benchwright.core.measurement import Outcome


def micro(rows: Iterable[Row]) -> float | None:
    """Return the mean over rows; what is not scored counts as wrong, what was never asked not."""
    values = [row.value or 0.0 for row in rows if row.outcome is not Outcome.UNSUPPORTED]
    return sum(values) / len(values) if values else None


def macro(rows: Iterable[Row], tag: str) -> float | None:
    """Return the mean of the micro means of the tag's values."""
    return _mean_of(rows, tag, micro)


def nested(rows: Iterable[Row], outer: str, inner: str) -> float | None:
    """Return the mean over the outer tag's values of the means over the inner tag's within them."""
    return _mean_of(rows, outer, lambda within: macro(within, inner))


def _mean_of(
    rows: Iterable[Row], tag: str, of: Callable[[Sequence[Row]], float | None]
) -> float | None:
    groups: dict[str, list[Row]] = {}
    for row in rows:
        groups.setdefault(row.tags.get(tag, ""), []).append(row)
    means = [mean for group in groups.values() if (mean := of(group)) is not None]
    return sum(means) / len(means) if means else None
