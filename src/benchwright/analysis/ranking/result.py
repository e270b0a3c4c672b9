"""What a ranking says, and how sure it is."""

from __future__ import annotations

from typing import Any

from msgspec import Struct

from benchwright.core.table import Table


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
    weak: bool = False
    """Whether a sentence of ``Linkage.weak`` is about this tie."""


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
    unit: str = "score"
    """What scores count in: ``score``, ``standard deviations`` or ``win rate``."""
    items: int = 0
    """Items of the table."""
    claims: tuple[str, ...] = ()
    """What a reader may claim of each component, all claims holding at once."""
    notes: tuple[str, ...] = ()
    """What a reader must know besides: policy, what was left out, refusals."""

    def to_table(self, *, claims: bool = True) -> Table:
        """Return the lines as a table whose caption says how to read it, and the claims."""
        apart = len({line.component for line in self.lines}) > 1
        columns = ("rank", "ranks", "claim", "tier", "model", self.unit, "low", "high")
        columns += ("n", "coverage", *(("component",) if apart else ()))
        rows: list[tuple[Any, ...]] = []
        for line in self.lines:
            row: tuple[Any, ...] = (
                line.rank,
                _span(line.rank_low, line.rank_high),
                _span(line.claim_low, line.claim_high),
                line.tier,
                line.model,
                line.score,
                line.low,
                line.high,
                line.n,
                line.coverage,
            )
            rows.append((*row, line.component + 1) if apart else row)
        return Table(columns=columns, rows=tuple(rows), caption=self._caption(claims))

    def _caption(self, claims: bool) -> str:
        about = {
            "questions": "questions like these",
            "benchmark": "the full benchmarks, of which a part was asked",
            "items": "these items and no others",
        }
        alike = "every item" if self.weights == "items" else "every benchmark"
        said = [*(self.claims if claims else ())]
        said.append(f"Expected {self.unit} on all {self.items:,} items, {alike} counting the same.")
        told = self.why.startswith(self.estimator)
        said.append(f"Estimator {self.why}" if told else f"Estimator {self.estimator}: {self.why}")
        said.append(
            f"Intervals at {self.confidence:.0%}, for {about.get(self.population, self.population)}"
            "; `ranks` holds for one model by itself, `claim` for all at once; models of one tier "
            "are not separated."
        )
        weak = [f"WEAK LINK: {sentence}" for sentence in self.linkage.weak]
        return " ".join([*said, *weak, *(f"{note.removesuffix('.')}." for note in self.notes)])

    def __str__(self) -> str:
        """Return the table as text."""
        return str(self.to_table())

    def _repr_html_(self) -> str:
        return self.to_table()._repr_html_()


def _span(low: int, high: int) -> str:
    return str(low) if low == high else f"{low}–{high}"
