"""From a pool to columns: the benchmark's items, one model's scores, the calibration models."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

import numpy as np

from benchwright.analysis.adaptive.chooser import Chooser
from benchwright.analysis.adaptive.estimate import Estimate
from benchwright.analysis.adaptive.goal import Rival
from benchwright.analysis.adaptive.planning import Calibration
from benchwright.analysis.adaptive.population import Population, population
from benchwright.analysis.adaptive.record import FORM, Asked, Record
from benchwright.analysis.cells import Measured, quoted, valued
from benchwright.core.average import read_average
from benchwright.core.errors import DataError

COMPLETE = 0.95
"""Share of the items from which a model counts as having answered the benchmark."""


def read_population(pool: Measured, benchmark: str) -> Population:
    """Return the items of ``benchmark`` (``name@version``) in order of their ids.

    Raises:
        DataError: the pool holds no samples of it.
    """
    card, _ = pool.card(benchmark)
    average = read_average(card.metric.average)
    with pool.connect() as connection:
        rows = connection.execute(
            "select id, tags from samples where benchmark = ? and variant = '' order by id",
            [benchmark],
        ).fetchall()
    if not rows:
        raise DataError(f"the pool holds no samples of {benchmark}: it was not run there.")
    tags = [dict(tags or {}) for _, tags in rows]
    return population(
        [name for name, _ in rows],
        strata=[one.get(card.stratum, "") if card.stratum else average.group(one) for one in tags],
        groups=[average.group(one) for one in tags] if average.tags else None,
        average=average.kind,
    )


def read_scores(pool: Measured, asked: Asked) -> dict[str, float]:
    """Return item → score of everything that was answered, by the benchmark's policy.

    Repeats of an item are averaged. Left out: items of which a row failed for a reason that may
    pass, and those that the policy leaves out.
    """
    where = (
        f"model_key = {quoted(asked.model_key)} and conditions = {quoted(asked.conditions)}"
        f" and scorer = {quoted(asked.scorer)} and variant = ''"
    )
    with pool.connect() as connection:
        rows = connection.execute(_scored(pool, asked.benchmark, where)).fetchall()
    return {sample: score for _, sample, score in rows}


def read_calibration(pool: Measured, whole: Population, asked: Asked) -> Calibration:
    """Return the other models that answered ``whole`` (nearly) completely, in the same way.

    What little they lack is filled with the item's mean, moved by how much better or worse the
    model is than the mean.
    """
    where = (
        f"model_key <> {quoted(asked.model_key)} and conditions = {quoted(asked.conditions)}"
        f" and scorer = {quoted(asked.scorer)} and variant = ''"
    )
    with pool.connect() as connection:
        columns = connection.execute(_scored(pool, asked.benchmark, where)).fetchnumpy()
    return _complete(whole, columns)


def _scored(pool: Measured, benchmark: str, where: str) -> str:
    card, _ = pool.card(benchmark)
    return f"""
        select model_key, sample, avg(y) as score from ({valued(card, benchmark, where)})
        group by model_key, sample having not bool_or(pending) and count(y) > 0
        order by model_key, sample"""  # noqa: S608 - made of quoted parts


def _complete(whole: Population, columns: dict[str, Any]) -> Calibration:
    keys, model = np.unique(np.asarray(columns["model_key"], dtype=str), return_inverse=True)
    place = {name: number for number, name in enumerate(whole.items)}
    item = np.array([place.get(name, -1) for name in columns["sample"]], dtype=np.intp)
    table = np.full((len(keys), len(whole)), np.nan)
    here = item >= 0
    table[model[here], item[here]] = np.asarray(columns["score"], dtype=np.float64)[here]
    enough = (~np.isnan(table)).mean(axis=1) >= COMPLETE if len(keys) else np.zeros(0, dtype=bool)
    return Calibration(models=tuple(keys[enough].tolist()), scores=filled(table[enough]))


def filled(table: np.ndarray) -> np.ndarray:
    """Return ``table`` [J, N] with its NaN filled by item mean and model effect."""
    unknown = np.isnan(table)
    if not unknown.any():
        return table
    known = ~unknown
    item = np.where(unknown, 0.0, table).sum(axis=0) / np.maximum(known.sum(axis=0), 1)
    away = np.where(unknown, 0.0, table - item).sum(axis=1) / np.maximum(known.sum(axis=1), 1)
    guess = np.clip(item + away[:, None], np.nanmin(table), np.nanmax(table))
    return np.where(unknown, guess, table)


def rivals_of(
    whole: Population, calibration: Calibration, others: Iterable[Record], names: dict[str, str]
) -> list[Rival]:
    """Return the models to be placed among: complete ones, and those with choices of their own."""
    found = {
        key: Rival(name=names.get(key, key[:12]), value=float(score))
        for key, score in zip(calibration.models, calibration.scores @ whole.weight, strict=True)
    }
    for record in others:
        key, estimate = record.asked.model_key, record.estimate
        if key not in found and estimate is not None and estimate.how == "design":
            found[key] = Rival(name=record.model, value=estimate.value, error=estimate.error)
    return [found[key] for key in sorted(found)]


def recompute(pool: Measured, record: Record) -> Estimate:
    """Compute the estimate of ``record`` again from the choices in it and the rows of ``pool``.

    Raises:
        DataError: samples, or models that choices were learnt from, are not in the pool any more;
            or the record was made by rules that this version does not know.
    """
    if record.form != FORM:
        raise DataError(
            f"The choices of {record.model} on {record.asked.benchmark} were made by rules of form "
            f"{record.form}, which this version (form {FORM}) does not know: run again to choose "
            "anew; what was answered is not asked again."
        )
    whole = read_population(pool, record.asked.benchmark)
    return restored(pool, whole, record).estimate()


def restored(
    pool: Measured, whole: Population, record: Record, calibration: Calibration | None = None
) -> Chooser:
    """Return who made the choices of ``record``, told what the pool holds."""
    if calibration is None:
        calibration = read_calibration(pool, whole, record.asked)
    chooser = Chooser(
        whole, record.plan, calibration, seed=record.seed, benchmark=record.asked.benchmark,
        chosen=record.chosen, fallback=record.fallback,
    )  # fmt: skip
    chooser.tell(read_scores(pool, record.asked))
    return chooser


def names_in(pool: Measured, keys: Sequence[str]) -> dict[str, str]:
    """Return model key → display name."""
    with pool.connect() as connection:
        rows = connection.execute(
            "select model_key, max(model) from measurements where model_key in"
            " (select unnest(?)) group by model_key",
            [list(keys)],
        ).fetchall()
    return dict(rows)
