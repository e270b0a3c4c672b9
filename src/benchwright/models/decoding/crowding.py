"""How many answers are best written at once, where every token in the cache slows all others.

More answers at once share what a batch costs however small it is: the weights are read once for
all of them. But an engine that looks at every token in the cache, if only to mask it, makes each
answer pay for the prompts of the others. A prompt of P tokens that it shares with nobody and an
answer of A tokens cost, with W such answers at once,

    A s / W + (P + A) c W (P + A / 2)

seconds besides what they cost alone: s seconds a batch, and c for each token that a token looks at
in vain. The least of it is at W = sqrt(A s / ((P + A) c (P + A / 2))).
"""

from __future__ import annotations

from collections.abc import Sequence
from math import sqrt

from msgspec import Struct


class Crowding(Struct, frozen=True, kw_only=True):
    """What an engine's batches cost besides their tokens."""

    step: float
    """Seconds of a batch, however small."""
    cell: float
    """Seconds that a token takes longer for each token in the cache that it does not see."""


class Crowd:
    """The most answers to be written at once, as prompts and answers turn out."""

    def __init__(self, most: int, costs: Crowding | None) -> None:
        """Allow ``most`` at once, and fewer where ``costs`` say that fewer are faster."""
        self._most = most
        self._costs = costs if costs is not None and costs.cell > 0 else None
        self._answers = 0
        self._tokens = 0

    def ended(self, tokens: int) -> None:
        """Note that an answer of ``tokens`` tokens ended."""
        self._answers += 1
        self._tokens += tokens

    def room(self, alone: Sequence[int], limit: int) -> int:
        """Return how many answers are best written at once.

        Args:
            alone: For each prompt in work and the next one, the tokens that it shares with nobody.
            limit: Most tokens of the next one's answer. Until answers have ended they are taken to
                be half as long.
        """
        if self._costs is None:
            return self._most
        answer = (self._tokens + limit / 2) / (self._answers + 1)
        prompt = sum(alone) / len(alone)
        held = prompt + answer / 2
        vain = (prompt + answer) * self._costs.cell * held
        return max(1, min(self._most, round(sqrt(answer * self._costs.step / vain))))
