"""What a ranking says, and how sure it is."""

from __future__ import annotations

from msgspec import Struct


class Link(Struct, frozen=True, kw_only=True):
    """How well two groups of items are tied together by models that answered both."""

    a: str
    """Name of a group."""
    b: str
    """Name of another."""
    models: int
    """Models with observations in both."""
    overlap: float
    """Effective number of models that tie them, each weighed by its smaller number of items."""


class Linkage(Struct, frozen=True, kw_only=True):
    """Whether the observations tie all models into one scale."""

    components: tuple[tuple[str, ...], ...]
    """Names of the models of each connected component, the largest first."""
    links: tuple[Link, ...]
    """Every pair of groups that shares a model."""
    weak: tuple[str, ...]
    """Sentences on what is weakly tied; empty where all is well."""


class Ranked(Struct, frozen=True, kw_only=True):
    """One model's place."""

    model: str
    """Its name."""
    score: float
    """Expected score on all items of the table."""
    low: float
    """Lower end of the score's interval."""
    high: float
    """Upper end of the score's interval."""
    rank: int
    """1 + the number of models with a higher score."""
    rank_low: int
    """Best rank that its own (marginal) interval holds: for display."""
    rank_high: int
    """Worst rank likewise."""
    claim_low: int
    """Best rank of the simultaneous interval: for claims such as "in the top three"."""
    claim_high: int
    """Worst rank likewise."""
    tier: int
    """Number of its tier: models of one tier cannot be told apart; 1 is the best."""
    n: int
    """Observations of it."""
    coverage: float
    """Share of the table's items that it answered."""
    component: int = 0
    """Number of its connected component; ranks compare within one component only."""


class Ranking(Struct, frozen=True, kw_only=True):
    """Models in order, with all that qualifies the order."""

    lines: tuple[Ranked, ...]
    """The models, best first within each component."""
    estimator: str
    """Which estimator made the scores."""
    why: str
    """Why this one: the held-out losses of those that were tried."""
    weights: str
    """What counts alike: ``items`` or ``benchmarks``."""
    population: str
    """What the intervals are about: ``questions`` like these, or these ``items``."""
    confidence: float
    """Nominal coverage of the intervals."""
    linkage: Linkage
    """What ties the models together."""
    notes: tuple[str, ...] = ()
    """What a reader must know besides: policy, what was left out, refusals."""
