"""Folds: how the values of a sample's variants become one, computed on reading, never stored."""

from __future__ import annotations

from typing import Literal, get_args

from benchwright.core.errors import UnknownName

Fold = Literal["", "plain", "all", "mean", "min", "gap", "vote"]
"""``""`` averages whatever rows there are; ``plain`` takes the samples as they are. The others are
folds over complete groups of variants (one group per sample and repeat):

- ``all``: 1 if every member scores, else 0 (circular evaluation);
- ``mean`` and ``min`` of the members;
- ``gap``: the sample as it is minus the mean of its variants;
- ``vote``: 1 if more than half of the members score.
"""

FOLDS: tuple[Fold, ...] = ("all", "mean", "min", "gap", "vote")
"""The folds over groups."""

# With every member there, its value. Without, only what a member already decides.
_VALUES: dict[str, str] = {
    "all": "case when bool_or(y < 1) then 0.0 when {complete} then 1.0 end",
    "mean": "case when {complete} then avg(y) end",
    "min": "case when min(y) <= 0 or {complete} then min(y) end",
    "gap": (
        "case when {complete} and count(y) filter (variant = '') = 1 "
        "then max(y) filter (variant = '') - avg(y) filter (variant <> '') end"
    ),
    "vote": (
        "case when 2 * count(*) filter (y >= 1) > {members} then 1.0 "
        "when 2 * count(*) filter (y < 1) >= {members} then 0.0 end"
    ),
}


def checked(fold: str) -> Fold:
    """Return ``fold`` as a fold.

    Raises:
        UnknownName: it is none.
    """
    known: tuple[Fold, ...] = get_args(Fold)
    for name in known:
        if name == fold:
            return name
    raise UnknownName("fold", fold, [name for name in known if name])


def folded(fold: Fold, benchmark: str) -> str:
    """Return SQL that folds the rows of ``valued``: columns of the group, ``y`` and ``pending``.

    ``benchmark`` is an SQL literal.

    How many members a group has is what the pool knows: the most variants of that sample that any
    cell of the same benchmark and conditions holds. A group that lacks some is ``pending`` (and its
    ``y`` null) unless a member already decides it: one wrong member decides ``all``, a 0 decides
    ``min``, a majority decides ``vote``.
    """
    if not fold:
        return "select * from valued"
    if fold == "plain":
        return "select * from valued where variant = ''"
    members = "max(members)"
    value = _VALUES[fold].format(complete=f"count(y) = {members}", members=members)
    return f"""
        select model_key, conditions, scorer, slice, sample, repeat,
               any_value(stratum) as stratum, any_value("group") as "group",
               {value} as y, true as pending
        from valued join (
            select conditions, sample, count(distinct variant) as members
            from measurements where benchmark = {benchmark} group by conditions, sample
        ) using (conditions, sample)
        group by model_key, conditions, scorer, slice, sample, repeat"""  # noqa: S608 - parts of our own


def label(fold: Fold, perturbation: str, scorer: str) -> str:
    """Return the fold's name for tables: ``all(rotate; choice@1)``."""
    if fold in ("", "plain"):
        return fold
    return f"{fold}({perturbation.partition('@')[0] or 'variants'}; {scorer})"
