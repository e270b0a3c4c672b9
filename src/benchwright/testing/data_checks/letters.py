"""Whether right answers favour a letter, or the longest option."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Iterator

from benchwright.core.sample import LETTERS, Sample
from benchwright.testing.data_checks.finding import Finding, Material

FEWEST = 5
"""Samples expected under each letter from which the test is made."""


def check(material: Material) -> Iterator[Finding]:
    """Yield the commonest letter with a χ² test, and how often the longest option is right."""
    samples = [s for s in material.samples if s.choices and s.target in LETTERS[: len(s.choices)]]
    samples = [s for s in samples if len(s.target) == 1]
    if not samples:
        return
    counts = Counter(sample.target for sample in samples)
    letter, most = counts.most_common(1)[0]
    statistic, freedom = _statistic(samples)
    expected = sum(1 / len(s.choices) for s in samples if LETTERS.index(letter) < len(s.choices))
    told = ", ".join(f"{name} {counts[name]}" for name in sorted(counts))
    yield Finding(
        what=f"have {letter} as their target, the commonest letter",
        count=most,
        of=len(samples),
        p=chi_tail(statistic, freedom) if freedom else None,
        note=f"{expected:,.0f} expected; {told}"
        + (f"; χ² = {statistic:.1f}, {freedom} degrees of freedom" if freedom else ""),
    )
    yield _longest(samples)


def _statistic(samples: list[Sample]) -> tuple[float, int]:
    """Return χ² summed over the numbers of options, and its degrees of freedom."""
    statistic, freedom = 0.0, 0
    by_options: dict[int, Counter[str]] = {}
    for sample in samples:
        by_options.setdefault(len(sample.choices), Counter())[sample.target] += 1
    for options, counts in by_options.items():
        expected = counts.total() / options
        if options > 1 and expected >= FEWEST:
            there = (counts[letter] for letter in LETTERS[:options])
            statistic += sum((count - expected) ** 2 / expected for count in there)
            freedom += options - 1
    return statistic, freedom


def _longest(samples: list[Sample]) -> Finding:
    chance = variance = 0.0
    right = of = 0
    for sample in samples:
        lengths = [len(choice) for choice in sample.choices]
        if lengths.count(max(lengths)) > 1:
            continue
        of += 1
        share = 1 / len(lengths)
        chance += share
        variance += share * (1 - share)
        right += lengths[sample.target_index] == max(lengths)
    # Two-sided normal tail with the continuity correction of counts.
    away = max(abs(right - chance) - 0.5, 0.0)
    p = math.erfc(away / math.sqrt(2 * variance)) if variance else None
    return Finding(
        what="have the one longest option as the right one",
        count=right,
        of=of,
        p=p,
        note=f"{chance:,.0f} expected",
    )


def chi_tail(statistic: float, freedom: int) -> float:
    """Return P(χ² ≥ ``statistic``) with ``freedom`` degrees of freedom.

    By the recurrence from two degrees less (Abramowitz and Stegun 26.4.4, 26.4.5), in logarithms.
    """
    if statistic <= 0:
        return 1.0
    half = statistic / 2
    tail = math.erfc(math.sqrt(half)) if freedom % 2 else math.exp(-half)
    for df in range(1 if freedom % 2 else 2, freedom, 2):
        tail += math.exp(df / 2 * math.log(half) - half - math.lgamma(df / 2 + 1))
    return min(tail, 1.0)
