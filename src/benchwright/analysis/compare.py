"""Two models on the same samples: the paired difference, where the two may be compared at all."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from msgspec import Struct

from benchwright.analysis.cells import Cell, Measured, read_cells
from benchwright.analysis.comparable import CONTRASTS, Contrast, Pairing, contrast_of, pairings
from benchwright.analysis.fold import checked
from benchwright.analysis.names import Names, names_of, read_fields
from benchwright.analysis.paired import Difference, difference, told
from benchwright.core.errors import Incomparable, UnknownName
from benchwright.core.table import Table


class Comparison(Struct, frozen=True, kw_only=True):
    """What separates two models, benchmark by benchmark; shows itself as a table."""

    lines: tuple[Difference, ...]
    """One line per benchmark, conditions and scorer."""
    contrast: str
    """What was contrasted."""
    fold: str
    """How variants became one."""
    confidence: float
    """Nominal coverage of the intervals."""
    notes: tuple[str, ...] = ()
    """What was left out and why."""

    def to_table(self) -> Table:
        """Return the lines as a table whose caption says how to read it."""
        columns: tuple[str, ...] = (
            "benchmark",
            "asked",
            "a",
            "b",
            "score a",
            "score b",
            "a − b",
            "low",
            "high",
            "p",
        )
        exact = any(line.p_exact is not None for line in self.lines)
        columns += (*(("p exact",) if exact else ()), "n", "coverage a", "coverage b")
        rows: list[tuple[Any, ...]] = []
        for line in self.lines:
            row: tuple[Any, ...] = (line.benchmark, line.asked, line.a, line.b)
            row += (line.score_a, line.score_b, line.value, line.low, line.high, line.p)
            row += (line.p_exact,) if exact else ()
            rows.append((*row, line.n, line.coverage_a, line.coverage_b))
        return Table(columns=columns, rows=tuple(rows), caption=self._caption())

    def _caption(self) -> str:
        said = [f"Differences paired by sample, intervals at {self.confidence:.0%}"]
        about = {line.population for line in self.lines}
        if "benchmark" in about:
            said[0] += ", for the full benchmark where a part was asked"
        if self.fold:
            said.append(f"variants folded by {self.fold}")
        for line in self.lines:
            flagged = {name: line.forbidden[name] for name in line.forbidden}
            if flagged:
                said.append(f"NOT COMPARABLE ({line.benchmark}), compared anyway: {told(flagged)}")
            named = {name: pair for name, pair in line.differs.items() if name not in flagged}
            if named:
                said.append(f"{line.benchmark}: what differs: {told(named)}")
        pending = sum(line.pending for line in self.lines)
        if pending:
            said.append(f"INCOMPLETE: {pending} rows failed for a reason that may pass")
        return ". ".join([*dict.fromkeys(said), *self.notes]) + "."

    def __str__(self) -> str:
        """Return the table as text."""
        return str(self.to_table())

    def _repr_html_(self) -> str:
        return self.to_table()._repr_html_()


def compare(
    pool: Measured,
    a: str,
    b: str = "",
    *,
    on: str | Sequence[str] = (),
    contrast: str | None = None,
    anyway: bool = False,
    fold: str | None = None,
    where: str = "",
    confidence: float = 0.95,
) -> Comparison:
    """Return how two models differ on the samples that both have.

    Args:
        pool: the measurements.
        a: a model's name, ``name#…`` with the beginning of its key or ``field=value``, or the
            beginning of its key.
        b: the other model; the same one where it is empty (then ``contrast`` says what differs).
        on: benchmarks, by name or ``name@version``; all that both have where empty.
        contrast: the one thing besides the model that may differ (``CONTRASTS``), with the two
            values where there are more: ``ask``, ``ask=letters,generate``, ``fold=plain,all``,
            ``variant=,rotate:1``.
        anyway: compare also what may not be compared; the caption flags it.
        fold: how variants become one before pairing; pairs variant by variant where None.
        where: SQL condition over the columns of ``measurements``.
        confidence: nominal coverage of the intervals.

    Raises:
        UnknownName: no such model, benchmark, contrast or fold.
        Incomparable: the two differ in more than the contrast; names each field and both values.
    """
    chosen, kind = contrast_of(contrast), checked(fold or "")
    named = [on] if isinstance(on, str) and on else list(on)
    lines: list[Difference] = []
    problems: list[str] = []
    with pool.connect() as connection:
        cells = read_cells(connection, where)
        names = names_of(read_cells(connection), read_fields(connection))
        keys = names.find(a), names.find(b or a)
        if keys[0] == keys[1] and chosen.name == "model":
            raise Incomparable(_nothing(names, keys))
        left, right = (_mine(cells, key) for key in keys)
        for name in _benchmarks(named, left, right, cells):
            candidates = pairings(
                _of(left, name), _of(right, name),
                contrast=chosen, fold=kind, conditions=pool.conditions,
            )  # fmt: skip
            pairs, problem = _admitted(name, candidates, chosen, anyway=anyway)
            problems += [problem] if problem else []
            lines += [
                difference(connection, pool, pair, names, where=where, confidence=confidence)
                for pair in pairs
            ]
    if not lines or (problems and named):
        raise Incomparable(*(problems or [_nothing(names, keys)]))
    return Comparison(
        lines=tuple(lines),
        contrast=chosen.name,
        fold=kind,
        confidence=confidence,
        notes=tuple(f"Left out: {problem.rstrip('.')}" for problem in problems),
    )


def _mine(cells: list[Cell], key: str) -> list[Cell]:
    return [cell for cell in cells if cell.model_key == key]


def _named(cell: Cell, name: str) -> bool:
    return name in (cell.benchmark, cell.benchmark.partition("@")[0])


def _of(cells: list[Cell], name: str) -> list[Cell]:
    return [cell for cell in cells if _named(cell, name)]


def _benchmarks(on: list[str], left: list[Cell], right: list[Cell], cells: list[Cell]) -> list[str]:
    """Return the names of the benchmarks to compare on: those named, or all that both have."""
    for name in on:
        if not any(_named(cell, name) for cell in cells):
            raise UnknownName("benchmark in this pool", name, {
                cell.benchmark.partition("@")[0] for cell in cells
            })  # fmt: skip
    one = dict.fromkeys(cell.benchmark.partition("@")[0] for cell in left)
    other = {cell.benchmark.partition("@")[0] for cell in right}
    return on or [name for name in one if name in other]


def _nothing(names: Names, keys: tuple[str, str]) -> str:
    if keys[0] == keys[1]:
        return (
            f"There is nothing to compare {names.shown[keys[0]]} with: name another model, or a "
            f"contrast ({', '.join(sorted(CONTRASTS))})."
        )
    return f"{names.shown[keys[0]]} and {names.shown[keys[1]]} have no benchmark in common."


def _admitted(
    name: str, candidates: list[Pairing], contrast: Contrast, *, anyway: bool
) -> tuple[list[Pairing], str]:
    """Return the pairings that may be compared, or the nearest and why it may not."""
    fine = [pair for pair in candidates if not pair.forbidden]
    # What differs in fewer fields says more about the contrast itself.
    least = min((len(pair.differs) for pair in fine), default=0)
    fine = [pair for pair in fine if contrast.values or len(pair.differs) == least]
    if fine:
        return fine, ""
    if not candidates:
        about = "" if contrast.name == "model" else f" that differ in {contrast.name}"
        return [], f"{name}: the two have no measurements{about}."
    nearest = min(candidates, key=lambda pair: len(pair.forbidden))
    if anyway:
        fewest = len(nearest.forbidden)
        return [pair for pair in candidates if len(pair.forbidden) == fewest], ""
    covers = [
        known
        for known, allowed in CONTRASTS.items()
        if nearest.differs.keys() <= allowed and known not in ("fold", "variant")
    ]
    hint = f"Contrast it by name ({' or '.join(covers)}), or c" if covers else "C"
    return [], f"{name}: the two differ in {told(nearest.forbidden)}. {hint}ompare anyway."
