"""``choose``: from a pool or a file to a subset that a run can use, and what to say of it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any

import numpy as np
from msgspec import Struct, structs

from benchwright.analysis.cells import condition, quoted
from benchwright.analysis.ranking.result import Linkage
from benchwright.analysis.responses.files import opened
from benchwright.analysis.responses.table import Responses
from benchwright.analysis.selecting.anchors import Anchors, anchors_to_file, propose_anchors
from benchwright.analysis.selecting.calibration import Calibration, calibrate
from benchwright.analysis.selecting.evaluate import (
    Assessed,
    Family,
    evaluate,
    expected_error,
    family_rule,
    first_word,
    to_table,
)
from benchwright.analysis.selecting.file import Part, SubsetFile, to_file
from benchwright.analysis.selecting.methods import select
from benchwright.analysis.selecting.quotas import NONE, Quotas
from benchwright.analysis.selecting.subset import Expected
from benchwright.core.errors import DescriptionError, UnknownName
from benchwright.core.table import Table

FEW = 8
"""Calibration models below which no expected error is measured."""


class Chosen(Struct, frozen=True, eq=False, kw_only=True):
    """A subset file, and what a reader wants to know before using it."""

    file: SubsetFile
    """The samples, and what an estimate needs."""
    table: Table
    """Items and chosen items by group."""
    assessed: tuple[Assessed, ...] = ()
    """Every method on held-out models, where that was asked for."""
    linkage: Linkage | None = None
    """How the pool's models are tied together before anchors are asked."""
    notes: tuple[str, ...] = ()
    """What to know besides, a sentence each."""

    def comparison(self) -> Table:
        """Return ``assessed`` as a table."""
        held = "families of models kept apart; mae, rmse, bias in units of the score"
        return to_table(self.assessed, caption=f"Scored on held-out models; {held}.")


def choose(
    source: Any,
    items: str | int,
    *,
    benchmark: str = "",
    where: str = "",
    method: str = "auto",
    by: str = "",
    weights: str = "items",
    seed: int = 0,
    quotas: Quotas = NONE,
    family: str | Family | None = first_word,
    coverage: float = 0.8,
    compare: bool = False,
) -> Chosen:
    """Choose a subset of the items of a pool (or file) that tells the mean of all.

    Args:
        source: an open pool, or what else ``read_responses`` reads.
        items: how many: a number, or a share such as ``3%``.
        benchmark: only this benchmark's items; all of the pool's else.
        where: SQL condition on the measurements to learn from.
        method: a name of ``METHODS``, or ``auto``.
        by: a tag whose values are strata within each benchmark.
        weights: ``items`` or ``benchmarks``: what counts alike in the pool's mean.
        seed: seed of what is drawn.
        quotas: group's name → the fewest items of it.
        family: which models are kin when some are held out; see ``family_rule``.
        coverage: models that answered a smaller share of the items are left out.
        compare: also score every method on held-out models, at this number of items.

    Raises:
        DescriptionError: nothing is there to choose from, or the description does not fit it.
        DataError: no model answered enough items.
    """
    rule = family_rule(family)
    table = read(source, benchmark=benchmark, where=where)
    strata = strata_of(source, table, by) if by else None
    learned = calibrate(table, strata=strata, weights=weights, coverage=coverage)
    k = count_of(items, learned.size)
    subset = select(learned, k, method=method, seed=seed, quotas=quotas)
    expected, notes = _expected(learned, k, subset.method, seed=seed, quotas=quotas, rule=rule)
    file = to_file(learned, subset, expected=expected)
    assessed: tuple[Assessed, ...] = ()
    if compare:
        assessed = evaluate(learned, sizes=(k,), family=rule, seeds=(seed,), quotas=quotas)
    return Chosen(
        file=structs.replace(file, parts=_versioned(file.parts, table)),
        table=_by_group(table, {part.benchmark: len(part.samples) for part in file.parts}, file),
        assessed=assessed,
        notes=(*subset.notes, *notes, *_not_held(source, table)),
    )


