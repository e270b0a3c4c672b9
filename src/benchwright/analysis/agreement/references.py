"""What a benchmark is compared with: the aggregate of many, never a single one if it can be helped.

Mean win rate as BenchBench computes it (public repository IBM/benchbench, src/bat/benchmark.py and
logic.py): on one scenario, a model's win rate is the share of the other models with a strictly
lower score, so ties win nothing.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from typing import Literal

import numpy as np

from benchwright.analysis.agreement.boards import Board, Marks, scaled
from benchwright.core.errors import UnknownName

Aggregate = Literal["wins", "mean"]
"""Mean win rate, or mean of the scores mapped to [0, 1] per scenario."""

AGGREGATE = "aggregate"
"""How the aggregate is named as a reference."""


def win_rates(scores: Marks) -> Marks:
    """Return the share of the others with a strictly lower score, NaN where there is no score.

    Alone on a scenario, a model has no win rate.
    """
    values = np.asarray(scores, dtype=np.float64)
    rates = np.full(values.shape, np.nan)
    known = ~np.isnan(values)
    count = int(known.sum())
    if count > 1:
        rates[known] = np.searchsorted(np.sort(values[known]), values[known]) / (count - 1)
    return rates


def aggregate(
    board: Board,
    scenarios: Collection[str] | None = None,
    *,
    by: Aggregate = "wins",
    least: int | None = None,
) -> Marks:
    """Return every model's mean over the reference scenarios; shape [M], NaN where it has too few.

    Args:
        scenarios: the reference; all scenarios of the board where it is None.
        by: the mean of win rates, or of scores mapped to [0, 1].
        least: scenarios a model must have a score on; max(1, ⌊S/3⌋) of S where it is None. Win
            rates are over the models that have as many.

    Raises:
        UnknownName: a scenario is not on the board.
    """
    chosen = _places(board, scenarios)
    needed = max(1, len(chosen) // 3) if least is None else min(least, len(chosen))
    source = scaled(board) if by == "mean" else board
    values = source.scores[:, chosen]
    enough = (~np.isnan(values)).sum(axis=1) >= max(needed, 1)
    values = np.where(enough[:, None], values, np.nan)
    if by == "wins":
        columns = [win_rates(values[:, number]) for number in range(len(chosen))]
        values = np.stack(columns, axis=1) if columns else values
    known = ~np.isnan(values)
    count = known.sum(axis=1)
    total = np.where(known, values, 0.0).sum(axis=1)
    found: Marks = np.where(count > 0, total / np.maximum(count, 1), np.nan)
    return found


def _places(board: Board, scenarios: Collection[str] | None) -> Sequence[int]:
    if scenarios is None:
        return range(len(board.scenarios))
    for name in scenarios:
        if name not in board.scenarios:
            raise UnknownName("scenario", name, board.scenarios)
    wanted = set(scenarios)
    return [place for place, name in enumerate(board.scenarios) if name in wanted]
