"""Reading logits: log-probabilities of a few tokens, and the draw of the next one.

Everything is computed from one row for the wanted tokens only: a log-sum-exp over the row, no sort
of the vocabulary and no copy of all log-probabilities.
"""

from __future__ import annotations

import math
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import NDArray

from benchwright.core.request import Generation

Row = NDArray[np.float32]


class Logits:
    """One row of logits, shape (n_vocab,), with what several readers of it share."""

    def __init__(self, row: Row) -> None:
        """Look at ``row``, which must not change while this is used."""
        self.row = row

    @cached_property
    def normaliser(self) -> float:
        """The log-sum-exp of the row; subtract it from a logit for the log-probability.

        Raises:
            ValueError: the row holds something that is no number.
        """
        return log_sum_exp(self.row)

    @cached_property
    def best(self) -> int:
        """The most probable token, the lowest id among equals."""
        return int(self.row.argmax())

    def logprob(self, token: int) -> float:
        """Return the natural log-probability of ``token``."""
        return float(self.row[token]) - self.normaliser

    def top(self, count: int) -> list[tuple[int, float]]:
        """Return the ``count`` most probable tokens and their log-probabilities, best first."""
        return [(int(token), self.logprob(int(token))) for token in _highest(self.row, count)]


def log_sum_exp(row: Row) -> float:
    """Return the natural logarithm of the sum of ``exp(row)``, shape (n_vocab,), in nats.

    Raises:
        ValueError: the row holds something that is no number, or nothing finite.
    """
    highest = float(row.max())
    if not math.isfinite(highest):
        raise ValueError("the model's logits are not numbers")
    return highest + math.log(float(np.exp(row - np.float32(highest)).sum(dtype=np.float64)))


class Sampler:
    """Draws one request's tokens; its draws depend on its seed and nothing else."""

    def __init__(self, generation: Generation, seed: int) -> None:
        """Begin a sequence of draws."""
        self._temperature = generation.temperature
        self._top_k = generation.top_k
        self._top_p = generation.top_p
        self._draws = np.random.Generator(np.random.PCG64(seed))

    def draw(self, logits: Logits) -> int:
        """Return the next token: greedy at temperature 0 (the lowest id among equals), else drawn.

        The order is the field's: temperature, then ``top_k``, then ``top_p`` (the fewest tokens,
        most probable first, whose probabilities reach it).
        """
        if self._temperature == 0.0:
            return logits.best
        scaled = logits.row.astype(np.float64) / self._temperature
        candidates = self._candidates(scaled)
        weights = np.exp(scaled[candidates] - scaled[candidates].max())
        if self._top_p < 1.0:
            reached = np.cumsum(weights) / weights.sum()
            keep = int(np.searchsorted(reached, self._top_p)) + 1
            candidates, weights = candidates[:keep], weights[:keep]
        reached = np.cumsum(weights)
        place = int(np.searchsorted(reached, self._draws.random() * reached[-1], side="right"))
        return int(candidates[min(place, len(candidates) - 1)])

    def _candidates(self, scaled: NDArray[np.float64]) -> NDArray[np.int64]:
        """Return the tokens to draw from, most probable first where the order matters."""
        if self._top_k > 0:
            return _highest(scaled, self._top_k)
        return np.arange(len(scaled)) if self._top_p >= 1.0 else _highest(scaled, len(scaled))


def _highest(values: NDArray[np.floating[Any]], count: int) -> NDArray[np.int64]:
    """Return the places of the ``count`` highest values, the lowest place first among equals."""
    count = min(count, len(values))
    least = np.partition(values, -count)[-count]
    found = np.flatnonzero(values >= least)
    return found[np.lexsort((found, -values[found]))][:count]