def choose_anchors(
    source: Any,
    share: str | int,
    *,
    items: str | int = "",
    benchmark: str = "",
    where: str = "",
    by: str = "",
    seed: int = 0,
) -> Chosen:
    """Propose the common items that every model of a next run should answer.

    Args:
        source: an open pool, or what else ``read_responses`` reads.
        share: how many: a number, or a share such as ``20%`` of ``items``.
        items: the next run's budget of items a model; all items of the pool where it is empty.
        benchmark: only this benchmark's items; all of the pool's else.
        where: SQL condition on the measurements.
        by: a tag whose values are strata within each benchmark.
        seed: seed of the draw among equals.

    Raises:
        DescriptionError: nothing is there to choose from, or the description does not fit it.
    """
    from benchwright.analysis.responses.linkage import linkage

    table = read(source, benchmark=benchmark, where=where)
    strata = strata_of(source, table, by) if by else None
    budget = count_of(items, len(table.items)) if items else len(table.items)
    anchors = propose_anchors(table, count_of(share, budget), strata=strata, seed=seed)
    file = anchors_to_file(table, anchors, seed=seed)
    ties = linkage(table)
    return Chosen(
        file=structs.replace(file, parts=_versioned(file.parts, table)),
        table=_by_group(table, anchors.groups, file),
        linkage=ties,
        notes=(*_about_anchors(anchors, ties), *_not_held(source, table)),
    )


def read(source: Any, *, benchmark: str = "", where: str = "") -> Responses:
    """Return the table of ``source`` in which every benchmark was asked in one way.

    Raises:
        DescriptionError: a benchmark was asked or judged in several ways.
    """
    from benchwright.analysis.responses.reading import read_responses

    conditions = []
    if benchmark:
        name = benchmark.partition("@")[0]
        whole = f"benchmark = {quoted(benchmark)}"
        conditions.append(
            whole if "@" in benchmark else f"{whole} or benchmark like {quoted(name + '@%')}"
        )
    if where.strip():
        conditions.append(where)
    table = read_responses(source, where=" and ".join(condition(one) for one in conditions))
    twice: dict[str, list[str]] = {}
    for group in table.groups:
        twice.setdefault(_base(group.name, group.benchmark), []).append(group.name)
    several = [f"{', '.join(names)}" for names in twice.values() if len(names) > 1]
    if several:
        raise DescriptionError(
            f"The same samples were asked or judged in several ways ({'; '.join(several)}): say "
            'which with --where, such as --where "asked = …" or "scorer = …".'
        )
    return table


def count_of(items: str | int, size: int) -> int:
    """Return the number that ``items`` (a number, or a share such as ``3%``) means of ``size``.

    Raises:
        DescriptionError: it is neither.
    """
    text = str(items).strip()
    try:
        if text.endswith("%"):
            share = float(text[:-1])
            if 0 < share <= 100:
                return max(1, round(share / 100 * size))
        elif text.isascii() and text.isdigit() and int(text):
            return int(text)
    except ValueError:
        pass
    raise DescriptionError(f"How many items is a number or a share such as 3%, not {text!r}.")


def strata_of(source: Any, table: Responses, tag: str) -> list[str]:
    """Return the value of ``tag`` of every item of ``table``; empty where a sample has none.

    Raises:
        DescriptionError: the source has no such tag or column.
    """
    with _opened(source) as (connection, pool):
        value = f"tags[{quoted(tag)}]" if pool else _column(connection, tag)
        item = "sample" if pool else "item"
        rows = connection.execute(
            f"select benchmark, {item}, any_value({value}) from measurements "  # noqa: S608 - quoted
            f"group by benchmark, {item}"
        ).fetchall()
    values = {(_base(str(name)), str(item)): value for name, item, value in rows}
    found = []
    for number, item in zip(table.group, table.items, strict=True):
        group = table.groups[number]
        base = _base(group.name, group.benchmark)
        found.append(str(values.get((base, item)) or values.get(("", item)) or ""))
    if not any(found):
        raise DescriptionError(f"No sample here has the tag {tag!r} to draw within.")
    return found


