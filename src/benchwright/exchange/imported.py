"""What came of an import: what was found, what is unknown, and whether the figures agree."""

from __future__ import annotations

from typing import Any

from msgspec import Struct

from benchwright.core.table import Table
from benchwright.exchange.log import Aggregate


class Check(Struct, frozen=True, kw_only=True):
    """One figure of a log beside the same figure computed from the imported rows."""

    metric: str
    """The metric."""
    rows: int
    """Imported rows of it."""
    recomputed: float | None = None
    """Mean of the imported rows; None where there is no scored one."""
    logged: float | None = None
    """What the log says; None where it does not say."""
    agrees: bool | None = None
    """Whether the two are equal up to rounding; None where they cannot be compared."""
    note: str = ""
    """Why they differ, or cannot be compared, where that is known."""


class Taken(Struct, frozen=True, kw_only=True):
    """One log as it was taken in."""

    path: str
    """The file or folder."""
    format: str
    """The harness."""
    model: str
    """Name of the model, as the log says it."""
    model_key: str
    """Key of the model in the pool."""
    benchmark: str
    """``name@version`` in the pool."""
    conditions: str
    """Digest of how it was asked."""
    asked: str
    """The same in a few words."""
    unknown: tuple[str, ...]
    """Conditions of which the log says nothing."""
    samples: int
    """Different questions."""
    rows: int
    """Measurements: one per question, repeat and metric."""
    outcomes: dict[str, int]
    """Outcome → rows."""
    size: int
    """Samples of the whole task; 0 where the log does not say."""
    lower_is_better: tuple[str, ...] = ()
    """Scorers, by the name before the ``@``, of whose scores the lower are the better."""
    figures: tuple[Aggregate, ...] = ()
    """Its own figures."""
    checks: tuple[Check, ...] = ()
    """Its figures, recomputed."""
    said: tuple[str, ...] = ()
    """What a reader must know, a sentence each."""


class Imported(Struct, frozen=True, kw_only=True):
    """What ``import_logs`` did; shows itself as its table."""

    taken: tuple[Taken, ...]
    """Log by log."""
    failed: tuple[str, ...]
    """Logs that could not be read, and why."""
    empty: tuple[str, ...]
    """Whole logs in which nothing is the value of one sample."""
    unknown: tuple[str, ...]
    """Files of no known format, left alone."""
    pickles: tuple[str, ...]
    """Files that are never opened."""
    rows: int
    """Measurements that were new to the pool or better than what it held."""
    answers: int
    """Answers that were new to the pool or better than what it held."""
    dry_run: bool
    """Whether nothing was kept."""

    @property
    def complete(self) -> bool:
        """Whether every log was read to its end, and no figure differs without a reason."""
        cut = any("cut off" in sentence for taken in self.taken for sentence in taken.said)
        differs = any(
            check.agrees is False and not check.note
            for taken in self.taken
            for check in taken.checks
        )
        return not (self.failed or cut or differs)

    def to_table(self) -> Table:
        """Return a line per log and metric, under it what is unknown and what went wrong."""
        columns = (
            "format", "model", "benchmark", "metric", "samples", "rows", "recomputed", "logged",
            "agrees", "asked",
        )  # fmt: skip
        rows: list[tuple[Any, ...]] = []
        for one in self.taken:
            head = (one.format, one.model, one.benchmark)
            for check in one.checks:
                agrees = (
                    "yes" if check.agrees else "no" if check.agrees is False else "not compared"
                )
                figures = (check.recomputed, check.logged, agrees, one.asked)
                rows.append((*head, check.metric, one.samples, check.rows, *figures))
        return Table(columns=columns, rows=tuple(rows), caption=self.caption())

    def caption(self) -> str:
        """Return what there is to know beside the figures."""
        kept = "Nothing was kept (dry run)" if self.dry_run else (
            f"{self.rows:,} rows were new to the pool"
        )  # fmt: skip
        said = [f"{len(self.taken):,} logs. {kept}."]
        said += dict.fromkeys(sentence for one in self.taken for sentence in one.said)
        said += dict.fromkeys(
            f"{check.metric} of {one.benchmark}: {check.note}."
            for one in self.taken
            for check in one.checks
            if check.note
        )
        if any(one.unknown for one in self.taken):
            said.append(
                "What a log does not say is marked unknown: unknown is not known to be equal."
            )
        said += [f"LEFT OUT: {sentence}" for sentence in self.empty]
        said += [f"NOT READ: {sentence}" for sentence in self.failed]
        if self.unknown:
            shown = ", ".join(self.unknown[:3])
            said.append(f"{len(self.unknown):,} other files were left alone ({shown} …).")
        if self.pickles:
            said.append(f"{len(self.pickles):,} pickles were not opened ({self.pickles[0]} …).")
        return "\n".join(said)

    def __str__(self) -> str:
        """Return the table as text."""
        return str(self.to_table())
