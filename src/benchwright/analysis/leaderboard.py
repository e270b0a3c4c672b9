"""The leaderboard: one line per model, benchmark, conditions, scorer and fold."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from msgspec import Struct

from benchwright.analysis.cells import (
    Cell,
    Measured,
    condition,
    design_of,
    read_cells,
    read_counts,
    read_moments,
)
from benchwright.analysis.estimate import Estimate, estimate
from benchwright.analysis.fold import FOLDS, Fold, label
from benchwright.analysis.interval import Design
from benchwright.analysis.names import names_of, read_fields
from benchwright.core.measurement import Outcome
from benchwright.core.table import Table

Asked = tuple[str, str, str]
"""(model key, ``name@version``, conditions): what rows of one question set have in common."""


class Standing(Struct, frozen=True, kw_only=True):
    """What one model scored on one benchmark, asked one way, judged by one scorer."""

    cell: Cell
    """Where the rows stand."""
    model: str
    """The model's name, unique in the pool."""
    template: str
    """Which chat template was in force; empty where no run recorded it."""
    fold: str
    """How variants became one: empty where there are none, ``plain``, or ``all(rotate; …)``."""
    metric: str
    """The benchmark's name for the score."""
    rises: bool = True
    """Whether a higher score is the better one."""
    steered: bool = False
    """Whether its samples were chosen for what they tell, so that their mean tells little."""
    estimate: Estimate
    """The score."""


def leaderboard(
    pool: Measured, where: str = "", *, expected: Mapping[Asked, int] | None = None
) -> Table:
    """Return the scores of every model on every benchmark of ``pool`` as a table.

    Args:
        pool: the measurements.
        where: SQL condition over the columns of ``measurements``; every row where it is empty.
        expected: rows that were to be had, where that is known: coverage is a share of these.

    Raises:
        DescriptionError: ``where`` is not such a condition.
    """
    return to_table(standings(pool, where, expected=expected))


def standings(
    pool: Measured,
    where: str = "",
    *,
    folds: tuple[Fold, ...] = ("all",),
    confidence: float = 0.95,
    expected: Mapping[Asked, int] | None = None,
) -> list[Standing]:
    """Return the lines of the leaderboard: by benchmark and way of asking, best score first.

    A cell with variants gives one line for the samples as they are (``plain``) and one for each of
    ``folds``.
    """
    found: list[Standing] = []
    with pool.connect() as connection:
        reader = _Reader(connection, pool, where, confidence, expected or {})
        for benchmark, cells in by_benchmark(reader.cells).items():
            variants = any(cell.variants for cell in cells)
            wanted: tuple[Fold, ...] = ("", "plain", *folds) if variants else ("",)
            lines = [line for fold in wanted for line in reader.lines(benchmark, cells, fold)]
            found += sorted(lines, key=_rank)
    return found


def by_benchmark(cells: list[Cell]) -> dict[str, list[Cell]]:
    """Return the cells by their benchmark, in the order in which it first occurs."""
    found: dict[str, list[Cell]] = {}
    for cell in cells:
        found.setdefault(cell.benchmark, []).append(cell)
    return found


def only_plain(where: str) -> str:
    """Return ``where`` narrowed to the samples as they are."""
    return f"variant = '' and {condition(where)}"


def _rank(standing: Standing) -> tuple[str, str, bool, str, float, str]:
    # What may be compared stands together; only there does the order mean anything.
    cell, value = standing.cell, standing.estimate.value
    score = float("inf")
    if value is not None:
        score = -value if standing.rises else value
    folded = standing.fold not in ("", "plain")
    return (cell.asked, cell.scorer, folded, standing.fold, score, standing.model)


class _Reader:
    """Reads the lines of one pool under one condition."""

    def __init__(
        self,
        connection: Any,
        pool: Measured,
        where: str,
        confidence: float,
        expected: Mapping[Asked, int],
    ) -> None:
        self._pool = pool
        self._where = where
        self._confidence = confidence
        self._expected = expected
        self._connection = connection
        self._steered = pool.steered()
        self.cells = read_cells(self._connection, where)
        self._names = names_of(read_cells(self._connection), read_fields(self._connection))

    def lines(self, benchmark: str, cells: list[Cell], fold: Fold) -> list[Standing]:
        """Return the lines under ``fold``, for the cells of ``benchmark`` that it applies to."""
        mine = {cell.key: cell for cell in cells if cell.variants == bool(fold)}
        if not mine:
            return []
        card, sizes = self._pool.card(benchmark)
        where = only_plain(self._where) if fold == "plain" else self._where
        moments = read_moments(
            self._connection, benchmark, card, where=where, fold=fold, single=_single(cells, fold)
        )
        counts = read_counts(self._connection, benchmark, card, where=where)
        design = design_of(card, sizes, self._confidence)
        return [
            Standing(
                cell=cell,
                model=self._names.shown[cell.model_key],
                template=self._template(cell),
                fold=self._fold(cell, fold),
                metric=card.metric.name,
                rises=card.metric.rises(cell.scorer),
                steered=(cell.model_key, benchmark, cell.conditions, cell.scorer) in self._steered,
                estimate=estimate(
                    moments[key, ""],
                    design,
                    counts=counts[key, ""],
                    metric=card.metric,
                    expected=self._wanted(cell, fold, counts[key, ""].rows),
                ),
            )
            for key, cell in mine.items()
            if (key, "") in moments
        ]

    def _wanted(self, cell: Cell, fold: Fold, rows: int) -> int:
        # An earlier run may have asked more than the one whose table this is.
        return max(rows, 0 if fold else self._expected.get(_asked(cell), 0))

    def _template(self, cell: Cell) -> str:
        if self._pool.conditions(cell.conditions).layout.startswith("raw"):
            return "none (raw prompts)"
        return self._names.template(cell.model_key)

    def _fold(self, cell: Cell, fold: Fold) -> str:
        if fold not in FOLDS:
            return fold
        return label(fold, self._pool.conditions(cell.conditions).perturbation, cell.scorer)


