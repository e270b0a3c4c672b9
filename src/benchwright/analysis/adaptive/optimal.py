"""C-optimal choice: the items whose answers say most of the score on all of them.

Calibration models give the covariance of the items with one another and with the score. Greedily
the item that takes most of the score's variance is added, and what it explains is deflated from
the rest (c-optimality: the classical criterion of optimal design for one linear
function of the parameters).
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from benchwright.analysis.adaptive.population import Places, Values

_NOTHING = 1e-9
_LOOKED_AT = 300
_FAINT = 1e-3
_CANDIDATES = 2000
"""Most items among which is chosen; their covariance takes 32 MB."""


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
    here = models > _FAINT * models.max()
    share = models[here] / models[here].sum()
    centred = (scores[here] - share @ scores[here]) * np.sqrt(share)[:, None]
    own = (centred**2).sum(axis=0)
    rho = shrinkage(centred, 1 / float((share**2).sum()))
    toward = (1 - rho) * (centred.T @ (centred @ weight)) + rho * weight * own
    places = _candidates(toward, own, begin)
    some = centred[:, places]
    covariance = (1 - rho) * (some.T @ some)
    np.fill_diagonal(covariance, own[places])
    first = np.searchsorted(places, begin).tolist()
    found = _greedy(covariance, toward[places], first, min(count, len(places)))
    return [int(item) for item in places[found]]


def _candidates(toward: Values, own: Values, begin: Sequence[int]) -> Places:
    """Return the items looked at, ascending: those that alone say most of the score."""
    gain = toward**2 / np.maximum(own, _NOTHING * max(float(own.max(initial=0.0)), _NOTHING))
    return np.union1d(np.argsort(-gain, kind="stable")[:_CANDIDATES], begin).astype(np.intp)


def _greedy(covariance: Values, toward: Values, first: list[int], count: int) -> list[int]:
    """Return ``count`` places, each the best once the ones before are known; ``first`` begins."""
    left = np.diag(covariance).copy()
    least = _NOTHING * max(float(left.max(initial=0.0)), _NOTHING)
    explained = np.zeros((count, len(left)))
    chosen: list[int] = []
    while len(chosen) < count:
        number = len(chosen)
        item = first[number] if number < len(first) else _best(toward, left, least)
        if item < 0:
            break
        chosen.append(item)
        if left[item] > least:
            column = covariance[item] - explained[:number, item] @ explained[:number]
            step = column / np.sqrt(max(column[item], least))
            toward = toward - (toward[item] / step[item]) * step
            left = np.maximum(left - step**2, 0.0)
            explained[number] = step
        left[item] = 0.0
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
