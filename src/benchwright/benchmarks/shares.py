"""Figures made of one model's rows: shares of verdicts, and means within groups."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence

from benchwright.core.benchmark import Row
from benchwright.core.measurement import Outcome

UNTOLD = frozenset({Outcome.FAILED, Outcome.UNJUDGED, Outcome.UNSUPPORTED})
"""Outcomes of which nothing is known: such rows count neither way."""


def told(rows: Iterable[Row]) -> list[Row]:
    """Return the rows of which something is known."""
    return [row for row in rows if row.outcome not in UNTOLD]


def share(rows: Sequence[Row], answers: Collection[str], verdicts: Collection[str]) -> float | None:
    """Return the share of ``rows`` whose answer is one of ``answers``.

    Args:
        rows: One model's rows; those without a verdict, though one was to be had, count in the
            whole.
        answers: What is counted.
        verdicts: All answers that the scorer gives.

    Returns:
        A share from 0 to 1; None where no row has a verdict: another scorer made them.
    """
    counted = told(rows)
    if not any(row.answer in verdicts for row in counted):
        return None
    return sum(row.answer in answers for row in counted) / len(counted)


def mean(rows: Iterable[Row]) -> float | None:
    """Return the mean score, that of a row without one being 0; None without rows."""
    counted = told(rows)
    return sum(row.value or 0.0 for row in counted) / len(counted) if counted else None


def macro(rows: Iterable[Row], tag: str) -> float | None:
    """Return the mean over the values of ``tag`` of the mean score within each."""
    groups: dict[str, list[Row]] = {}
    for row in rows:
        groups.setdefault(row.tags.get(tag, ""), []).append(row)
    means = [found for group in groups.values() if (found := mean(group)) is not None]
    return sum(means) / len(means) if means else None
