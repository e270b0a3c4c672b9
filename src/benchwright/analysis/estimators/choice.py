"""Which estimator a table is given to, and why."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from types import MappingProxyType
from typing import Protocol

import numpy as np
import numpy.typing as npt
from msgspec import Struct

from benchwright.analysis.estimators.additive import deviations, fit_additive
from benchwright.analysis.estimators.fitted import Fitted, Scores
from benchwright.analysis.estimators.holding import (
    Gaps,
    Held,
    gaps,
    hold_blocks,
    hold_cells,
    thinned,
)
from benchwright.analysis.estimators.mean import fit_mean
from benchwright.analysis.estimators.pairs import fit_pairs
from benchwright.analysis.estimators.rasch import fit_rasch
from benchwright.analysis.estimators.rasch2 import fit_rasch2
from benchwright.analysis.estimators.sweep import Doubles
from benchwright.analysis.estimators.weights import Alike, item_weights, spans
from benchwright.analysis.moments import summed
from benchwright.analysis.responses.linkage import linkage
from benchwright.analysis.responses.table import Responses, Scale
from benchwright.core.errors import UnknownName

SPLITS = 4
"""Times that observations are held out, unless one time holds enough of them."""
ENOUGH = 30_000
"""Held-out observations that are enough."""


FEWEST = 10
"""Observations below which none can be held out."""
RARE = 0.05
"""Share of the missing cells, in blocks or not, below which that kind is not held out."""


class Fitting(Protocol):
    """A function that fits an estimator."""

    def __call__(self, responses: Responses, *, weights: Scores | None = None) -> Fitted:
        """Fit it to a table."""
        ...


ESTIMATORS: Mapping[str, Fitting] = MappingProxyType(
    {
        "mean": fit_mean,
        "additive": fit_additive,
        "rasch": fit_rasch,
        "rasch2": fit_rasch2,
        "pairs": fit_pairs,
    }
)
"""Every estimator by its name, the simpler first."""


class Choice(Struct, frozen=True, kw_only=True):
    """The estimator that was taken, and what spoke for it."""

    name: str
    """Its name."""
    losses: tuple[tuple[str, float], ...] = ()
    """Held-out loss of every estimator that was tried, the best first; empty where none was.

    Mean squared error: of scores where all are between 0 and 1 (Brier's score where they are
    right or wrong), else of scores in standard deviations of their items.
    """
    held: str = ""
    """What was held out to learn them: ``cells``, ``blocks``, ``blocks and cells`` or nothing."""
    why: str
    """One sentence for a reader."""


def fit(
    responses: Responses,
    estimator: str = "auto",
    *,
    weights: Alike | Scores = "items",
    cells: int = 10**6,
    seed: int = 0,
) -> tuple[Fitted, Choice]:
    """Fit ``estimator`` to a table, or with ``auto`` the one that cross-validation chooses.

    Args:
        responses: the table.
        estimator: ``auto``, ``mean``, ``additive``, ``rasch``, ``rasch2`` or ``pairs``.
        weights: what counts alike in the pool's mean, or each item's weight.
        cells: observations that are held out at most.
        seed: of what is held out.

    Raises:
        UnknownName: there is no such estimator.
        DescriptionError: the estimator does not suit the table's scales, or weights do not fit.
    """
    weight = item_weights(responses, weights) if isinstance(weights, str) else weights
    if estimator == "auto":
        choice = choose(responses, suitable(responses), cells=cells, seed=seed)
    elif estimator in ESTIMATORS:
        choice = Choice(name=estimator, why=f"{estimator} was asked for.")
    else:
        raise UnknownName("estimator", estimator, ["auto", *ESTIMATORS])
    return ESTIMATORS[choice.name](responses, weights=weight), choice


def suitable(responses: Responses) -> tuple[str, ...]:
    """Return the names of the estimators that suit a table's scales, the simpler first."""
    scales = {group.scale for group in responses.groups}
    if Scale.ORDINAL in scales:
        return ("pairs",)
    if Scale.UNBOUNDED in scales:
        return ("additive",)
    if len(np.unique(responses.group)) < 2:
        return ("mean", "additive", "rasch")
    return ("mean", "additive", "rasch", "rasch2")


def choose(
    responses: Responses, candidates: Sequence[str], *, cells: int = 10**6, seed: int = 0
) -> Choice:
    """Return the candidate that predicts held-out observations best, or the one to be expected.

    What is held out resembles what is missing: cells at random, whole (model, group) blocks where
    blocks are missing, or both in the proportion in which they are; each cell counts for the
    missing ones that it stands for. In a table that holds together ``rasch2`` is to be expected,
    and is taken unless the best one's loss is smaller by more than a standard error; where groups
    are tied weakly the best is taken. Where models fall apart into components ``rasch`` is taken:
    nothing that is held out can speak of levels of items that are never answered together.

    Raises:
        UnknownName: a candidate is no estimator.
    """
    for name in candidates:
        if name not in ESTIMATORS:
            raise UnknownName("estimator", name, ESTIMATORS)
    if len(candidates) == 1:
        only = candidates[0]
        return Choice(name=only, why=f"{only} is the estimator for scores on these scales.")
    of = gaps(responses)
    if of.missing == 0 and "mean" in candidates:
        return Choice(
            name="mean", why="mean: every model answered every item, so nothing is predicted."
        )
    if len(responses) < FEWEST or len(responses.models) < 2:
        return Choice(
            name=candidates[0],
            why=f"{candidates[0]}: {len(responses)} observations of {len(responses.models)} "
            "models are too few to hold any out.",
        )
    errors = _held_errors(responses, of, tuple(candidates), cells, np.random.default_rng(seed))
    return _judged(tuple(candidates), errors, _expected(responses, candidates))