def _single(cells: list[Cell], fold: Fold) -> bool:
    """Whether every sample has one row in each of ``cells`` as ``fold`` reads them."""
    if fold not in ("", "plain"):
        return False
    return all(cell.repeats == 1 and (fold == "plain" or not cell.variants) for cell in cells)


def _asked(cell: Cell) -> Asked:
    return cell.model_key, cell.benchmark, cell.conditions


def per_tag(
    pool: Measured, tag: str, *, where: str = "", confidence: float = 0.95
) -> list[tuple[Cell, str, Estimate]]:
    """Return (cell, value of ``tag``, score) for every value of ``tag``, samples weighted alike.

    Samples as they are only: variants would count some tags' samples more often than others'.
    """
    narrowed = only_plain(where)
    found = []
    with pool.connect() as connection:
        for benchmark, cells in by_benchmark(read_cells(connection, narrowed)).items():
            mine = {cell.key: cell for cell in cells}
            card, sizes = pool.card(benchmark)
            moments = read_moments(connection, benchmark, card, where=narrowed, tag=tag)
            counts = read_counts(connection, benchmark, card, where=narrowed, tag=tag)
            for (key, value), some in moments.items():
                if not value:
                    continue
                whole = tag == card.stratum and value in sizes
                design = Design(
                    sizes={value: int(sizes[value])} if whole else {}, confidence=confidence
                )
                score = estimate(some, design, counts=counts[key, value], metric=card.metric)
                found.append((mine[key], value, score))
    return found


def to_table(lines: list[Standing]) -> Table:
    """Return the lines as a table whose caption says how to read it."""
    folded = any(line.fold for line in lines)
    columns = ["model", "benchmark", "asked", "scorer", *(["fold"] if folded else [])]
    columns += ["score", "low", "high", "n", "coverage", "outcomes"]
    rows = []
    for line in lines:
        score = line.estimate
        row: list[Any] = [line.model, line.cell.benchmark, line.cell.asked, line.cell.scorer]
        row += [line.fold] if folded else []
        row += [score.value, score.low, score.high, score.n, score.coverage, outcomes(score)]
        rows.append(tuple(row))
    return Table(columns=tuple(columns), rows=tuple(rows), caption=caption(lines))


def outcomes(score: Estimate) -> str:
    """Return the counts of outcomes in words, the unscored after the scored."""
    order = [outcome.value for outcome in Outcome]
    there = sorted(score.outcomes.items(), key=lambda item: order.index(item[0]))
    return ", ".join(f"{count} {outcome}" for outcome, count in there if count)


def caption(lines: list[Standing]) -> str:
    """Return what a reader must know of the lines: intervals, policy, coverage, templates."""
    if not lines:
        return "No measurements."
    said = [f"Intervals at {lines[0].estimate.confidence:.0%}"]
    about = {line.estimate.population for line in lines}
    if about == {"questions"}:
        said[0] += " for questions like these"
    elif about == {"benchmark"}:
        said[0] += " for the score on the full benchmark, of which a part was asked"
    else:
        said[0] += " for the full benchmark's score where a part was asked, else for questions like"
        said[0] += " these"
    said += dict.fromkeys(
        f"{line.cell.benchmark} ({line.cell.asked}): over {covered} of {strata} strata"
        for line in lines
        for covered, strata in [line.estimate.strata]
        if covered < strata
    )
    templates = sorted({line.template for line in lines if line.template})
    said += [f"Template: {', '.join(templates)}"] if templates else []
    policies: dict[str, list[str]] = {}
    for line in lines:
        policies.setdefault(line.estimate.policy, []).append(line.cell.benchmark)
    for policy, benchmarks in policies.items():
        where = f" ({', '.join(dict.fromkeys(benchmarks))})" if len(policies) > 1 else ""
        said.append(f"Without a score{where}: {policy}")
    said += [
        f"CHOSEN: the samples of {line.model} on {line.cell.benchmark} were chosen by run --until "
        "for what they tell, so this mean is not the full score's: that run's own estimate is"
        for line in lines
        if line.steered
    ]
    missing = sum(line.estimate.expected - line.estimate.rows for line in lines)
    if missing:
        said.append(f"INCOMPLETE: {missing} rows are still to be asked")
    pending = sum(line.estimate.pending for line in lines)
    if pending:
        said.append(
            f"INCOMPLETE: {pending} rows failed for a reason that may pass and are left out"
        )
    alarms = [
        f"{line.model} on {line.cell.benchmark}: {line.estimate.disagreement:.1%}"
        for line in lines
        if line.estimate.disagreement
    ]
    if alarms:
        said.append(f"ALARM: the two extractors disagree on {'; '.join(dict.fromkeys(alarms))}")
    return ". ".join(said) + "."
