"""From moments to a mean with its interval: stratified, corrected for finite benchmarks.

The estimate is a ratio of weighted sums; its variance is that of the linearised values within
strata (Särndal, Swensson and Wretman, *Model Assisted Survey Sampling*, 1992, chapters 3 and 5).
docs/analysis.md gives the formulas and the reasons for each choice.
"""

from __future__ import annotations

import math
import sys
from collections.abc import Mapping
from typing import Literal

import numpy as np
from msgspec import Struct, field
from msgspec.structs import replace

from benchwright.analysis.averaging import even, harmonic, slopes, smoothed
from benchwright.analysis.moments import Array, Moments, summed
from benchwright.analysis.student import normal_quantile, t_quantile, t_tail
from benchwright.core.average import Kind

Population = Literal["questions", "benchmark"]
"""What an interval is about: all questions like these, or the full benchmark's own score."""

NEARLY_ALL = 0.95
"""Share of the full benchmark from which an interval is about all questions like these: a full run
with a few temporary failures must not look far surer than one without."""

FEW = 10
"""Below so many right (or wrong) answers, strata cannot tell their own variance."""


class Design(Struct, frozen=True, kw_only=True):
    """How the samples at hand were drawn, and what their mean is to say."""

    sizes: dict[str, int] = field(default_factory=dict)
    """Stratum → its number of samples in the full benchmark; empty where unknown."""
    average: Kind = "micro"
    """Whether every sample counts the same, or every group, and how."""
    difference: bool = False
    """Whether the values are differences of two scores, also where none happens to be negative."""
    population: Population | None = None
    """None: ``benchmark`` where a part of every stratum was asked, ``questions`` where (nearly) all
    was, or nothing of some strata."""
    confidence: float = 0.95
    """Nominal coverage of the interval."""


class Interval(Struct, frozen=True, kw_only=True):
    """A mean and how far it may be off."""

    value: float | None
    """The mean; None where there is nothing to average."""
    low: float | None
    """Lower end; None where the data cannot say (one value of an unbounded score)."""
    high: float | None
    """Upper end; None likewise."""
    error: float | None
    """Standard error."""
    df: float
    """Degrees of freedom behind the standard error."""
    population: Population
    """What the interval is about."""
    strata: tuple[int, int]
    """(strata with samples, strata in all); (0, 0) where samples were not weighted by strata."""

    def p_value(self) -> float | None:
        """Return the two-sided p-value of the mean being 0."""
        if self.value is None or self.error is None:
            return None
        if self.error == 0:
            return 1.0 if self.value == 0 else 0.0
        return max(t_tail(self.value / self.error, self.df), sys.float_info.min)  # never a plain 0


_Ends = tuple[float | None, float | None, float | None]


class _Parts(Struct, frozen=True, eq=False):
    value: float
    variance: float
    df: float
    kish: float
    alone: bool


def mean_interval(moments: Moments, design: Design) -> Interval:
    """Return the weighted mean of ``moments`` with its interval.

    Scores within [0, 1] get Wilson's interval at the effective sample size, so an interval around
    0 or 1 keeps its width; differences within [-1, 1] of whole numbers and all other scores get
    Student's t. A harmonic mean gets the delta method on the logarithm of what it averages; it is
    of shares, and no difference of two has one.
    """
    sizes, used = _strata(moments, design.sizes)
    part = float(moments.sampled.sum()) < NEARLY_ALL * sum(design.sizes.values())
    # Strata that nobody drew from leave more open than a finite benchmark's correction may claim.
    drawn = part and bool(sizes) and used[0] == used[1]
    population: Population = design.population or ("benchmark" if drawn else "questions")
    nothing = Interval(
        value=None, low=None, high=None, error=None, df=0.0, population=population, strata=used
    )
    if moments.n == 0:
        return nothing
    parts = _parts(moments, sizes, average=design.average, finite=population == "benchmark")
    if math.isnan(parts.value):
        return replace(nothing, df=parts.df)
    share = not design.difference and moments.least >= 0 and moments.most <= 1
    ends = _harmonic if design.average == "harmonic" else _wilson if share else _student
    low, high, error = ends(parts, moments, design.confidence)
    return Interval(
        value=parts.value,
        low=low,
        high=high,
        error=error,
        df=parts.df,
        population=population,
        strata=used,
    )


def _strata(moments: Moments, sizes: Mapping[str, int]) -> tuple[dict[str, int], tuple[int, int]]:
    """Return the sizes of the strata to weight by; none where weighting would be a guess.

    With samples of every stratum, or two of each stratum that was drawn from, the strata weight
    as in the full benchmark. Otherwise (few samples drawn at random from all) they do not.
    """
    there: dict[str, float] = {}
    for name, drawn in zip(moments.stratum, moments.sampled, strict=True):
        if name in sizes and drawn > 0:
            there[name] = there.get(name, 0.0) + float(drawn)
    known = set(moments.stratum) <= set(sizes)
    if not there or not known:
        return {}, (0, 0)
    if len(there) < len(sizes) and min(there.values()) < 2:
        return {}, (0, 0)
    return {name: sizes[name] for name in there}, (len(there), len(sizes))


