"""Bradley–Terry strengths from who beats whom: for votes, and for metrics that only order.

On an item every model beats those with a lower score and ties with its equals; Plackett and Luce's
model of choice is Bradley and Terry's on such pairs. Wins of all items are one matrix (``wins``),
so no pair is ever listed.
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from benchwright.analysis.estimators.fitted import Scores
from benchwright.analysis.estimators.sweep import Doubles
from benchwright.analysis.estimators.weights import checked, observed, spans
from benchwright.analysis.estimators.wins import places, wins
from benchwright.analysis.responses.table import Floats, Responses
from benchwright.core.errors import DescriptionError

ALPHA = 0.01
"""Default ridge: the rate at which spectral ranking's chain leaves any model for any other."""
STEPS = 500
"""Newton's steps at most; ten are usual."""
CLOSE = 1e-9
"""Largest change of a log-strength that counts as none."""
LEAP = 5.0
"""Longest step of a log-strength: far from the optimum Newton's would overshoot."""


def strengths(won: npt.ArrayLike, *, alpha: float = ALPHA) -> Scores:
    """Return log-strengths θ, their mean 0, of models that won as often as ``won`` [M, M] says.

    At the solution Σ_b (won_ab − met_ab σ(θ_a − θ_b)) + α M (1 − π_a) = 0 for every model a, where
    met = won + wonᵀ and π = e^θ has the mean 1: what iterative Luce spectral ranking with ``alpha``
    converges to (choix, ``lsr.py``), found by Newton's method.

    Raises:
        DescriptionError: ``alpha`` is not positive; a model without a loss would be infinite.
    """
    if not alpha > 0:
        raise DescriptionError("the ridge of strengths must be above 0, for example 0.01.")
    wins_of = np.asarray(won, dtype=np.float64)
    met, count = wins_of + wins_of.T, len(wins_of)
    theta = np.zeros(count)
    ridge = alpha * count
    for _ in range(STEPS):
        chance = chances(theta)
        slope = wins_of.sum(axis=1) - (met * chance).sum(axis=1) + ridge * (1 - np.exp(theta))
        step = np.linalg.solve(_curvature(chance, met) + np.diag(ridge * np.exp(theta)), slope)
        theta += np.clip(step, -LEAP, LEAP)
        if np.abs(step).max(initial=0.0) < CLOSE:
            break
    return np.asarray(theta - theta.mean() if count else theta)


def chances(theta: Scores) -> Doubles:
    """Return the probability that each model (row) beats each other; shape [M, M]."""
    return np.asarray(1 / (1 + np.exp(np.clip(theta[None, :] - theta[:, None], -700, 700))))


def _curvature(chance: Doubles, met: Doubles) -> Doubles:
    """Return the information that ``met`` meetings hold on log-strengths; shape [M, M]."""
    weight = met * chance * (1 - chance)
    np.fill_diagonal(weight, 0)
    return np.asarray(np.diag(weight.sum(axis=1)) - weight)


class Pairs:
    """Strengths as ``Fitted`` (see there): a score is the win rate expected against the pool.

    What is averaged are not scores but wins: over the other models, the probability to beat one
    of them on an item, ties counted half.
    """

    def __init__(self, responses: Responses, weights: Scores, alpha: float) -> None:
        """Fit strengths to a table's wins."""
        self.name, self.unit, self.guessed = "pairs", "win rate", None
        self.responses, self.weights, self.alpha = responses, weights, alpha
        self._times = weights * len(weights)
        won = wins(responses, weights=self._times)
        self.strengths = strengths(won, alpha=alpha)
        """Log-strengths, their mean 0; shape [M]."""
        count = len(responses.models)
        met = won + won.T
        chance = chances(self.strengths)
        rate = (chance.sum(axis=1) - 0.5) / max(count - 1, 1)
        known = met.sum(axis=1) > 0
        self.scores = np.where(known, rate, np.nan)
        answered = np.bincount(responses.model, minlength=count)
        self._left = 1 - answered / max(len(responses.group), 1)
        self._chance = chance.astype(np.float32)
        np.fill_diagonal(self._chance, 0)
        # The ridge acts on π with the mean 1; strengths are shifted to a mean logarithm of 0.
        power = np.exp(self.strengths) / np.exp(self.strengths).mean() if count else rate
        curve = _curvature(chance, met) + np.diag(alpha * count * power)
        outcome = _curvature(chance, np.ones_like(met)) / max(count - 1, 1)
        turn = np.linalg.solve(curve, outcome).T if count else curve
        self._turn = (turn * known[:, None]).astype(np.float32)
        self.unseen = self._unseen()

    def expected(self, items: slice) -> Floats:
        """Return every model's expected win rate, whatever the item."""
        rate = np.nan_to_num(self.scores, nan=0.5).astype(np.float32)
        return np.tile(rate, (items.stop - items.start, 1))

    def influence(self, items: slice) -> Floats:
        """Return what the items' residual wins do to win rates, to first order."""
        row, model, score = observed(self.responses, items)
        there = np.zeros((items.stop - items.start, len(self.scores)), dtype=np.float32)
        there[row, model] = 1
        rest = -there * (there @ self._chance.T)
        rest[row, model] += places(row, score)
        rest *= self._times[items, None].astype(np.float32)
        found: Floats = rest @ self._turn.T
        return found

    def missing(self, items: slice) -> Floats:
        """Return the influence times the share of items that a model did not answer."""
        return np.asarray(self.influence(items) * self._left.astype(np.float32))

    def _unseen(self) -> Scores:
        """Return f (1 − f) V: with the (1 − f)² V of ``missing`` that makes (1 − f) V in all."""
        variance = np.zeros(len(self.scores))
        for items in spans(self.responses):
            variance += (self.influence(items).astype(np.float64) ** 2).sum(axis=0)
        return np.asarray(variance * self._left * (1 - self._left))


def fit_pairs(
    responses: Responses, *, weights: Scores | None = None, alpha: float = ALPHA
) -> Pairs:
    """Fit Bradley–Terry strengths to who beats whom on every item, ties as half-wins.

    Args:
        responses: the table, or ``votes`` as one.
        weights: each item's weight; all alike where None.
        alpha: ridge, as ``strengths`` has it.

    Raises:
        DescriptionError: weights do not fit, or ``alpha`` is not positive.
    """
    return Pairs(responses, checked(responses, weights), alpha)
