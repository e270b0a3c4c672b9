"""C-optimal choice: the items whose answers say most of the score on all of them.

Calibration models give the covariance of the items with one another and with the score. Greedily
the item that takes most of the score's variance is added, and what it explains is deflated from
the rest (shared/statistics.md, section 1; the classical criterion of optimal design for one linear
function of the parameters).
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from benchwright.analysis.adaptive.population import Values

_NOTHING = 1e-9
_LOOKED_AT = 300


def c_optimal(
    scores: Values,
    weight: Values,
    *,
    models: Values,
    count: int,
    begin: Sequence[int] = (),
) -> list[int]:
    """Return ``begin`` and the items that follow, ``count`` in all (fewer if no more help).

    Args:
        scores: calibration models × items, complete; shape [J, N].
        weight: what each item counts in the score; shape [N].
        models: what each calibration model counts; shape [J].
        count: how many items are wanted.
        begin: items that are chosen already.
    """
    share = models / models.sum()
    centred = (scores - share @ scores) * np.sqrt(share)[:, None]
    own = (centred**2).sum(axis=0)
    rho = shrinkage(centred, 1 / float((share**2).sum()))
    toward = (1 - rho) * (centred.T @ (centred @ weight)) + rho * weight * own
    left = own.copy()
    least = _NOTHING * max(float(own.max(initial=0.0)), _NOTHING)
    explained: list[Values] = []
    chosen: list[int] = []
    while len(chosen) < min(count, len(own)):
        item = begin[len(chosen)] if len(chosen) < len(begin) else _best(toward, left, least)
        if item < 0:
            break
        chosen.append(item)
        if left[item] <= least:
            left[item] = 0.0
            continue
        column = (1 - rho) * (centred.T @ centred[:, item])
        column[item] += rho * own[item]
        for before in explained:
            column -= before[item] * before
        step = column / np.sqrt(max(column[item], least))
        toward -= (toward[item] / step[item]) * step
        left = np.maximum(left - step**2, 0.0)
        left[item] = 0.0
        explained.append(step)
    return chosen


def _best(toward: Values, left: Values, least: float) -> int:
    gain = np.where(left > least, toward**2 / np.maximum(left, least), -1.0)
    best = int(gain.argmax())
    return best if gain[best] >= 0 else -1


def shrinkage(centred: Values, models: float) -> float:
    """Return how far correlations are to be shrunk towards none, 0 to 1.

    Their sampling variance over their mean square (Schäfer and Strimmer, Statistical Applications
    in Genetics and Molecular Biology 4, 2005, with the diagonal as target), looked at on some
    hundred items. ``centred`` is weighted, ``models`` the effective number of models.
    """
    items = np.unique(np.linspace(0, centred.shape[1] - 1, _LOOKED_AT).astype(int))
    some = centred[:, items]
    size = np.sqrt((some**2).sum(axis=0))
    some = some[:, size > 0] / size[size > 0]
    if some.shape[1] < 2 or models <= 2:
        return 1.0
    squares = (some.T @ some) ** 2
    apart = ~np.eye(len(squares), dtype=bool)
    mean = float(squares[apart].mean())
    chance = float(((1 - squares[apart]) ** 2).mean()) / models
    return float(np.clip(chance / max(mean, _NOTHING), 0.0, 1.0))
