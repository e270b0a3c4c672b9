"""Cells of measurements, and their moments: one pass of SQL, never a row in Python.

A cell is what one model made of one benchmark under one set of conditions, judged by one scorer.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Protocol

import numpy as np
from msgspec import Struct

from benchwright.analysis.estimate import Counts
from benchwright.analysis.fold import Fold, folded
from benchwright.analysis.interval import Design
from benchwright.analysis.moments import Moments, from_columns
from benchwright.core.average import JOINT, read_average
from benchwright.core.benchmark import Card, Metric
from benchwright.core.conditions import Conditions
from benchwright.core.errors import DescriptionError, boundary
from benchwright.core.measurement import Outcome
from benchwright.core.response import PERMANENT

Key = tuple[str, str, str]
"""(model key, conditions, scorer): what tells the cells of one benchmark apart."""


class Measured(Protocol):
    """What the analysis needs of a pool: columns, cards and conditions."""

    def connect(self) -> Any:
        """Return a DuckDB connection with the view ``measurements``."""
        ...

    def card(self, benchmark: str, /) -> tuple[Card, Mapping[str, int]]:
        """Return the card of ``name@version`` and each stratum's full number of samples."""
        ...

    def conditions(self, digest: str, /) -> Conditions:
        """Return the conditions of a digest."""
        ...

    def steered(self) -> frozenset[tuple[str, str, str, str]]:
        """Return (model key, ``name@version``, conditions, scorer) of rows chosen, not drawn."""
        ...


class Cell(Struct, frozen=True, kw_only=True):
    """What all its measurements have in common."""

    model_key: str
    """Digest of what the model is."""
    model: str
    """Display name of the model."""
    benchmark: str
    """``name@version``."""
    conditions: str
    """Digest of how it was asked."""
    asked: str
    """The conditions in a few words."""
    scorer: str
    """The scorer's identity."""
    rows: int
    """Number of measurements."""
    variants: bool
    """Whether there are variants besides the samples as they are."""
    plain: bool
    """Whether the samples as they are are there."""
    repeats: int
    """Largest number of rows of one variant of one sample."""

    @property
    def key(self) -> Key:
        """What tells it from the other cells of its benchmark."""
        return (self.model_key, self.conditions, self.scorer)


def condition(where: str) -> str:
    """Return the user's SQL condition in parentheses; every row where it is empty."""
    # The line break keeps a trailing SQL comment from swallowing the parenthesis.
    return f"({where}\n)" if where.strip() else "(true)"


def read_cells(connection: Any, where: str = "") -> list[Cell]:
    """Return the cells of the measurements that satisfy ``where``, in a fixed order.

    Raises:
        DescriptionError: ``where`` is not a condition over the columns of ``measurements``.
    """
    query = f"""
        select model_key, max(model) as model, benchmark, conditions, max(asked) as asked, scorer,
               count(*) as rows, bool_or(variant <> '') as variants,
               bool_or(variant = '') as plain, max(repeat) + 1 as repeats
        from measurements where {condition(where)}
        group by model_key, benchmark, conditions, scorer
        order by benchmark, model, model_key, asked, conditions, scorer"""  # noqa: S608 - the condition is the user's own SQL, over a read-only view
    with boundary(DescriptionError, f"the condition {where!r}"):
        rows = connection.execute(query).fetchall()
    names = Cell.__struct_fields__
    return [Cell(**dict(zip(names, row, strict=True))) for row in rows]


def design_of(card: Card, sizes: Mapping[str, int], confidence: float = 0.95) -> Design:
    """Return how a benchmark's samples are drawn and averaged."""
    known = {name: int(size) for name, size in sizes.items()} or {"": card.size}
    average = read_average(card.metric.average).kind
    return Design(sizes=known, average=average, confidence=confidence)


def valued(card: Card, benchmark: str, where: str, tag: str = "") -> str:
    """Return SQL for the rows of ``benchmark`` with what each counts as in column ``y``.

    ``y`` is null where the policy leaves a row out or where it is ``pending``: failed for a reason
    that may pass, or worth a guess whose expected value is not known. ``slice`` is the value of
    ``tag``.
    """
    metric = card.metric
    guess = _named(metric, "expected_chance")
    group = f" || {quoted(JOINT)} || ".join(map(_tag, read_average(metric.average).tags)) or "''"
    return f"""
        select model_key, conditions, scorer, sample, variant, repeat, outcome,
               extractors_agree, boundary_merged,
               {_tag(card.stratum)} as stratum, {group} as "group", {_tag(tag)} as slice,
               {temporary()} or ({guess} and chance is null) as pending,
               {worth(metric)} as y
        from measurements where benchmark = {quoted(benchmark)} and {condition(where)}"""  # noqa: S608 - names and lists of our own; the condition is the user's


