"""How sure the scores of all models are, jointly: their covariance, clustered by source.

An item's influence on every score is one row; rows of one source are summed, centred within the
source's stratum and multiplied: the sandwich estimator of linearised survey estimates (Särndal,
Swensson and Wretman, *Model Assisted Survey Sampling*, 1992, chapter 5; Liang and Zeger,
*Biometrika* 73, 1986). docs/ranking.md gives the formulas.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Literal

import numpy as np
import numpy.typing as npt
from msgspec import Struct

from benchwright.analysis.estimators.fitted import Fitted
from benchwright.analysis.estimators.weights import spans
from benchwright.analysis.ranking.sources import Array, Sources, effective, sources_of
from benchwright.analysis.responses.table import Floats, Responses, Scale

Population = Literal["questions", "benchmark", "items"]
"""What intervals are about: questions like these, the full benchmarks of which a part is in the
table, or the items of the table themselves."""

ROWS = 1024
"""Rows that are multiplied at once at least."""
EXACT = 256
"""Models up to which rows are multiplied in double precision."""


class Spread(Struct, frozen=True, eq=False, kw_only=True):
    """The covariance of M scores, and what it rests on."""

    covariance: Array
    """Covariance of the scores, corrected for few sources; shape [M, M]."""
    size: Array
    """Effective number of sources behind each score (Kish); infinite where nothing is open."""
    freedom: Array
    """Degrees of freedom of each variance; shape [M]."""
    pseudo: Array
    """Variance that stands in for pairs of answers not seen yet (right-or-wrong scores only)."""
    known: npt.NDArray[np.bool_]
    """Whether a model's variance can be told at all: two sources at least; shape [M]."""
    plain: npt.NDArray[np.bool_]
    """Whether a score is a plain share of right answers to all items, each its own source."""

    def ordered(self, order: npt.NDArray[np.intp]) -> Spread:
        """Return the same of the models ``order``, in that order."""
        return Spread(
            covariance=self.covariance[np.ix_(order, order)],
            size=self.size[order],
            freedom=self.freedom[order],
            pseudo=self.pseudo[order],
            known=self.known[order],
            plain=self.plain[order],
        )


def spread_of(table: Responses, fitted: Fitted, population: Population = "questions") -> Spread:
    """Return the covariance of ``fitted.scores`` for ``population``.

    With f the share of a stratum's full benchmark that is in the table (0 for ``questions``, 1 for
    ``items``) and an item's influence split into choice + missing, the error is
    Σ ((1 - f) choice + missing) of the items at hand, the choice of the f/(1 - f) times as many
    that are not, and f times what the unanswered cells hold: for full answers (1 - f) s²/n.
    """
    sources = sources_of(table)
    weight = np.zeros(len(sources.counts))
    np.add.at(weight, sources.of_item, fitted.weights)
    there = effective(table, sources)
    finite = _finite(table, sources, population)
    scale = _scale(there, sources.counts, finite)
    covariance = _covariance(table, fitted, sources, finite, scale)
    open_share = _open(table, fitted, sources, finite)
    covariance[np.diag_indices_from(covariance)] += np.nan_to_num(
        fitted.unseen * (finite * weight).sum()
    )
    if fitted.guessed is not None:
        covariance += fitted.guessed
    size, freedom = _freedom(there, weight / sources.counts)
    size = np.where(open_share > 1e-9, size / np.maximum(open_share, 1e-9), np.inf)
    whole = fitted.unit == "score" and all(g.scale is Scale.BINARY for g in table.groups)
    pseudo = np.where(np.isfinite(size), 0.5 / (size * (size + 2)), 0.0)
    full = table.counts().sum(axis=1) == len(table.group)
    simple = whole and not sources.clustered and len(sources.counts) == 1
    return Spread(
        covariance=covariance,
        size=size,
        freedom=freedom,
        pseudo=pseudo if whole else np.zeros_like(pseudo),
        known=(there.sum(axis=1) > 1) | np.isinf(size),
        plain=full & np.isfinite(size) & simple & (population == "questions"),
    )


def _finite(table: Responses, sources: Sources, population: Population) -> Array:
    """Return the share of every stratum's full benchmark that its items are; shape [strata]."""
    if population != "benchmark":
        return np.full(len(sources.counts), float(population == "items"))
    size = np.array([group.size for group in table.groups], dtype=np.float64)
    here = np.bincount(table.group, minlength=len(size)).astype(np.float64)
    home = np.zeros(len(size), dtype=np.intp)
    home[table.group] = sources.of_item
    full = np.bincount(home, np.where(size > 0, np.maximum(size, here), np.inf) * (here > 0))
    return np.bincount(home, here) / np.maximum(full, 1)


def _scale(there: Array, counts: npt.NDArray[np.int64], finite: Array) -> Floats:
    """Return what rows are multiplied by, so that few sources do not look surer than many.

    √(n/(n - 1)) for the sources of the stratum (unless all of it is here) or those that the model
    answered, whichever are fewer; strata of one source share the correction of all of them; shape
    [strata, M].
    """
    lonely = counts == 1
    crowd = float(lonely.sum()) if lonely.sum() > 1 else float(counts.sum())
    n = np.where(finite == 1, np.inf, np.where(lonely, crowd, counts))
    few = np.minimum(n[:, None], np.maximum(there.sum(axis=1), 1.0)[None, :])
    found: Floats = np.sqrt(few / np.maximum(few - 1, 1e-3 * few)).astype(np.float32)
    return found


