"""How many requests a server is given at once: up to the knee, where more only wait longer.

With ``n`` requests out and an answer in ``w`` seconds, a server answers ``n / w`` a second
(Little's law, which holds however the answers bunch). Below the knee ``w`` stays what it is with
few out; beyond it the rate stays what it is. Hence the knee is the highest rate times the shortest
time, as in the BBR congestion control (Cardwell and others, ACM Queue 14(5), 2016), whose cycle of
a little more, a little less, and then steady keeps both figures fresh. A server that refuses for
load is given less at once, and slowly more again.

A state machine: time is what it is told.
"""

from __future__ import annotations

import math
from collections import deque

START = 8
"""Requests out at first, where the bound allows."""

SAMPLE = 16
"""Fewest answers that a rate is taken from."""

FULL = 0.75
"""Share of the limit that must be out for an answer to say anything about the limit."""

GROWTH = 1.2
"""How much the rate must rise for a doubled limit to have been worth it."""

STUCK = 2
"""Doublings in a row that were not worth it, after which the knee has been passed."""

HEADROOM = 1.05
"""How much more than the knee is out, so that a place is never empty while an answer travels."""

GAINS = (1.25, 0.75, 1.0, 1.0, 1.0, 1.0)
"""Multiples of the knee, one after the other: can it do more, how long does it take with less."""

FRESH = 3 * len(GAINS)
"""Rounds after which a rate or a time is forgotten."""

CUT, MEND = 0.7, 1.1
"""What a refusal multiplies the limit by, and what each round without one does."""

HOLD_FIRST, HOLD_MOST = 0.1, 30.0
"""Seconds without new requests after a refusal: doubled with each in a row, up to the most or to
what the server asked for, whichever is less; then a few requests look whether it still refuses."""


class Pace:
    """The limit of one server."""

    def __init__(self, most: int, *, start: int = START) -> None:
        """Never allow more than ``most`` at once; begin with ``start``."""
        self._most = most
        self._limit = float(min(most, start))
        self._cap = float(most)
        self._rates: deque[float] = deque(maxlen=FRESH)
        self._times: deque[float] = deque(maxlen=FRESH)
        self._climbing = most > start
        self._stuck = 0
        self._turn = 0
        self._skip = self._limit  # answers to requests sent under the limit before
        self._seconds: list[float] = []
        self._outs: list[int] = []
        self._cut_at = -math.inf
        self._held_until = -math.inf
        self._refusals = 0

    def limit(self, now: float) -> int:
        """Return how many may be out at ``now``."""
        return 0 if now < self._held_until else max(1, round(self._limit))

    @property
    def held_until(self) -> float:
        """When requests may go out again; in the past where they may."""
        return self._held_until

    def answered(self, sent_at: float, now: float, out: int) -> None:
        """Hear of an answer to a request that made it ``out`` requests when it was sent."""
        if sent_at >= self._cut_at:
            self._refusals = 0
        if out < FULL * self._limit:
            return
        if self._skip > 0:
            self._skip -= 1
            return
        self._seconds.append(now - sent_at)
        self._outs.append(out)
        if len(self._seconds) >= max(SAMPLE, self._limit):
            self._round()

    def refused(self, sent_at: float, now: float, retry_after: float | None = None) -> None:
        """Hear that the server was too busy for a request; one answer to many counts once."""
        if sent_at < self._cut_at:
            return
        self._cut_at = now
        hold = min(HOLD_MOST, HOLD_FIRST * 2**self._refusals)
        self._held_until = now + (hold if retry_after is None else min(hold, retry_after))
        self._refusals = min(self._refusals + 1, 20)
        self._climbing, self._stuck = True, 0
        self._rates.clear()
        self._cap = max(1.0, CUT * min(self._limit, self._cap))
        self._set(self._cap)

    def _round(self) -> None:
        """Take a rate and a time from the answers heard, and set the limit for the next round."""
        seconds = max(math.fsum(self._seconds) / len(self._seconds), 1e-6)
        rate = sum(self._outs) / len(self._outs) / seconds
        grown = rate > GROWTH * max(self._rates, default=0.0)
        self._rates.append(rate)
        self._times.append(seconds)
        self._cap = min(float(self._most), self._cap * MEND + 0.5)
        if self._climbing:
            self._stuck = 0 if grown else self._stuck + 1
            self._climbing = self._stuck < STUCK and self._limit < self._most
            if self._climbing:
                self._set(2 * self._limit)
                return
        base = HEADROOM * max(self._rates) * min(self._times)
        gain = GAINS[self._turn]
        # One more is the least that can be more.
        self._set(max(base * gain, base + 1) if gain > 1 else base * gain)
        self._turn = (self._turn + 1) % len(GAINS)

    def _set(self, limit: float) -> None:
        self._skip = self._limit
        self._limit = max(1.0, min(limit, self._cap, float(self._most)))
        self._seconds.clear()
        self._outs.clear()