@contextmanager
def _opened(source: Any) -> Iterator[tuple[Any, bool]]:
    """Yield a connection with the view ``measurements``, and whether it is a pool's."""
    if hasattr(source, "connect"):
        with source.connect() as connection:
            yield connection, True
        return
    with opened(source, {}) as file:
        yield file[0], False


def _column(connection: Any, name: str) -> str:
    """Return the column ``name`` of a file as an SQL identifier."""
    columns = [str(row[0]) for row in connection.execute("describe measurements").fetchall()]
    if name not in columns:
        raise UnknownName("column", name, columns)
    return '"' + name.replace('"', '""') + '"'


def _expected(
    learned: Calibration,
    k: int,
    method: str,
    *,
    seed: int,
    quotas: Quotas,
    rule: Family,
) -> tuple[Expected | None, tuple[str, ...]]:
    if len(learned.models) < FEW:
        said = f"{len(learned.models)} models are too few to hold some out"
        return None, (f"{said}: how far estimates are off is not known.",)
    try:
        found = expected_error(learned, k, method=method, seed=seed, quotas=quotas, family=rule)
    except DescriptionError as error:
        return None, (str(error),)
    return found, ()


def _not_held(source: Any, table: Responses) -> tuple[str, ...]:
    """Return a sentence for every benchmark of a pool of which the table lacks samples."""
    if not hasattr(source, "card"):
        return ()
    said = []
    for group, held in zip(table.groups, np.bincount(table.group).tolist(), strict=True):
        whole = sum(source.card(group.benchmark)[1].values())
        if held < whole:
            said.append(
                f"what is chosen stands for the {held:,} samples of {group.name} that were "
                f"answered by anyone (and meet --where), of {whole:,}."
            )
    return tuple(said)


def _versioned(parts: Sequence[Part], table: Responses) -> tuple[Part, ...]:
    """Return ``parts`` named ``name@version`` where the table knows it, with scores' bounds."""
    groups = {group.name: group for group in table.groups}
    return tuple(
        structs.replace(
            part,
            benchmark=groups[part.benchmark].benchmark or part.benchmark,
            low=groups[part.benchmark].low,
            high=groups[part.benchmark].high,
        )
        for part in parts
    )


def _base(name: str, benchmark: str = "") -> str:
    """Return the bare name of a benchmark, or of the group that asks it in some way."""
    return (benchmark or name.partition(" (")[0]).partition("@")[0]


def _by_group(table: Responses, chosen: dict[str, int], file: SubsetFile) -> Table:
    size = np.bincount(table.group, minlength=len(table.groups))
    rows = tuple(
        (group.name, int(there), chosen.get(group.name, 0))
        for group, there in zip(table.groups, size, strict=True)
    )
    caption = (
        f"{file.size:,} of {len(table.items):,} items chosen by {file.method} from "
        f"{file.calibration.models:,} models."
    )
    if file.expected is not None:
        found = file.expected
        caption += f" Held-out models: mean absolute error {found.mae:.4f}"
        caption += f", tau {found.tau:.3f}" if found.tau is not None else ""
        caption += (
            f"; ± {found.half_width:.4f} covers {found.confidence:.0%}."
            if found.half_width is not None
            else f"; {found.models} are too few for an interval."
        )
    return Table(columns=("benchmark", "items", "chosen"), rows=rows, caption=caption)


def _about_anchors(anchors: Anchors, ties: Linkage) -> tuple[str, ...]:
    notes = list(ties.weak)
    parts = len(ties.components)
    if parts > 1:
        notes.append(
            f"the models fall into {parts} groups that share no item: no rank compares them."
        )
    if not notes:
        notes.append("the models are tied together already: anchors would only tie them closer.")
    asked = sum(anchors.wanted.values())
    notes.append(
        f"{len(anchors.chosen):,} anchors tie all {len(anchors.wanted):,} models together; "
        f"{anchors.answered:.0%} of the answers are there, {asked:,} are to be asked."
    )
    if anchors.silent:
        notes.append(f"{anchors.silent:,} items that all models score alike were passed over.")
    return tuple(notes)
