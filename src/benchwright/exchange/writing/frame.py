"""Measurements as a data frame of whichever library is there."""

from __future__ import annotations

import importlib.util
import tempfile
from pathlib import Path
from typing import Any

from benchwright.core.errors import DescriptionError, UnknownName, boundary
from benchwright.exchange.writing import flat
from benchwright.pool import Pool

KINDS = ("polars", "pandas", "numpy")


def frame(pool: Pool, where: str, kind: str) -> Any:
    """Return the rows as a frame of ``kind``; see ``to_frame``."""
    if kind and kind not in KINDS:
        raise UnknownName("kind of data frame", kind, KINDS)
    chosen = kind or next(one for one in KINDS if _installed(one))
    if not _installed(chosen):
        raise DescriptionError(f"{chosen} is not installed: pip install {chosen}")
    if chosen == "polars":
        return _polars(pool, where)
    with flat.narrowed(pool, []) as connection, boundary(DescriptionError, f"condition {where!r}"):
        found = connection.execute(flat.selected(connection, where))
        return found.df() if chosen == "pandas" else _arrays(found.fetchnumpy())


def _installed(name: str) -> bool:
    return importlib.util.find_spec(name) is not None


def _polars(pool: Pool, where: str) -> Any:
    polars = importlib.import_module("polars")
    # By way of a file: DuckDB's own way to Polars needs pyarrow.
    with tempfile.TemporaryDirectory(prefix="benchwright-") as folder:
        path = Path(folder) / "rows.parquet"
        _, rows, _ = flat.write(pool, path, where, "parquet")
        if not rows:
            raise DescriptionError("No measurement satisfies the condition.")
        return polars.read_parquet(path, memory_map=False)


def _arrays(columns: dict[str, Any]) -> dict[str, Any]:
    import numpy as np

    found = {}
    for name, column in columns.items():
        if not isinstance(column, np.ma.MaskedArray):
            found[name] = column
        elif column.dtype.kind in "if":
            numbers = column.data.astype(np.float64)
            numbers[np.ma.getmaskarray(column)] = np.nan
            found[name] = numbers
        else:
            cells = column.data.astype(object)
            cells[np.ma.getmaskarray(column)] = None
            found[name] = cells
    return found
