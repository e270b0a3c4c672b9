"""What the answers so far say of the score on the whole benchmark."""

from __future__ import annotations

import math
from typing import Literal

from msgspec import Struct

How = Literal["design", "conformal"]
"""Where an interval comes from: the random draw of samples, or models held out beforehand."""


class Estimate(Struct, frozen=True, kw_only=True):
    """A score with its interval, and by what right."""

    value: float
    """The score on the whole benchmark."""
    low: float
    """Lower end."""
    high: float
    """Upper end."""
    how: How
    """Where the interval comes from."""
    n: int
    """Items answered."""
    size: int
    """Items of the whole benchmark."""
    error: float
    """Standard error by the random draw; of ``conformal`` that of the check by probes."""
    df: float
    """Degrees of freedom behind ``error``."""
    confidence: float = 0.95
    """Nominal coverage."""

    @property
    def half(self) -> float:
        """How far the interval reaches at most; half its width unless it ends at a bound."""
        reach = max(self.high - self.value, self.value - self.low)
        return math.inf if math.isnan(reach) else reach

    def __str__(self) -> str:
        """Return ``0.512 ± 0.019``."""
        return f"{self.value:.3f} ± {self.half:.3f}"
