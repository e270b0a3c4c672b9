"""From rows of names to rows of numbers: one or two passes of SQL, never a name in Python a row."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
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
    columns = (*keys, "model", "rows", "variants", "plain")
    cells = [_found(dict(zip(columns, row, strict=True)), keys) for row in rows]
    samples = connection.execute("select sample from found_samples order by code").fetchall()
    return cells, [row[0] for row in samples]


def read_rows(connection: Any, select: str, keys: Sequence[str]) -> Rows:
    """Return the rows of ``select`` (the key columns, ``sample`` and ``y``) in numbers."""
    columns = connection.execute(f"""
        select found_cells.code as cell, found_samples.code as item,
               coalesce(y, 'nan'::double)::float as score
        from ({select}) as rows
        join found_cells using ({", ".join(keys)}) join found_samples using (sample)""")  # noqa: S608 - made by us around the user's condition
    return _rows(columns.fetchnumpy())


def read_at_once(
    connection: Any, keys: Sequence[str], *, worth: str, wanted: str, plain: bool
) -> tuple[list[Found], list[str], Rows]:
    """Return what ``read_found`` and ``read_rows`` would, from one pass that holds the names.

    Opening a part costs more than reading a few hundred rows of it: where there are many small
    parts one pass takes half the time of two, but 200 bytes a row.

    Args:
        connection: has the view ``measurements``.
        keys: columns that tell cells apart.
        worth: SQL for what a row counts as.
        wanted: SQL condition on rows.
        plain: whether variants are left out.
    """
    names = ", ".join(keys)
    found = connection.execute(f"""
        with rows as materialized (
            select {names}, model, sample, variant <> '' as varied, {wanted} as wanted,
                   coalesce(({worth}), 'nan'::double)::float as y from measurements),
        cells as materialized (
            select (row_number() over (order by {names}) - 1)::uinteger as code, * from (
                select {names}, max(model) as model, count(*) as rows, bool_or(varied) as variants,
                       bool_or(not varied) as plain
                from rows group by {names})),
        samples as materialized (
            select (row_number() over (order by sample) - 1)::uinteger as code, sample
            from (select distinct sample from rows))
        select (select list(cells order by code) from cells) as cells,
               (select list(sample order by code) from samples) as samples,
               list(cells.code) as cell, list(samples.code) as item, list(y) as score
        from rows join cells using ({names}) join samples using (sample)
        where wanted {"and not varied" if plain else ""}""").fetchnumpy()  # noqa: S608 - made by us around the user's condition
    cells, samples = found["cells"][0], found["samples"][0]
    if cells is None or cells is np.ma.masked:
        cells, samples = [], []
    rows = {
        name: found[name][0] if found[name][0] is not np.ma.masked else []
        for name in ("cell", "item", "score")
    }
    return [_found(cell, keys) for cell in cells], list(samples), _rows(rows)


def _found(cell: Mapping[str, Any], keys: Sequence[str]) -> Found:
    return Found(
        names={key: cell[key] for key in keys},
        model=cell["model"],
        rows=cell["rows"],
        variants=cell["variants"],
        plain=cell["plain"],
    )


def _rows(found: Mapping[str, Any]) -> Rows:
    return Rows(
        cell=np.asarray(found["cell"], dtype=np.uint32),
        item=np.asarray(found["item"], dtype=np.uint32),
        score=np.asarray(found["score"], dtype=np.float32),
    )