def _parts(moments: Moments, sizes: Mapping[str, int], *, average: Kind, finite: bool) -> _Parts:
    names = sorted(set(moments.stratum)) if sizes else [""]
    place = {name: index for index, name in enumerate(names)}
    stratum = np.array([place.get(name, 0) for name in moments.stratum], dtype=np.intp)
    drawn = summed(stratum, moments.sampled, len(names))
    full = np.maximum([float(sizes.get(name, 0)) for name in names], drawn)
    left = 1 - drawn / np.maximum(full, 1) if finite else np.ones(len(names))
    weight = (full / np.maximum(drawn, 1))[stratum]

    groups = sorted({g for g, k in zip(moments.group, moments.kept, strict=True) if k > 0})
    grouped = average != "micro"
    order = {name: index for index, name in enumerate(groups)} if grouped else {}
    group = np.array([order.get(name, 0) for name in moments.group], dtype=np.intp)
    count = len(groups) if grouped else 1
    mass = summed(group, weight * moments.kept, count)
    middle = summed(group, weight * moments.kept * moments.mean, count)
    middle = middle / np.maximum(mass, 1e-300)
    kept = summed(group, moments.kept, count)
    if average == "harmonic":
        value, gain = harmonic(middle), slopes(middle, kept)
    else:
        gain = even(average, groups) if grouped else np.ones(1)
        value = float((gain * middle).sum())
    share = np.where(moments.kept > 0, gain[group] * weight / np.maximum(mass[group], 1e-300), 0.0)

    away = moments.mean - middle[group]
    sums = summed(stratum, share * moments.kept * away, len(names))
    spreads = moments.squares + moments.kept * away**2
    if average == "harmonic":
        # No wrong answer, or no right one, among few does not say that there is none.
        wide = smoothed(middle, kept)
        spreads = np.maximum(spreads, moments.kept * (wide * (1 - wide))[group])
    squares = summed(stratum, share**2 * spreads, len(names))
    evenly = summed(stratum, share**2 * moments.kept * left[stratum], len(names))
    spread = float(evenly.sum())
    return _Parts(
        value=value,
        variance=_variance(sums, squares, drawn, left),
        df=_freedom(evenly, drawn),
        kish=1 / spread if spread > 0 else math.inf,
        alone=int((drawn > 0).sum()) == 1,
    )


def _variance(sums: Array, squares: Array, drawn: Array, left: Array) -> float:
    """Return the variance of the sum of linearised values, drawn within strata.

    A stratum with one sample cannot tell its variance: its squared distance from the mean of all
    stands in for it, which is too much on average, never too little.
    """
    many, one = drawn >= 2, drawn == 1
    total = float(drawn.sum())
    scale = drawn[many] / (drawn[many] - 1)
    inner = left[many] * scale * np.maximum(squares[many] - sums[many] ** 2 / drawn[many], 0.0)
    outer = float((left[one] * squares[one]).sum()) * (total / (total - 1) if total > 1 else 1.0)
    return float(inner.sum()) + outer


def _freedom(evenly: Array, drawn: Array) -> float:
    """Return Satterthwaite's degrees of freedom for strata whose values vary alike.

    Estimated variances would do harm here: of right and wrong answers, most small strata show
    none by chance. ``evenly`` is each stratum's part of the variance if all values vary alike.
    """
    many, one = drawn >= 2, drawn == 1
    alone = max(float(one.sum()) - 1, 1.0)
    crowd = float((evenly[many] ** 2 / (drawn[many] - 1)).sum()) + evenly[one].sum() ** 2 / alone
    return max(float(evenly.sum() ** 2 / crowd), 1.0) if crowd > 0 else 1.0


def _wilson(parts: _Parts, moments: Moments, confidence: float) -> _Ends:
    """Wilson's score interval at the effective sample size p(1-p)/variance.

    With few right or wrong answers the variance within strata is known badly, and at 0 or 1 not at
    all: the effective size is then at most Kish's, (Σa)²/Σa²(1-f).
    """
    p = parts.value
    plain = parts.alone and moments.whole
    if p <= 0 or p >= 1 or plain or parts.variance <= 0:
        size = parts.kish
    else:
        size = p * (1 - p) / parts.variance
        if moments.n * min(p, 1 - p) < FEW:
            size = min(size, parts.kish)
    z = normal_quantile(confidence) if plain else t_quantile(confidence, parts.df)
    error = math.sqrt(parts.variance)
    if math.isinf(size):
        return p, p, error
    shrink = 1 + z * z / size
    centre = (p + z * z / (2 * size)) / shrink
    half = z / shrink * math.sqrt(p * (1 - p) / size + z * z / (4 * size * size))
    return max(0.0, min(centre - half, p)), min(1.0, max(centre + half, p)), error


def _harmonic(parts: _Parts, moments: Moments, confidence: float) -> _Ends:  # noqa: ARG001 - as its neighbours
    """Return value · exp(± t · error), of percent + 1: the delta method on the logarithm."""
    whole, error = 100 * parts.value + 1, math.sqrt(parts.variance)
    ratio = math.exp(t_quantile(confidence, parts.df) * 100 * error / whole)
    low, high = (whole / ratio - 1) / 100, (whole * ratio - 1) / 100
    return max(0.0, low), min(1.0, high), error


def _student(parts: _Parts, moments: Moments, confidence: float) -> _Ends:
    """Student's t; differences of right and wrong get two pseudo-pairs (Agresti and Min 2005).

    Without them a handful of pairs that all agree would prove two models equal.
    """
    variance = parts.variance
    signs = moments.whole and moments.least >= -1 and moments.most <= 1
    if signs and math.isfinite(parts.kish):
        variance += 1 / (parts.kish * (moments.n + 2))
    if variance <= 0 and math.isfinite(parts.kish):
        return None, None, None
    error = math.sqrt(variance)
    half = t_quantile(confidence, parts.df) * error if error else 0.0
    low, high = parts.value - half, parts.value + half
    return (max(-1.0, low), min(1.0, high), error) if signs else (low, high, error)
