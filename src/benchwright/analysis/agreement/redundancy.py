"""Near-duplicates among items: pairs that the same models get right, more often than chance.

Two easy questions are always answered alike, which says nothing. So a pair is judged by what the
fitted model expects of each cell: with x = 2s − 1 the answer and u = 2P − 1 its expectation, a
model does equally well on both with probability (1 + u u')/2 if these are independent given its
ability, and the surplus of agreement over all models has

    z = Σ (x x' − u u') / √Σ (1 − u² u'²).

A pair is reported where z passes the normal quantile of ``level`` divided by the number of pairs.
With few models no pair can: n models reach at most about √n. (Yen's Q₃, *Applied Psychological
Measurement* 8, 1984, asks the same of residual correlations, which a single rare failure that two
easy items share is enough to inflate.)
"""

from __future__ import annotations

from statistics import NormalDist

import numpy as np
import numpy.typing as npt
from msgspec import Struct

from benchwright.analysis.agreement.items import group_items, spans
from benchwright.analysis.estimators.fitted import Fitted
from benchwright.analysis.responses.table import Responses, Scale
from benchwright.core.errors import DescriptionError

BLOCK = 1024
"""Items compared with each other at once."""

MOST_ITEMS = 20_000
"""Items beyond which every pair is not compared: the square of it takes minutes."""


class Twins(Struct, frozen=True, kw_only=True):
    """Two items that are answered alike beyond what their difficulty explains."""

    a: str
    """Name of an item."""
    b: str
    """Name of the other."""
    z: float
    """Surplus of agreement, in standard errors."""
    agreed: float
    """Share of the models with an answer to both that did equally well on both."""
    models: int
    """Models that answered both."""


def redundant(
    responses: Responses,
    fitted: Fitted,
    benchmark: str = "",
    *,
    level: float = 0.05,
    limit: int = 100,
) -> tuple[Twins, ...]:
    """Return the pairs of items of one benchmark that are nearly the same question.

    Args:
        responses: the table.
        fitted: an estimator of bounded scores that saw it; ``expected`` is used.
        benchmark: name of the group; may be left out where there is only one.
        level: chance of any false pair.
        limit: the most pairs to return, the surest first.

    Raises:
        DescriptionError: the scores are not bounded, or there are more than ``MOST_ITEMS`` items.
        UnknownName: the table has no such group.
    """
    number, places = group_items(responses, benchmark)
    group, count = responses.groups[number], places.stop - places.start
    if group.scale not in (Scale.BINARY, Scale.BOUNDED):
        raise DescriptionError(f"{group.name}: only items with scores from 0 to 1 are compared.")
    if count > MOST_ITEMS:
        raise DescriptionError(
            f"{group.name} has {count} items: pairs of at most {MOST_ITEMS} are compared."
        )
    if count < 2:
        return ()
    x, u, known = _cells(responses, fitted, places)
    bar = NormalDist().inv_cdf(1 - level / (count * (count - 1) / 2))
    found: list[tuple[float, int, int]] = []
    for begin in range(0, count, BLOCK):
        rows = slice(begin, begin + BLOCK)
        z = _surplus(x, u, known, rows, slice(begin, count))
        row, column = np.nonzero(np.triu(z > bar, k=1))
        found.extend(
            (float(z[i, j]), begin + int(i), begin + int(j))
            for i, j in zip(row, column, strict=True)
        )
        found = sorted(found, key=lambda one: (-one[0], one[1:]))[:limit]
    return tuple(_twins(responses, places, x, known, *one) for one in found)


def _cells(
    responses: Responses, fitted: Fitted, places: slice
) -> tuple[npt.NDArray[np.float32], npt.NDArray[np.float32], npt.NDArray[np.float32]]:
    """Return answers, expectations (both from −1 to 1) and which cells are known; [items, M]."""
    shape = (places.stop - places.start, len(responses.models))
    x, u, known = (np.zeros(shape, dtype=np.float32) for _ in range(3))
    for part in spans(responses, places):
        here = slice(part.start - places.start, part.stop - places.start)
        scores, expected = responses.dense(part), fitted.expected(part)
        there = ~(np.isnan(scores) | np.isnan(expected))
        known[here] = there
        x[here] = np.where(there, 2 * scores - 1, 0)
        u[here] = np.where(there, 2 * np.clip(expected, 0.001, 0.999) - 1, 0)
    return x, u, known


def _surplus(
    x: npt.NDArray[np.float32],
    u: npt.NDArray[np.float32],
    known: npt.NDArray[np.float32],
    rows: slice,
    columns: slice,
) -> npt.NDArray[np.float32]:
    more = x[rows] @ x[columns].T - u[rows] @ u[columns].T
    squares = u * u
    noise = known[rows] @ known[columns].T - squares[rows] @ squares[columns].T
    found: npt.NDArray[np.float32] = more / np.sqrt(np.maximum(noise, 0.25))
    return found


def _twins(
    responses: Responses,
    places: slice,
    x: npt.NDArray[np.float32],
    known: npt.NDArray[np.float32],
    z: float,
    a: int,
    b: int,
) -> Twins:
    both = (known[a] > 0) & (known[b] > 0)
    return Twins(
        a=responses.items[places.start + a],
        b=responses.items[places.start + b],
        z=z,
        agreed=float((abs(x[a] - x[b])[both] < 1).mean()),
        models=int(both.sum()),
    )