class _Expected(Struct, frozen=True):
    """What a table's linkage speaks for."""

    name: str = ""
    """A candidate; empty where it speaks for none."""
    why: str = ""
    firm: bool = False
    """Whether it is taken whatever the losses."""


def _expected(responses: Responses, candidates: Sequence[str]) -> _Expected:
    links = linkage(responses)
    if len(links.components) > 1 and "rasch" in candidates:
        why = f"the models fall into {len(links.components)} components"
        return _Expected("rasch", why, firm=True)
    if len(links.components) > 1 or links.weak:
        return _Expected()
    if "rasch2" in candidates:
        return _Expected("rasch2", "the table holds together")
    return (
        _Expected("rasch", "the items are of one group") if "rasch" in candidates else _Expected()
    )


class _Errors(Struct, frozen=True, eq=False):
    """Squared errors of one split, summed over what is independent: items, or blocks."""

    kind: str
    """What was held out: ``cells`` or ``blocks``."""
    share: float
    """What splits of this kind count."""
    sums: Doubles
    """Weighted squared errors of every candidate in every cluster; shape [candidates, K]."""
    mass: Doubles
    """Weights in every cluster; shape [K]."""


def _held_errors(
    responses: Responses,
    of: Gaps,
    candidates: tuple[str, ...],
    cells: int,
    rng: np.random.Generator,
) -> list[_Errors]:
    table = thinned(responses, rng)
    now = gaps(table)
    found: list[_Errors] = []
    held_out = 0
    for _ in range(SPLITS):
        blocks = hold_blocks(table, now, cells, rng) if of.blocks >= RARE else None
        share = of.blocks if blocks is not None else 0.0
        if blocks is not None:
            cluster = blocks.model * len(table.groups) + table.group[blocks.item]
            found.append(_errors("blocks", share, blocks, candidates, cluster))
            held_out += len(blocks.score)
        if share <= 1 - RARE:
            single = hold_cells(table, now, cells, rng)
            found.append(_errors("cells", 1 - share, single, candidates, single.item))
            held_out += len(single.score)
        if held_out >= min(ENOUGH, cells):
            break
    return found


def _errors(
    kind: str,
    share: float,
    held: Held,
    candidates: tuple[str, ...],
    cluster: npt.NDArray[np.int64],
) -> _Errors:
    table = held.train
    number, place = np.unique(cluster, return_inverse=True)
    sums = np.zeros((len(candidates), len(number)))
    unit = np.ones(len(table.group))
    if any(group.scale == Scale.UNBOUNDED for group in table.groups):
        unit = 1 / deviations(table)
    for row, name in enumerate(candidates):
        fitted = ESTIMATORS[name](table)
        rest = np.empty(len(held.score))
        for items in spans(table):
            first, last = np.searchsorted(held.item, [items.start, items.stop])
            if first < last:
                at = fitted.expected(items)
                own = at[held.item[first:last] - items.start, held.model[first:last]]
                rest[first:last] = held.score[first:last] - own
        rest *= unit[held.item]
        sums[row] = np.bincount(place, held.weight * rest**2, len(number))
    mass: Doubles = summed(place, held.weight, len(number))
    return _Errors(kind, share, sums, mass)


def _judged(candidates: tuple[str, ...], errors: list[_Errors], expected: _Expected) -> Choice:
    """Return the best candidate, or the expected one within a standard error of it."""
    total = sum(one.share for one in errors)
    mass = [float(one.mass.sum()) for one in errors]
    losses = np.zeros(len(candidates))
    for one, every in zip(errors, mass, strict=True):
        losses += one.share / total * one.sums.sum(axis=1) / every
    order = np.argsort(losses, kind="stable")
    best = taken = int(order[0])
    if expected.name:
        other = candidates.index(expected.name)
        variance = 0.0
        for one, every in zip(errors, mass, strict=True):
            apart = one.sums[other] - one.sums[best]
            apart = apart - apart.sum() / every * one.mass
            variance += (one.share / total / every) ** 2 * float((apart**2).sum())
        if expected.firm or losses[other] - losses[best] <= np.sqrt(variance):
            taken = other
    held = " and ".join(sorted({one.kind for one in errors}))
    ranked = tuple((candidates[place], float(losses[place])) for place in order)
    told = ", ".join(f"{name} {loss:.4g}" for name, loss in ranked)
    reason = f"it predicts held-out {held} best"
    if expected.firm:
        reason = f"{expected.why}, and held-out {held} cannot speak of what would tie them"
    elif taken != best:
        near = f"it is within a standard error of {candidates[best]}"
        reason = f"{expected.why}, and on held-out {held} {near}"
    return Choice(
        name=candidates[taken],
        losses=ranked,
        held=held,
        why=f"{candidates[taken]}: {reason} (mean squared error: {told}).",
    )
