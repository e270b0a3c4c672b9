"""A score with its interval, what it covers, and what the rows without a score counted as."""

from __future__ import annotations

from msgspec import Struct, field

from benchwright.analysis.interval import Design, Interval, Population, mean_interval
from benchwright.analysis.moments import Moments
from benchwright.core.benchmark import Metric
from benchwright.core.measurement import Outcome


class Counts(Struct, frozen=True, kw_only=True):
    """How many rows came to what."""

    outcomes: dict[str, int] = field(default_factory=dict)
    """Outcome → rows."""
    pending: int = 0
    """Rows that failed for a reason that may pass, or whose worth is not known: left out."""
    merged: int = 0
    """Rows whose context and continuation did not split where they were cut."""
    compared: int = 0
    """Rows that two extractors read."""
    disagreed: int = 0
    """Of these, rows that they read differently."""

    @property
    def rows(self) -> int:
        """All rows."""
        return sum(self.outcomes.values())


class Estimate(Struct, frozen=True, kw_only=True):
    """What a set of measurements says of a model's score on a benchmark."""

    value: float | None
    """The score; None where no row counts."""
    low: float | None
    """Lower end of the interval."""
    high: float | None
    """Upper end of the interval."""
    confidence: float
    """Nominal coverage of the interval."""
    population: Population
    """What the interval is about: ``questions`` like these, or the full ``benchmark``'s score."""
    strata: tuple[int, int] = (0, 0)
    """(strata with samples, strata in all); (0, 0) where samples were not weighted by strata."""
    n: int
    """Source samples that count."""
    size: int
    """Samples in the full benchmark; 0 where unknown."""
    rows: int
    """Rows at hand: variants and repeats count each."""
    expected: int
    """Rows that were to be had."""
    outcomes: dict[str, int] = field(default_factory=dict)
    """Outcome → rows."""
    pending: int = 0
    """Rows left out because their failure may pass."""
    compared: int = 0
    """Rows that two extractors read."""
    disagreed: int = 0
    """Of these, rows that they read differently."""
    policy: str = ""
    """What rows without a score count as, in words."""

    @property
    def coverage(self) -> float:
        """Share of the expected rows that were scored."""
        scored = self.outcomes.get(Outcome.SCORED.value, 0)
        return scored / self.expected if self.expected else 0.0

    @property
    def incomplete(self) -> bool:
        """Whether rows are missing that another run may still bring."""
        return self.pending > 0 or self.rows < self.expected

    @property
    def disagreement(self) -> float | None:
        """Share of twice-read answers that the two extractors read differently."""
        return self.disagreed / self.compared if self.compared else None

    def __str__(self) -> str:
        """Return ``0.512 [0.480, 0.544]``."""
        if self.value is None:
            return "–"
        if self.low is None or self.high is None:
            return f"{self.value:.3f}"
        return f"{self.value:.3f} [{self.low:.3f}, {self.high:.3f}]"


def estimate(
    moments: Moments,
    design: Design,
    *,
    counts: Counts,
    metric: Metric,
    expected: int | None = None,
) -> Estimate:
    """Return the score that ``moments`` amount to under ``design``, with all that qualifies it."""
    interval = mean_interval(moments, design)
    return assembled(
        interval, design, n=moments.n, counts=counts, policy=policy(metric), expected=expected
    )


def assembled(
    interval: Interval,
    design: Design,
    *,
    n: int,
    counts: Counts,
    policy: str,
    expected: int | None = None,
) -> Estimate:
    """Return ``interval`` as an estimate."""
    return Estimate(
        value=interval.value,
        low=interval.low,
        high=interval.high,
        confidence=design.confidence,
        population=interval.population,
        strata=interval.strata,
        n=n,
        size=sum(design.sizes.values()),
        rows=counts.rows,
        expected=counts.rows if expected is None else expected,
        outcomes=counts.outcomes,
        pending=counts.pending,
        compared=counts.compared,
        disagreed=counts.disagreed,
        policy=policy,
    )


def policy(metric: Metric) -> str:
    """Return in words what ``metric`` counts rows without a score as."""
    named: dict[str, list[str]] = {}
    for outcome in Outcome:
        if outcome is not Outcome.SCORED:
            named.setdefault(metric.worth(outcome), []).append(outcome.value)
    words = {"wrong": "wrong", "expected_chance": "a guess's expected value", "left_out": "nothing"}
    return "; ".join(f"{', '.join(names)} count as {words[w]}" for w, names in named.items())
