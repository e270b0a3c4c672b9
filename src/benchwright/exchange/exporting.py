"""The verbs ``export`` and ``to_frame``: measurements of a pool in forms that others read."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from msgspec import Struct

from benchwright.core.errors import DescriptionError, UnknownName
from benchwright.exchange.writing import flat, frame, inspect_ai, lm_eval
from benchwright.pool import Pool

FORMS = ("parquet", "csv", "jsonl", "lm_eval", "inspect_ai")
"""Forms in which measurements can leave: three flat ones, and two harnesses' own."""


class Exported(Struct, frozen=True, kw_only=True):
    """What ``export`` wrote."""

    form: str
    """One of ``FORMS``."""
    files: tuple[str, ...]
    """The files, in the order written."""
    rows: int
    """Measurements written."""
    said: tuple[str, ...] = ()
    """What the form cannot hold, a sentence each."""


def export(pool: Pool, to: str | Path, *, form: str = "", where: str = "") -> Exported:
    """Write the measurements of ``pool`` that satisfy ``where``.

    Flat forms hold every column of every measurement. ``lm_eval`` writes a folder of
    ``samples_*.jsonl`` and ``results_*.json``; ``inspect_ai`` a folder of ``.eval`` logs.

    Args:
        pool: the measurements.
        to: the file, or for a harness's form the folder.
        form: one of ``FORMS``; empty goes by the file's ending.
        where: SQL condition over the columns of ``measurements``; every row where it is empty.

    Raises:
        UnknownName: there is no such form.
        DescriptionError: ``where`` is no such condition, or no row satisfies it.
    """
    target = Path(to)
    chosen = form or target.suffix.lstrip(".")
    if chosen not in FORMS:
        raise UnknownName("form", chosen or target.name, FORMS)
    if chosen == "lm_eval":
        files, rows, said = lm_eval.write(pool, target, where)
    elif chosen == "inspect_ai":
        files, rows, said = inspect_ai.write(pool, target, where)
    else:
        files, rows, said = flat.write(pool, target, where, chosen)
    if not rows:
        raise DescriptionError("No measurement satisfies the condition: nothing was written.")
    return Exported(form=chosen, files=tuple(map(str, files)), rows=rows, said=tuple(said))


def to_frame(pool: Pool, *, where: str = "", kind: str = "") -> Any:
    """Return the measurements of ``pool`` that satisfy ``where`` as a data frame.

    ``kind`` is ``polars``, ``pandas`` or ``numpy``; empty takes the first of these that is
    installed. ``numpy`` is a dictionary of column name → array, missing numbers as NaN.

    Raises:
        UnknownName: there is no such kind.
        DescriptionError: the library is not installed, or ``where`` is no such condition.
    """
    return frame.frame(pool, where, kind)
