"""The cube of a pool: what asking in different ways did to the scores of its models."""

from __future__ import annotations

from benchwright.analysis.agreement.cube import Cube, from_rows
from benchwright.analysis.cells import Measured
from benchwright.analysis.leaderboard import standings
from benchwright.core.conditions import Conditions
from benchwright.core.errors import DescriptionError, UnknownName


def read_cube(pool: Measured, *, vary: str = "system", where: str = "") -> Cube:
    """Return the scores of a pool in percent, by model, benchmark and one field of the conditions.

    Args:
        pool: the measurements.
        vary: the field of the conditions that is the instruction: ``system``, ``layout``, ``ask``,
            ``shots``, ``generation`` …
        where: SQL condition over the columns of ``measurements``.

    Returns:
        Samples as they are only; what a row without a score counts as is each benchmark's policy.

    Raises:
        UnknownName: conditions have no such field.
        DescriptionError: other fields differ as well, so that a cell would have several scores; the
            message names one.
    """
    fields = Conditions.__struct_fields__
    if vary not in fields:
        raise UnknownName("field of the conditions", vary, fields)
    rows: list[tuple[str, str, str, float | None]] = []
    said: dict[tuple[str, str, str], dict[str, str]] = {}
    for line in standings(pool, where, folds=()):
        if line.estimate.value is None:
            continue
        conditions = pool.conditions(line.cell.conditions)
        asked = {name: str(getattr(conditions, name)) for name in fields}
        asked["scorer"] = line.cell.scorer
        cell = (line.model, line.cell.benchmark, asked[vary])
        if cell in said:
            raise DescriptionError(_several(cell, said[cell], asked))
        said[cell] = asked
        rows.append((*cell, 100 * line.estimate.value))
    if not rows:
        raise DescriptionError("no score satisfies the condition: there is no cube.")
    return from_rows(rows)


def _several(cell: tuple[str, str, str], one: dict[str, str], other: dict[str, str]) -> str:
    differ = [name for name in one if one[name] != other[name]]
    name = differ[0] if differ else "scorer"
    return (
        f"{cell[0]} has several scores on {cell[1]} with the same instruction, which differ in"
        f" {name} ({one[name]!r} and {other[name]!r}): narrow by a condition."
    )
