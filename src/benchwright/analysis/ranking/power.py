"""What a paired comparison can show: samples needed, difference in reach, chance of showing it.

Student's t of n paired differences with standard deviation s: two-sided, its power at a true
difference d by the normal approximation of the noncentral t (Johnson, Kotz and Balakrishnan,
*Continuous Univariate Distributions* 2, 1995, chapter 31), within .005 from n = 10 on.
"""

from __future__ import annotations

import math
from statistics import NormalDist

from msgspec import Struct

from benchwright.analysis.student import t_quantile
from benchwright.core.errors import DescriptionError

MOST = 10**12
"""Samples beyond which a difference is called out of reach."""


class Power(Struct, frozen=True, kw_only=True):
    """What a comparison of two models on n common samples can show."""

    difference: float
    """True difference that is asked about."""
    deviation: float
    """Standard deviation of the difference of one sample."""
    n: int
    """Samples of the comparison."""
    needed: int | None
    """Samples that show ``difference`` with probability ``chance``; None where none would."""
    smallest: float
    """Smallest true difference that ``n`` samples show with probability ``chance``."""
    shown: float
    """Probability that ``n`` samples show ``difference``."""
    chance: float
    """Probability that was asked for."""
    confidence: float
    """1 - the two-sided level of the test."""

    def __str__(self) -> str:
        """Return it in two sentences."""
        needed = "no number of samples" if self.needed is None else f"{self.needed:,} samples"
        return (
            f"A true difference of {abs(self.difference):.3g} is shown by these {self.n:,} samples "
            f"with probability {self.shown:.2f}; {needed} would show it with {self.chance:.2f}. "
            f"The smallest difference that {self.n:,} show with {self.chance:.2f} is "
            f"{self.smallest:.3g}."
        )


def power(
    difference: float,
    deviation: float,
    n: int,
    *,
    chance: float = 0.8,
    confidence: float = 0.95,
) -> Power:
    """Return what ``n`` paired samples can show of a true ``difference``.

    Args:
        difference: the true difference asked about. The observed one is a guess at it: after a
            search for the largest it is too large, and the samples needed are too few.
        deviation: standard deviation of the paired difference of one sample (or source).
        n: samples (sources) of the comparison.
        chance: power that is wanted.
        confidence: 1 - the two-sided level of the test.

    Raises:
        DescriptionError: a value out of its range.
    """
    _check(difference, deviation, n, chance, confidence)
    return Power(
        difference=difference,
        deviation=deviation,
        n=n,
        needed=samples_needed(difference, deviation, chance=chance, confidence=confidence),
        smallest=smallest_difference(deviation, n, chance=chance, confidence=confidence),
        shown=chance_of(difference, deviation, n, confidence=confidence),
        chance=chance,
        confidence=confidence,
    )


def chance_of(difference: float, deviation: float, n: int, *, confidence: float = 0.95) -> float:
    """Return the probability that ``n`` samples show a true ``difference``, in its direction."""
    if n < 2:
        return 0.0
    if deviation == 0:
        return float(difference != 0)
    return _shown(abs(difference) / deviation * math.sqrt(n), n, confidence)


def samples_needed(
    difference: float, deviation: float, *, chance: float = 0.8, confidence: float = 0.95
) -> int | None:
    """Return the fewest samples that show ``difference`` with probability ``chance``."""
    low, high = 1, 2
    while chance_of(difference, deviation, high, confidence=confidence) < chance:
        low, high = high, 2 * high
        if high > MOST:
            return None
    while high - low > 1:
        middle = (low + high) // 2
        if chance_of(difference, deviation, middle, confidence=confidence) < chance:
            low = middle
        else:
            high = middle
    return high


def smallest_difference(
    deviation: float, n: int, *, chance: float = 0.8, confidence: float = 0.95
) -> float:
    """Return the smallest true difference that ``n`` samples show with probability ``chance``."""
    if n < 2:
        return math.inf
    low, high = 0.0, 1.0
    while _shown(high, n, confidence) < chance:
        low, high = high, 2 * high
    for _ in range(60):
        middle = (low + high) / 2
        low, high = (middle, high) if _shown(middle, n, confidence) < chance else (low, middle)
    return high * deviation / math.sqrt(n)


def _shown(away: float, n: int, confidence: float) -> float:
    """Return P(T > t) of the noncentral t with n - 1 degrees of freedom and shift ``away``."""
    df = n - 1
    limit = t_quantile(confidence, df)
    centre = limit * (1 - 1 / (4 * df))
    return NormalDist().cdf((away - centre) / math.sqrt(1 + limit * limit / (2 * df)))


def _check(difference: float, deviation: float, n: int, chance: float, confidence: float) -> None:
    problems = []
    if not math.isfinite(difference):
        problems.append(f"a difference is a number, not {difference}.")
    if not (math.isfinite(deviation) and deviation >= 0):
        problems.append(f"a standard deviation is a number from 0, not {deviation}.")
    if n < 1:
        problems.append(f"there is a sample at least, not {n}.")
    problems += [
        f"{name} lies between 0 and 1, not at {value}."
        for name, value in (("chance", chance), ("confidence", confidence))
        if not 0 < value < 1
    ]
    if problems:
        raise DescriptionError(*problems)
