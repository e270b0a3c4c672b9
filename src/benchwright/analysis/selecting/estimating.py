"""From a model's answers to a subset to its score on the whole."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from msgspec import Struct

from benchwright.analysis.cells import Cell, Measured, quoted, read_cells, valued
from benchwright.analysis.names import names_of, read_fields
from benchwright.analysis.selecting.arrays import Numbers
from benchwright.analysis.selecting.file import Part, SubsetFile
from benchwright.analysis.student import t_quantile
from benchwright.core.errors import DescriptionError
from benchwright.core.table import Table


class Estimated(Struct, frozen=True, kw_only=True):
    """One model's estimated score on all that a subset stands for."""

    model: str
    """The model, by the name it is shown by."""
    asked: str
    """How it was asked."""
    estimate: float
    """The estimated pool mean."""
    low: float | None
    """Lower end of its interval; None where the file tells no error."""
    high: float | None
    """Upper end of its interval."""
    subset: float
    """Mean of the answers to the subset as they are: biased unless the draw was random."""
    answered: int
    """Samples of the subset with a score."""
    of: int
    """Samples of the subset."""
    by: str
    """What the interval rests on: ``design``, ``held out`` or nothing."""


def estimate(
    pool: Measured, file: SubsetFile, *, where: str = "", confidence: float = 0.95
) -> tuple[Estimated, ...]:
    """Return the estimated full score of every model that answered the samples of ``file``.

    A draw at random tells its own error; designs have the error that held-out models had, which
    holds for models like those. Models with answers to less than half of the samples are left out.

    Args:
        pool: an open pool.
        file: the subset.
        where: SQL condition on the measurements.
        confidence: coverage of a design-based interval; that of held-out ones is the file's.

    Raises:
        DescriptionError: the file holds anchors, no model answered its samples, or a benchmark
            was asked in several ways and the file is of several benchmarks.
    """
    subset = file.subset()
    lines = []
    with pool.connect() as connection:
        answers = _answers(pool, connection, file, where)
        there = [cell for cells, _ in answers for cell in cells]
        names = names_of(there, read_fields(connection))
        for cells, scores in answers:
            known = np.isfinite(scores)
            if known.sum() * 2 < len(scores):
                continue
            value = float(subset.estimates(scores)[0])
            low, high, by = _interval(file, value, subset.errors(scores), confidence)
            lines.append(
                Estimated(
                    model=names.shown[cells[0].model_key],
                    asked=" + ".join(dict.fromkeys(cell.asked for cell in cells)),
                    estimate=value,
                    low=low,
                    high=high,
                    subset=float(scores[known].mean()),
                    answered=int(known.sum()),
                    of=len(scores),
                    by=by,
                )
            )
    if not lines:
        held = ", ".join(part.benchmark for part in file.parts)
        raise DescriptionError(
            f"No model of this pool answered half of the {file.size:,} samples of {held}: run "
            "them with `benchwright run … --subset FILE`."
        )
    return tuple(sorted(lines, key=lambda line: (-line.estimate, line.model)))


def estimates_table(lines: Sequence[Estimated], file: SubsetFile) -> Table:
    """Return one row a model, the best first."""
    kinds = {line.by for line in lines}
    said = []
    if "design" in kinds:
        said.append("intervals by the design of the draw")
    if "held out" in kinds and file.expected is not None:
        said.append(
            f"intervals as wide as held-out models erred ({file.expected.models} of them, "
            f"{file.expected.confidence:.0%}): they hold for models like those"
        )
    if "" in kinds:
        said.append("no interval: too few models were held out")
    if any(line.answered < line.of for line in lines):
        said.append("lacking answers are filled by the sample's usual score")
    whole = f"{file.calibration.items:,} items estimated from {file.size:,} chosen by {file.method}"
    return Table(
        columns=("model", "asked", "estimate", "low", "high", "subset mean", "answered", "of"),
        rows=tuple(
            (
                line.model, line.asked, line.estimate, line.low, line.high, line.subset,
                line.answered, line.of,
            )
            for line in lines
        ),
        caption=f"{whole}; {'; '.join(said)}.",
    )  # fmt: skip


def _interval(
    file: SubsetFile, value: float, errors: Numbers | None, confidence: float
) -> tuple[float | None, float | None, str]:
    bounded = file.usual is not None and 0 <= file.usual.min() <= file.usual.max() <= 1
    if errors is not None:
        half, by = t_quantile(confidence, max(file.size - 1, 1)) * float(errors[0]), "design"
    elif file.expected is not None and file.expected.half_width is not None:
        half, by = file.expected.half_width, "held out"
    else:
        return None, None, ""
    low, high = value - half, value + half
    return (max(low, 0.0), min(high, 1.0), by) if bounded else (low, high, by)


def _answers(
    pool: Measured, connection: Any, file: SubsetFile, where: str
) -> list[tuple[list[Cell], Numbers]]:
    """Return (cells, scores in the file's order, NaN where lacking) of every model."""
    order = {identity: place for place, identity in enumerate(file.order())}
    there: dict[str, dict[str, list[tuple[Cell, dict[str, float]]]]] = {}
    for part in file.parts:
        for cell, values in _of_part(pool, connection, part, where):
            there.setdefault(cell.model_key, {}).setdefault(part.benchmark, []).append(
                (cell, values)
            )
    found = []
    for parts in there.values():
        several = [name for name, ways in parts.items() if len(ways) > 1]
        if several and len(file.parts) > 1:
            ways = ", ".join(f"{cell.asked} ({cell.scorer})" for cell, _ in parts[several[0]])
            raise DescriptionError(
                f"{several[0]} was asked or judged in several ways ({ways}): say which with "
                "--where."
            )
        choices = (
            [[one] for one in parts[several[0]]]
            if several
            else [[ways[0] for ways in parts.values()]]
        )
        for chosen in choices:
            scores = np.full(file.size, np.nan)
            for (cell, values), name in zip(chosen, parts, strict=True):
                del cell
                for sample, value in values.items():
                    scores[order[name, sample]] = value
            found.append(([cell for cell, _ in chosen], scores))
    return found


def _of_part(
    pool: Measured, connection: Any, part: Part, where: str
) -> list[tuple[Cell, dict[str, float]]]:
    """Return every cell of the part's benchmark, and its values by sample, turned like the file."""
    versions = f"benchmark = {quoted(part.benchmark)}"
    if "@" not in part.benchmark:
        versions = f"split_part(benchmark, '@', 1) = {quoted(part.benchmark)}"
    found = []
    condition = f"({versions})" + (f" and ({where}\n)" if where.strip() else "")
    for cell in read_cells(connection, condition):
        card, _ = pool.card(cell.benchmark)
        rows = connection.execute(
            f"""select sample, avg(y) from ({valued(card, cell.benchmark, condition)})
                where variant = '' and y is not null and model_key = ? and conditions = ?
                  and scorer = ? and list_contains(?, sample) group by sample""",  # noqa: S608 - made of quoted parts; the condition is the user's
            [cell.model_key, cell.conditions, cell.scorer, list(part.samples)],
        ).fetchall()
        if rows:
            width = part.high - part.low
            values = {sample: (value - part.low) / width for sample, value in rows}
            found.append((cell, values))
    return found
