"""From rows of names to rows of numbers: two passes of SQL, never a name a row in Python."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import numpy.typing as npt
from msgspec import Struct

from benchwright.analysis.responses.table import Floats


class Found(Struct, frozen=True, kw_only=True):
    """One cell of the measurements: what one model made of one group."""

    names: dict[str, Any]
    """Values of the columns that tell cells apart."""
    model: str
    """Display name of the model."""
    rows: int
    """Number of rows."""
    variants: bool
    """Whether there are variants besides the samples as they are."""
    plain: bool
    """Whether the samples as they are are there."""


class Rows(Struct, frozen=True, eq=False, kw_only=True):
    """Rows in numbers; N rows."""

    cell: npt.NDArray[np.uint32]
    """Place of every row's cell among those found; shape [N]."""
    item: npt.NDArray[np.uint32]
    """Place of every row's sample among the names found; shape [N]."""
    score: Floats
    """Every row's worth, NaN where unknown; shape [N]."""


def read_found(connection: Any, keys: Sequence[str]) -> tuple[list[Found], list[str]]:
    """Return the cells of ``measurements`` and the names of all samples, each in a fixed order.

    One pass; the codes stay in temporary tables of the connection for ``read_rows``.
    """
    names = ", ".join(keys)
    connection.execute(f"""
        create or replace temp table found_names as
        select grouping(sample) = 1 as cell, {names}, sample, max(model)::varchar as model,
               count(*) as rows, bool_or(variant <> '') as variants, bool_or(variant = '') as plain
        from measurements group by grouping sets (({names}), (sample))""")  # noqa: S608 - names of columns of our own
    connection.execute(f"""
        create or replace temp table found_cells as
        select (row_number() over (order by {names}) - 1)::uinteger as code,
               * exclude (cell, sample)
        from found_names where cell""")  # noqa: S608 - names of columns of our own
    connection.execute("""
        create or replace temp table found_samples as
        select (row_number() over (order by sample) - 1)::uinteger as code, sample
        from found_names where not cell""")
    rows = connection.execute(
        f"select {names}, model, rows, variants, plain from found_cells order by code"  # noqa: S608 - names of columns of our own
    ).fetchall()
    cells = [
        Found(
            names=dict(zip(keys, row, strict=False)),
            model=row[-4],
            rows=row[-3],
            variants=row[-2],
            plain=row[-1],
        )
        for row in rows
    ]
    samples = connection.execute("select sample from found_samples order by code").fetchall()
    return cells, [row[0] for row in samples]


def read_rows(connection: Any, select: str, keys: Sequence[str]) -> Rows:
    """Return the rows of ``select`` (the key columns, ``sample`` and ``y``) in numbers."""
    columns = connection.execute(f"""
        select found_cells.code as cell, found_samples.code as item,
               coalesce(y, 'nan'::double)::float as score
        from ({select}) as rows
        join found_cells using ({", ".join(keys)}) join found_samples using (sample)""")  # noqa: S608 - made by us around the user's condition
    found = columns.fetchnumpy()
    return Rows(
        cell=np.asarray(found["cell"], dtype=np.uint32),
        item=np.asarray(found["item"], dtype=np.uint32),
        score=np.asarray(found["score"], dtype=np.float32),
    )
