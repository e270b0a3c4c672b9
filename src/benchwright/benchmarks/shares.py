"""Figures made of one model's rows: shares of verdicts, and means within groups."""

from __future__ import annotations

from collections import Counter
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


def nested(rows: Iterable[Row], outer: str, inner: str) -> float | None:
    """Return the mean over the values of ``outer`` of the ``macro`` over ``inner`` within each."""
    groups: dict[str, list[Row]] = {}
    for row in rows:
        groups.setdefault(row.tags.get(outer, ""), []).append(row)
    means = [found for group in groups.values() if (found := macro(group, inner)) is not None]
    return sum(means) / len(means) if means else None


def per_label(rows: Iterable[Row], labels: Iterable[str]) -> tuple[float, float, float] | None:
    """Return the means over ``labels`` of precision, recall and F1; None without rows.

    An answer that is no label, and a row without one, is a miss of its target and of nothing
    else. A quotient of 0 by 0 is 0, as in scikit-learn.
    """
    pairs = Counter(
        (row.answer if row.value is not None else None, row.target) for row in told(rows)
    )
    if not pairs:
        return None
    scores = []
    for label in labels:
        right = pairs[label, label]
        said = sum(count for (answer, _), count in pairs.items() if answer == label)
        meant = sum(count for (_, target), count in pairs.items() if target == label)
        scores.append(
            (
                right / said if said else 0.0,
                right / meant if meant else 0.0,
                2 * right / (said + meant) if said + meant else 0.0,
            )
        )
    precision, recall, f1 = (sum(column) / len(scores) for column in zip(*scores, strict=True))
    return precision, recall, f1
