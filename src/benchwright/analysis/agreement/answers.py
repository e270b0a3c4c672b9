"""What models answered, beside the table of their scores, and the questions' texts."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any

import numpy as np
import numpy.typing as npt
from msgspec import Struct

from benchwright.analysis.agreement.items import group_items
from benchwright.analysis.agreement.keys import OPTIONS
from benchwright.analysis.cells import condition, quoted, read_cells
from benchwright.analysis.names import names_of, read_fields
from benchwright.analysis.responses import files
from benchwright.analysis.responses.query import written_out
from benchwright.analysis.responses.table import Group, Responses
from benchwright.core.errors import DescriptionError, boundary

_NONE = "null::varchar"


class Answers(Struct, frozen=True, eq=False, kw_only=True):
    """Answers to one benchmark, aligned with a table of N observations of I items of it."""

    given: tuple[str | None, ...]
    """Every observation's answer, None where none was read; outside of the benchmark None; [N]."""
    targets: tuple[str | None, ...]
    """The marked answer of each item of the benchmark; [I]."""
    options: npt.NDArray[np.int64]
    """Answers to choose from, one over the chance of a blind guess; ``OPTIONS`` if unknown; [I]."""

    @property
    def known(self) -> bool:
        """Whether any answer is known."""
        return any(one is not None for one in self.given)


class Text(Struct, frozen=True, kw_only=True):
    """A question as it can be read."""

    text: str
    """The question."""
    choices: tuple[str, ...] = ()
    """The answers to choose from."""


def read_answers(
    source: object,
    responses: Responses,
    benchmark: str = "",
    *,
    where: str = "",
    columns: Mapping[str, str] | None = None,
) -> Answers:
    """Return what was answered, of the source that ``responses`` was read from.

    A pool holds answers and marked answers; a file may, in columns ``answer`` and ``target``. Of
    repeats the first is taken, of variants none.

    Args:
        source: the pool or file.
        responses: its table, read with the same condition.
        benchmark: name of the group; may be left out where there is only one.
        where: the condition.
        columns: meaning → name of the column that holds it, for files.

    Raises:
        DescriptionError: the condition is none.
        UnknownName: the table has no such group.
    """
    number, places = group_items(responses, benchmark)
    with _opened(source, columns or {}) as (connection, names):
        rows = _rows(connection, responses.groups[number], where)
    model = {name: place for place, name in enumerate(responses.models)}
    item = {responses.items[place]: place for place in range(places.start, places.stop)}
    targets: list[str | None] = [None] * len(item)
    options = np.full(len(item), OPTIONS, dtype=np.int64)
    cells: list[int] = []
    said: list[str | None] = []
    for key, sample, answer, target, chance in rows:
        place, who = item.get(str(sample)), model.get(names.get(key, str(key)))
        if place is None or who is None:
            continue
        if target is not None:
            targets[place - places.start] = target
        if chance is not None and 0 < chance <= 0.5:
            options[place - places.start] = round(1 / chance)
        cells.append(place * len(model) + who)
        said.append(answer)
    given: list[str | None] = [None] * len(responses)
    for at, answer in zip(_observations(responses, cells), said, strict=True):
        if at >= 0:
            given[at] = answer
    return Answers(given=tuple(given), targets=tuple(targets), options=options)


def read_texts(
    source: object,
    group: Group,
    items: Collection[str],
    *,
    columns: Mapping[str, str] | None = None,
) -> dict[str, Text]:
    """Return the texts of some items of a group of the source's table, as far as it holds them."""
    if not items:
        return {}
    with _opened(source, columns or {}) as (connection, _):
        if not _has(connection, "samples", "text"):
            return {}
        listed = ", ".join(map(quoted, items))
        found = connection.execute(
            f"select id, text, choices from samples where id in ({listed})"  # noqa: S608 - quoted
            " and coalesce(variant, '') = '' and benchmark = ?",
            [group.benchmark or files.ALL],
        ).fetchall()
    return {
        str(sample): Text(text=text or "", choices=tuple(choices or ()))
        for sample, text, choices in found
    }


@contextmanager
def _opened(source: object, columns: Mapping[str, str]) -> Iterator[tuple[Any, Mapping[str, str]]]:
    """Yield a connection with the views, and the shown name of every model's key."""
    if hasattr(source, "connect") and hasattr(source, "card"):
        with source.connect() as connection:
            cells = read_cells(connection)
            namesakes = len({cell.model for cell in cells}) < len({c.model_key for c in cells})
            names = names_of(cells, read_fields(connection) if namesakes else {})
            yield connection, names.shown
        return
    with files.opened(source, columns) as (connection, *_):
        yield connection, {}


def _rows(connection: Any, group: Group, where: str) -> Sequence[tuple[Any, ...]]:
    """Return (model key, sample, answer, target, chance) of every model's first answer."""
    answer = "answer" if _has(connection, "measurements", "answer") else _NONE
    target = "target" if _has(connection, "measurements", "target") else _NONE
    with boundary(DescriptionError, f"the condition {where!r}"):
        rows: Sequence[tuple[Any, ...]] = connection.execute(
            f"""select model_key, sample,
                       arg_min({answer}::varchar, repeat) filter (outcome = 'scored'),
                       any_value({target}::varchar), max(chance)
                from measurements
                where variant = '' and benchmark = ? and conditions = ? and scorer = ?
                      and {condition(written_out(connection, where))}
                group by model_key, sample""",  # noqa: S608 - names of our own; the condition is the user's
            [group.benchmark or files.ALL, group.conditions, group.scorer],
        ).fetchall()
    return rows


def _observations(responses: Responses, cells: Sequence[int]) -> npt.NDArray[np.int64]:
    """Return where the observation of each cell (item × models + model) stands; −1 if nowhere."""
    row = np.repeat(np.arange(len(responses.group)), np.diff(responses.start))
    known = row * len(responses.models) + responses.model
    wanted = np.asarray(cells, dtype=np.int64)
    at = np.searchsorted(known, wanted)
    there = at < len(known)
    there[there] = known[at[there]] == wanted[there]
    found: npt.NDArray[np.int64] = np.where(there, at, -1)
    return found


def _has(connection: Any, view: str, column: str) -> bool:
    found = connection.execute(
        "select 1 from duckdb_columns() where table_name = ? and lower(column_name) = ?",
        [view, column],
    ).fetchone()
    return found is not None
