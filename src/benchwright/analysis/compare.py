"""Models on the same samples: paired differences, where the models may be compared at all."""

from __future__ import annotations

import itertools
import math
from collections.abc import Sequence
from typing import Any

from msgspec import Struct
from msgspec.structs import replace

from benchwright.analysis.cells import Cell, Measured, read_cells
from benchwright.analysis.comparable import CONTRASTS, Contrast, Pairing, contrast_of, pairings
from benchwright.analysis.fold import checked
from benchwright.analysis.names import Names, names_of, read_fields
from benchwright.analysis.paired import Difference, difference, told
from benchwright.analysis.ranking.power import power
from benchwright.analysis.together import together
from benchwright.core.errors import DescriptionError, Incomparable, UnknownName
from benchwright.core.table import Table


class Comparison(Struct, frozen=True, kw_only=True):
    """What separates models, benchmark by benchmark; shows itself as a table."""

    lines: tuple[Difference, ...]
    """One line per benchmark, conditions, scorer and pair of models."""
    contrast: str
    """What was contrasted."""
    fold: str
    """How variants became one."""
    confidence: float
    """Nominal coverage of the intervals."""
    notes: tuple[str, ...] = ()
    """What was left out and why."""
    together: bool = False
    """Whether the intervals hold for all lines at once, or each for itself."""
    level: float = 0.95
    """Coverage of each interval by itself; above ``confidence`` where all hold at once."""

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
        columns += (*(("p all",) if self.together else ()), *(("p exact",) if exact else ()))
        columns += ("n", "coverage a", "coverage b")
        rows: list[tuple[Any, ...]] = []
        for line in self.lines:
            row: tuple[Any, ...] = (line.benchmark, line.asked, line.a, line.b)
            row += (line.score_a, line.score_b, line.value, line.low, line.high, line.p)
            row += (line.p_all,) if self.together else ()
            row += (line.p_exact,) if exact else ()
            rows.append((*row, line.n, line.coverage_a, line.coverage_b))
        return Table(columns=columns, rows=tuple(rows), caption=self._caption())

    def power(self, difference: float | None = None, *, chance: float = 0.8) -> Table:
        """Return what the comparison can show, line by line, as a table.

        Args:
            difference: the true difference asked about; each line's own where None.
            chance: power that is wanted.
        """
        columns: tuple[str, ...] = ("benchmark", "asked", "a", "b", "a − b", "low", "high")
        columns += ("n", "deviation", "difference", "chance", "needed", "smallest")
        rows: list[tuple[Any, ...]] = []
        for line in self.lines:
            row: tuple[Any, ...] = (line.benchmark, line.asked, line.a, line.b)
            row += (line.value, line.low, line.high, line.n, line.deviation)
            asked = line.value if difference is None else difference
            if asked is None or line.deviation is None:
                rows.append((*row, asked, None, None, None))
                continue
            able = power(asked, line.deviation, line.n, chance=chance, confidence=self.level)
            smallest = able.smallest if math.isfinite(able.smallest) else None
            rows.append((*row, abs(asked), able.shown, able.needed, smallest))
        return Table(columns=columns, rows=tuple(rows), caption=self._power_caption(chance))

    def _power_caption(self, chance: float) -> str:
        said = [
            "`chance`: probability that these n samples show `difference`, were it true",
            f"`needed`: samples that would show it with probability {chance:g}",
            f"`smallest`: the smallest true difference that n samples show with {chance:g}",
            "`deviation`: of one sample's difference",
            "An observed difference is a guess at the true one: `needed` is as uncertain as it is",
        ]
        return ". ".join([*said, self._caption()])

    def _caption(self) -> str:
        said = [f"Differences paired by sample, intervals at {self.confidence:.0%}"]
        if self.together:
            said[0] += f", holding for all {len(self.lines)} lines at once (max-t), as `p all` does"
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
        said += [
            f"{line.benchmark}: compared are {line.compared}, not the benchmark's harmonic mean"
            for line in self.lines
            if line.compared
        ]
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
    *others: str,
    on: str | Sequence[str] = (),
    contrast: str | None = None,
    anyway: bool = False,
    fold: str | None = None,
    where: str = "",
    confidence: float = 0.95,
    seed: int = 0,
) -> Comparison:
    """Return how models differ on the samples that they have in common, pair by pair.

    Args:
        pool: the measurements.
        a: a model's name, ``name#…`` with the beginning of its key or ``field=value``, or the
            beginning of its key.
        b: the other model; the same one where it is empty (then ``contrast`` says what differs).
        others: more models: then all pairs are compared, and the intervals hold for all lines at
            once.
        on: benchmarks, by name or ``name@version``; all that both of a pair have where empty.
        contrast: the one thing besides the model that may differ (``CONTRASTS``), with the two
            values where there are more: ``ask``, ``ask=letters,generate``, ``fold=plain,all``,
            ``variant=,rotate:1``.
        anyway: compare also what may not be compared; the caption flags it.
        fold: how variants become one before pairing; pairs variant by variant where None.
        where: SQL condition over the columns of ``measurements``.
        confidence: nominal coverage of the intervals.
        seed: seed of the bootstrap behind intervals that hold at once.

    Raises:
        UnknownName: no such model, benchmark, contrast or fold.
        Incomparable: two differ in more than the contrast; names each field and both values.
        DescriptionError: a model is named twice among several.
    """
    chosen, kind = contrast_of(contrast), checked(fold or "")
    named = [on] if isinstance(on, str) and on else list(on)
    pairings_: list[Pairing] = []
    problems: list[str] = []
    with pool.connect() as connection:
        cells = read_cells(connection, where)
        names = names_of(read_cells(connection), read_fields(connection))
        keys = [names.find(name) for name in (a, b or a, *others)]
        pairs = _pairs(keys, names, chosen)
        for one, other in pairs:
            left, right = _mine(cells, one), _mine(cells, other)
            about = f"{names.shown[one]} and {names.shown[other]} on " if others else ""
            for name in _benchmarks(named, left, right, cells):
                candidates = pairings(
                    _of(left, name), _of(right, name),
                    contrast=chosen, fold=kind, conditions=pool.conditions,
                )  # fmt: skip
                found, problem = _admitted(name, candidates, chosen, anyway=anyway)
                problems += [about + problem] if problem else []
                pairings_ += found
        if not pairings_ or (problems and named and not others):
            raise Incomparable(*(problems or [_nothing(names, pair) for pair in pairs]))
        order = list(dict.fromkeys(pair.a.cell.benchmark for pair in pairings_))
        pairings_.sort(key=lambda pair: order.index(pair.a.cell.benchmark))
        whole = (
            together(connection, pool, pairings_, where=where, confidence=confidence, seed=seed)
            if others
            else None
        )
        level = whole.confidence if whole else confidence
        lines = [
            difference(connection, pool, pair, names, where=where, confidence=level)
            for pair in pairings_
        ]
    if whole:
        lines = [replace(line, p_all=whole.adjusted(line.p)) for line in lines]
    return Comparison(
        lines=tuple(lines),
        contrast=chosen.name,
        fold=kind,
        confidence=confidence,
        notes=tuple(f"Left out: {problem.rstrip('.')}" for problem in problems),
        together=whole is not None,
        level=level,
    )


def _pairs(keys: list[str], names: Names, contrast: Contrast) -> list[tuple[str, str]]:
    """Return the pairs of models to compare."""
    twice = sorted({names.shown[key] for key in keys if keys.count(key) > 1})
    if len(keys) > 2 and twice:
        raise DescriptionError(f"named more than once: {', '.join(twice)}.")
    if len(keys) == 2 and twice and contrast.name == "model":
        raise Incomparable(_nothing(names, (keys[0], keys[1])))
    return list(itertools.combinations(keys, 2))


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
