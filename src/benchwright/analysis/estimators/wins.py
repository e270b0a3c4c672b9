"""Who beats whom how often: the matrix of wins of a table or of votes."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

from benchwright.analysis.estimators.fitted import Scores
from benchwright.analysis.estimators.sweep import Doubles
from benchwright.analysis.estimators.weights import observed, spans
from benchwright.analysis.responses.table import Group, Responses, Scale
from benchwright.core.errors import DescriptionError

LEVELS = 64
"""Different scores on one item up to which a product per level is made."""
CELLS = 1 << 21


def wins(responses: Responses, *, weights: Scores | None = None, tie: float = 0.5) -> Doubles:
    """Return how often each model (row) beat each other (column); shape [M, M].

    On every item a model with a higher score beats one with a lower.

    Args:
        responses: the table.
        weights: how often every item counts; once where None; shape [I].
        tie: what equal scores add to both directions: 0.5, or 1 as ONEBench has it.
    """
    count = len(responses.models)
    total = np.zeros((count, count))
    for items in spans(responses, CELLS):
        row, model, score = observed(responses, items)
        factor = np.ones(items.stop - items.start) if weights is None else weights[items]
        each = np.bincount(row, minlength=items.stop - items.start)
        if each.max(initial=0) <= 2:
            _duels(total, each, model, score, factor, tie)
            continue
        level = _levels(row, score)
        if level.max(initial=0) < LEVELS:
            _by_level(total, row, model, level, factor, tie)
        else:
            _by_item(total, row, model, level, factor, tie)
    np.fill_diagonal(total, 0)
    return total


def votes(
    winner: Sequence[str],
    loser: Sequence[str],
    *,
    tie: npt.ArrayLike | None = None,
    source: npt.ArrayLike | None = None,
) -> Responses:
    """Return native votes as a table: every vote an item that two models answered.

    Args:
        winner: the model that each vote was for.
        loser: the model that it was against.
        tie: whether each vote was for neither; none where None.
        source: number of each vote's prompt (or voter), for votes that are not independent.

    Raises:
        DescriptionError: columns of different lengths, or a model that was set against itself.
    """
    count = len(winner)
    even = np.zeros(count, bool) if tie is None else np.asarray(tie, bool)
    group = np.arange(count) if source is None else np.unique(source, return_inverse=True)[1]
    if not len(loser) == len(even) == len(group) == count:
        raise DescriptionError("winners, losers, ties and sources must be equally many.")
    names = sorted({*winner, *loser})
    number = {name: place for place, name in enumerate(names)}
    place = np.array([number[name] for name in (*winner, *loser)], dtype=np.int64)
    pair = np.stack([place[:count], place[count:]], axis=1)
    if (pair[:, 0] == pair[:, 1]).any():
        at = int(np.flatnonzero(pair[:, 0] == pair[:, 1])[0])
        raise DescriptionError(f"vote {at} sets {winner[at]!r} against itself.")
    worth = np.stack([np.where(even, 0.5, 1.0), np.where(even, 0.5, 0.0)], axis=1)
    order = np.argsort(pair, axis=1)
    return Responses(
        models=tuple(names),
        groups=(Group(name="votes", scale=Scale.ORDINAL),),
        items=range_names(count),
        group=np.zeros(count, np.int32),
        source=group.astype(np.int32),
        start=np.arange(0, 2 * count + 1, 2, dtype=np.int64),
        model=np.take_along_axis(pair, order, axis=1).ravel().astype(np.int32),
        score=np.take_along_axis(worth, order, axis=1).ravel().astype(np.float32),
    )


def range_names(count: int) -> list[str]:
    """Return the numbers below ``count`` as names."""
    return list(map(str, range(count)))


def places(row: npt.NDArray[np.int64], score: npt.NDArray[np.float32]) -> Doubles:
    """Return how many of the same row each score beats, equals counted half (itself not)."""
    order = np.lexsort((score, row))
    ranked, at = score[order], row[order]
    fresh = np.ones(len(order), bool)
    fresh[1:] = (ranked[1:] != ranked[:-1]) | (at[1:] != at[:-1])
    first = np.flatnonzero(fresh)
    size = np.diff(np.append(first, len(order)))
    opening = np.searchsorted(at, at[first])
    found = np.empty(len(order))
    found[order] = np.repeat(first - opening + (size - 1) / 2, size)
    return found


def _levels(row: npt.NDArray[np.int64], score: npt.NDArray[np.float32]) -> npt.NDArray[np.int64]:
    """Return the number of different lower scores in the same row."""
    order = np.lexsort((score, row))
    ranked, at = score[order], row[order]
    step = np.zeros(len(order), np.int64)
    step[1:] = (ranked[1:] != ranked[:-1]) & (at[1:] == at[:-1])
    climb = np.cumsum(step)
    found = np.empty(len(order), np.int64)
    found[order] = climb - climb[np.searchsorted(at, at)]
    return found


def _by_level(
    total: Doubles,
    row: npt.NDArray[np.int64],
    model: npt.NDArray[np.integer],
    level: npt.NDArray[np.int64],
    factor: Doubles,
    tie: float,
) -> None:
    """Add Σ over levels of (at the level)ᵀ (below it, and those at it as ``tie`` says)."""
    shape = (len(factor), len(total))
    below = np.zeros(shape, np.float32)
    for number in range(int(level.max(initial=0)) + 1):
        here = level == number
        at = np.zeros(shape, np.float32)
        at[row[here], model[here]] = 1
        total += (at * factor[:, None].astype(np.float32)).T @ (below + np.float32(tie) * at)
        below += at


def _by_item(
    total: Doubles,
    row: npt.NDArray[np.int64],
    model: npt.NDArray[np.integer],
    level: npt.NDArray[np.int64],
    factor: Doubles,
    tie: float,
) -> None:
    """Add one item at a time: with nearly as many levels as models a level's product is waste."""
    edges = np.searchsorted(row, np.arange(len(factor) + 1))
    for number in range(len(factor)):
        of = slice(edges[number], edges[number + 1])
        mine, theirs = level[of, None], level[None, of]
        won = (mine > theirs) + tie * (mine == theirs)
        total[np.ix_(model[of], model[of])] += factor[number] * won


def _duels(
    total: Doubles,
    each: npt.NDArray[np.int64],
    model: npt.NDArray[np.integer],
    score: npt.NDArray[np.float32],
    factor: Doubles,
    tie: float,
) -> None:
    """Add items that two models answered."""
    pair = np.repeat(each == 2, each)
    who, what = model[pair].reshape(-1, 2).astype(np.int64), score[pair].reshape(-1, 2)
    times, count = factor[each == 2], len(total)
    for mine, theirs in ((0, 1), (1, 0)):
        worth = (what[:, mine] > what[:, theirs]) + tie * (what[:, mine] == what[:, theirs])
        place = who[:, mine] * count + who[:, theirs]
        total += np.bincount(place, worth * times, count * count).reshape(count, count)