def worth(metric: Metric) -> str:
    """Return SQL for what a row counts as; null where the policy leaves it out or it is pending."""
    return f"""case when outcome = 'scored' then value
                    when {temporary()} then null
                    when {_named(metric, "wrong")} then 0.0
                    when {_named(metric, "expected_chance")} then chance end::double"""


def read_moments(
    connection: Any,
    benchmark: str,
    card: Card,
    *,
    where: str = "",
    fold: Fold = "",
    tag: str = "",
    single: bool = False,
) -> dict[tuple[Key, str], Moments]:
    """Return the moments of every cell of ``benchmark``, by (cell, value of ``tag``).

    A sample with several rows (variants, repeats) counts once, with their mean or ``fold``: the
    values of one sample are not independent, so the sample is the unit of sampling. ``single``
    says that every sample has one row in each cell: then none need be gathered, and memory does
    not grow with their number.
    """
    query = f"""
        with valued as ({valued(card, benchmark, where, tag)}),
             {_ONE_ROW if single else _roots(fold, benchmark)}
        select model_key, conditions, scorer, slice, {MOMENT_COLUMNS}
        from roots group by model_key, conditions, scorer, slice, stratum, "group"
        order by all"""  # noqa: S608 - made of the parts above
    with boundary(DescriptionError, f"the condition {where!r}"):
        columns = connection.execute(query).fetchnumpy()
    lines: dict[tuple[Key, str], list[int]] = {}
    names = [columns[name] for name in ("model_key", "conditions", "scorer", "slice")]
    for index, (model_key, conditions, scorer, part) in enumerate(zip(*names, strict=True)):
        lines.setdefault(((model_key, conditions, scorer), part), []).append(index)
    return {
        key: from_columns({name: column[np.array(at)] for name, column in columns.items()})
        for key, at in lines.items()
    }


_ONE_ROW = "roots as (select * replace (y is null and pending as pending) from valued)"


def _roots(fold: Fold, benchmark: str) -> str:
    return f"""folded as ({folded(fold, quoted(benchmark))}),
             roots as (
                 select model_key, conditions, scorer, slice, sample,
                        any_value(stratum) as stratum, any_value("group") as "group",
                        avg(y) as y, bool_or(y is null and pending) as pending
                 from folded group by model_key, conditions, scorer, slice, sample)"""  # noqa: S608 - made of parts of our own


MOMENT_COLUMNS = """stratum, "group",
               count(*) filter (y is not null or not pending) as sampled,
               count(y) as kept, avg(y) as mean, var_pop(y) * count(y) as squares,
               min(y) as least, max(y) as most, coalesce(bool_and(y = round(y)), true) as whole"""
"""The columns that ``from_columns`` reads, over rows of one ``y`` per sample."""


def read_counts(
    connection: Any, benchmark: str, card: Card, *, where: str = "", tag: str = ""
) -> dict[tuple[Key, str], Counts]:
    """Return how many rows came to what in every cell of ``benchmark``, by (cell, tag's value)."""
    query = f"""
        select model_key, conditions, scorer, slice, outcome, count(*),
               count(*) filter (pending), count(*) filter (boundary_merged),
               count(extractors_agree), count(*) filter (not extractors_agree)
        from ({valued(card, benchmark, where, tag)})
        group by model_key, conditions, scorer, slice, outcome order by all"""  # noqa: S608 - made of the parts above
    found: dict[tuple[Key, str], list[tuple[Any, ...]]] = {}
    for row in connection.execute(query).fetchall():
        found.setdefault(((row[0], row[1], row[2]), row[3]), []).append(row[4:])
    return {
        key: Counts(
            outcomes={outcome: count for outcome, count, *_ in rows},
            pending=sum(row[2] for row in rows),
            merged=sum(row[3] for row in rows),
            compared=sum(row[4] for row in rows),
            disagreed=sum(row[5] for row in rows),
        )
        for key, rows in found.items()
    }


def quoted(text: str) -> str:
    """Return ``text`` as an SQL literal."""
    return "'" + text.replace("'", "''") + "'"


def _tag(name: str) -> str:
    return f"coalesce(tags[{quoted(name)}], '')" if name else "''"


def temporary() -> str:
    """Return SQL for a failure that may pass; a judge's may stand in an ``unjudged`` row."""
    permanent = ", ".join(quoted(kind) for kind in sorted(PERMANENT))
    return (
        f"(outcome <> 'scored' and (failure <> '' or outcome = 'failed') "
        f"and failure not in ({permanent}))"
    )


def _named(metric: Metric, worth: str) -> str:
    names = [
        quoted(outcome.value)
        for outcome in Outcome
        if outcome is not Outcome.SCORED and metric.worth(outcome) == worth
    ]
    return f"outcome in ({', '.join(names)})" if names else "false"