def _covariance(
    table: Responses, fitted: Fitted, sources: Sources, finite: Array, scale: Floats
) -> Array:
    models = len(table.models)
    kind = np.float64 if models <= EXACT else np.float32
    square = np.zeros((models, models))
    sums = np.zeros((len(sources.counts), models))
    extra = np.zeros_like(sums)
    held: list[npt.NDArray[np.floating]] = []
    waiting = 0

    def multiply() -> None:
        nonlocal waiting
        if held:
            rows = np.concatenate(held)
            square[...] += rows.T @ rows
            held.clear()
            waiting = 0

    for stratum, rows, total in _by_source(_parts(table, fitted, sources, finite), sources):
        # A source's second part (items that the table lacks) has sums of its own.
        scaled = rows.astype(kind) * scale[stratum]
        (sums if total == 0 else extra)[stratum] += scaled.sum(axis=0, dtype=np.float64)
        held.append(scaled)
        waiting += len(scaled)
        if waiting >= ROWS:
            multiply()
    multiply()
    # Items that were not drawn, being all there are, vary about no mean of their stratum.
    drawn = (sources.counts > 1) & (finite < 1)
    share = np.where(drawn, 1 / np.sqrt(sources.counts), 0.0)[:, None]
    for part in (sums, extra):
        middle = part * share
        square -= middle.T @ middle
    return square


_Part = tuple[slice, Floats, int]


def _parts(table: Responses, fitted: Fitted, sources: Sources, finite: Array) -> Iterator[_Part]:
    """Yield (items, rows, which part) whose outer products sum to the covariance."""
    for items in spans(table):
        f = np.float32(finite[sources.of_item[items.start]])
        if f < 1:
            rows = np.nan_to_num(fitted.influence(items))
            if f == 0:
                yield items, rows, 0
                continue
            gone = np.nan_to_num(fitted.missing(items))
            yield items, (1 - f) * rows + f * gone, 0
            yield items, np.sqrt(f * (1 - f)) * (rows - gone), 1
        else:
            yield items, np.nan_to_num(fitted.missing(items)), 0


def _by_source(parts: Iterator[_Part], sources: Sources) -> Iterator[tuple[int, Floats, int]]:
    """Yield (stratum, rows summed by source, which part), whatever slices a source spans."""
    waiting: dict[tuple[int, int], tuple[int, Floats]] = {}
    for items, rows, part in parts:
        stratum = int(sources.of_item[items.start])
        if not sources.clustered:
            yield stratum, rows, part
            continue
        codes = sources.code[items]
        order = np.argsort(codes, kind="stable")
        code, first, count = np.unique(codes[order], return_index=True, return_counts=True)
        summed = np.add.reduceat(rows[order], first, axis=0)
        whole = count == sources.size[code]
        if whole.any():
            yield stratum, summed[whole], part
        for place in np.flatnonzero(~whole):
            key = (int(code[place]), part)
            items_before, before = waiting.pop(key, (0, np.zeros(1, np.float32)))
            items_now, now = items_before + int(count[place]), before + summed[place]
            if items_now == sources.size[code[place]]:
                yield stratum, now[None], part
            else:
                waiting[key] = items_now, now


def _open(table: Responses, fitted: Fitted, sources: Sources, finite: Array) -> Array:
    """Return the share of each score that is not settled by answers; shape [M]."""
    if not finite.any():
        return np.ones(len(table.models))
    stratum = np.zeros(len(table.groups), dtype=np.intp)
    stratum[table.group] = sources.of_item
    mass = np.bincount(table.group, fitted.weights, len(table.groups))
    here = np.maximum(np.bincount(table.group, minlength=len(table.groups)), 1)
    settled = table.counts() / here * (mass * finite[stratum])
    found: Array = np.maximum(1 - settled.sum(axis=1), 0.0)
    return found


def _freedom(there: Array, weight: Array) -> tuple[Array, Array]:
    """Return Kish's size and Satterthwaite's degrees of freedom of every score.

    From the weights of the answers that there are, for strata whose values vary alike, as in
    ``analysis/interval.py``: estimated variances of right and wrong would say 0 by chance.
    """
    evenly = weight**2 * there
    total = evenly.sum(axis=1)
    many = there >= 2
    alone = (there > 0) & ~many
    crowd = np.where(many, evenly**2 / np.maximum(there - 1, 1), 0.0).sum(axis=1)
    crowd += np.where(alone, evenly, 0.0).sum(axis=1) ** 2 / np.maximum(alone.sum(axis=1) - 1, 1)
    size = (weight * there).sum(axis=1) ** 2 / np.maximum(total, 1e-300)
    freedom = np.maximum(total**2 / np.maximum(crowd, 1e-300), 1.0)
    return np.where(total > 0, size, 0.0), np.where(total > 0, freedom, 1.0)
