"""Student's t distribution and the exact sign test, without a statistics library."""

from __future__ import annotations

import math
from functools import lru_cache
from statistics import NormalDist

_TINY = 1e-300
_TERMS = 500


def normal_quantile(confidence: float) -> float:
    """Return z such that a standard normal lies within ±z with probability ``confidence``."""
    return NormalDist().inv_cdf(0.5 + confidence / 2)


def t_tail(t: float, df: float) -> float:
    """Return the two-sided p-value of ``t`` under Student's t with ``df`` degrees of freedom.

    P(|T| > t) = I_x(df/2, 1/2) with x = df / (df + t²), the regularised incomplete beta function
    by its continued fraction (Abramowitz and Stegun 26.5.8, 26.7.1); within 1e-10 of the tables.
    """
    if math.isinf(df):
        return math.erfc(abs(t) / math.sqrt(2))
    return _incomplete_beta(df / 2, 0.5, df / (df + t * t))


@lru_cache(1024)  # models of one table mostly have the same degrees of freedom
def t_quantile(confidence: float, df: float) -> float:
    """Return t such that Student's t lies within ±t with probability ``confidence``.

    ``df`` may be fractional (Satterthwaite) or infinite. Newton's method from the normal quantile,
    which is too small: the tail is convex there, so every step stays below the solution.
    """
    t = normal_quantile(confidence)
    if math.isinf(df):
        return t
    scale = math.lgamma((df + 1) / 2) - math.lgamma(df / 2) - math.log(df * math.pi) / 2
    for _ in range(_TERMS):
        density = math.exp(scale - (df + 1) / 2 * math.log1p(t * t / df))
        step = (t_tail(t, df) - (1 - confidence)) / (2 * density)
        t += step
        if step < 1e-12 * t:
            break
    return t


def sign_test(wins: int, losses: int) -> float:
    """Return the exact two-sided p-value that wins and losses are equally likely.

    Over the discordant pairs of two binary scores this is McNemar's test in its exact form:
    twice the smaller tail of Binomial(wins + losses, 1/2), at most 1.
    """
    n, fewer = wins + losses, min(wins, losses)
    if n == 0:
        return 1.0
    log_half = n * math.log(2)
    total = math.lgamma(n + 1)
    tail = sum(
        math.exp(total - math.lgamma(k + 1) - math.lgamma(n - k + 1) - log_half)
        for k in range(fewer + 1)
    )
    return min(1.0, 2 * tail)


def _incomplete_beta(a: float, b: float, x: float) -> float:
    if x <= 0 or x >= 1:
        return min(max(x, 0.0), 1.0)
    front = math.exp(
        math.lgamma(a + b) - math.lgamma(a) - math.lgamma(b) + a * math.log(x) + b * math.log1p(-x)
    )
    # The continued fraction converges fast only below the mean; above it, use the symmetry.
    if x < (a + 1) / (a + b + 2):
        return front * _fraction(a, b, x) / a
    return 1 - front * _fraction(b, a, 1 - x) / b


def _fraction(a: float, b: float, x: float) -> float:
    """Evaluate the continued fraction of the incomplete beta function by Lentz's method."""
    c, d = 1.0, 1 / _away_from_zero(1 - (a + b) * x / (a + 1))
    value = d
    for m in range(1, _TERMS):
        even = m * (b - m) * x / ((a + 2 * m - 1) * (a + 2 * m))
        odd = -(a + m) * (a + b + m) * x / ((a + 2 * m) * (a + 2 * m + 1))
        for term in (even, odd):
            d = 1 / _away_from_zero(1 + term * d)
            c = _away_from_zero(1 + term / c)
            value *= c * d
        if abs(c * d - 1) < 1e-14:
            break
    return value


def _away_from_zero(value: float) -> float:
    return value if abs(value) > _TINY else _TINY
