"""COD: clusters of items that grow easier alike, and a rising map from part to whole."""

from __future__ import annotations

import numpy as np

from benchwright.analysis.selecting.arrays import Numbers, Places
from benchwright.analysis.selecting.calibration import Calibration
from benchwright.analysis.selecting.monotone import fit_monotone
from benchwright.analysis.selecting.quotas import NONE, Quotas, checked, mended
from benchwright.analysis.selecting.stratified import drawn, proportional
from benchwright.analysis.selecting.subset import Subset, made

RUNGS = 8
"""Most rungs of the ladder; models of alike strength share one."""
FEWEST = 10
"""Fewest items of a cluster; those of smaller ones are outliers."""
OUTLIER = -1
"""The cluster of items that belong to none."""


def select_cod(calibration: Calibration, k: int, *, seed: int = 0, quotas: Quotas = NONE) -> Subset:
    """Draw k items, from every difficulty cluster its share; map part to whole by a rising curve.

    Clustering-On-Difficulty (COD, ICLR 2026), without its scaling law, which needs a ladder of
    models trained with growing compute: here the models' own means are the ladder. Clusters whose
    pass rate does not grow along it, and outliers, are drawn from last.

    Raises:
        DescriptionError: ``k`` or ``quotas`` cannot be met, or scores are not within [0, 1].
    """
    least = checked(calibration, k, quotas)
    rates = pass_rates(calibration)
    clusters = difficulty_clusters(rates)
    useful = np.isin(clusters, growing(rates, clusters))
    counts, numbered = _shares(calibration, clusters, useful, k)
    chosen = drawn(numbered, counts, np.random.default_rng(seed))
    weights = np.full(k, 1 / k)
    chosen = np.sort(mended(calibration, chosen, weights, least))
    weights = _weights(calibration, numbered, chosen)
    predictor = fit_monotone(calibration, chosen, weights)
    return made(calibration, chosen, predictor, method="cod", seed=seed, weights=weights)


def pass_rates(calibration: Calibration) -> Numbers:
    """Return every item's mean score on every rung of the ladder, weakest first; [I, rungs]."""
    order = np.argsort(calibration.full, kind="stable")
    rungs = np.array_split(order, min(RUNGS, len(order)))
    found = [calibration.scores[rung].mean(axis=0, dtype=np.float64) for rung in rungs]
    return np.stack(found, axis=1)


def difficulty_clusters(rates: Numbers, *, diameter: float = 0.0) -> Places:
    """Return the number of every item's cluster, ``OUTLIER`` for those of none; shape [I].

    Mean shift with a flat kernel: a centre moves to the mean of the items within half the
    diameter until it rests; then its items leave and the next centre is sought where most are
    left. So no cluster is wider than ``diameter`` (by default half of the widest distance that
    the pass rates of two items can have per √rung, 0.5·√rungs).
    """
    radius = (diameter or 0.5 * np.sqrt(rates.shape[1])) / 2
    found = np.full(len(rates), OUTLIER, dtype=np.int64)
    left = np.arange(len(rates))
    number = 0
    while len(left) >= FEWEST:
        points = rates[left]
        centre = points[_densest(points, radius)]
        for _ in range(30):
            near = ((points - centre) ** 2).sum(axis=1) <= radius**2
            moved = points[near].mean(axis=0)
            if np.abs(moved - centre).max() < 1e-9:
                break
            centre = moved
        near = ((points - centre) ** 2).sum(axis=1) <= radius**2
        if near.sum() < FEWEST:
            break
        found[left[near]] = number
        number += 1
        left = left[~near]
    return found


def growing(rates: Numbers, clusters: Places) -> Places:
    """Return the clusters whose pass rate rises from the lower to the upper half of the ladder."""
    half = max(rates.shape[1] // 2, 1)
    rising = [
        number
        for number in np.unique(clusters)
        if number != OUTLIER
        and rates[clusters == number, half:].mean() > rates[clusters == number, :half].mean()
    ]
    return np.array(rising, dtype=np.int64)


def _densest(points: Numbers, radius: float) -> int:
    """Return the point with most others near it, of at most 256 spread evenly over them."""
    tried = np.unique(np.linspace(0, len(points) - 1, 256).astype(np.int64))
    squares = (
        (points**2).sum(axis=1)[None, :]
        - 2 * points[tried] @ points.T
        + (points[tried] ** 2).sum(axis=1)[:, None]
    )
    return int(tried[int(np.argmax((squares <= radius**2).sum(axis=1)))])


def _shares(
    calibration: Calibration, clusters: Places, useful: np.ndarray, k: int
) -> tuple[Places, Places]:
    """Return how many items each cluster gives, and the number of every item's cluster."""
    _, numbered = np.unique(clusters, return_inverse=True)
    size = np.bincount(numbered)
    mass = np.bincount(numbered, calibration.share * useful).astype(np.float64)
    none = np.zeros(len(size), np.int64)
    within = np.bincount(numbered, useful).astype(np.int64)
    first = proportional(min(k, int(within.sum())), np.maximum(mass, 1e-12), within, none)
    if first.sum() == k:
        return first, numbered
    others = size - first
    lacking = k - int(first.sum())
    return first + proportional(lacking, others.astype(np.float64), others, none), numbered


def _weights(calibration: Calibration, numbered: Places, chosen: Places) -> Numbers:
    """Return each chosen item's share: its cluster's, divided among those chosen of it."""
    mass = np.bincount(numbered, calibration.share)
    drawn_of = np.bincount(numbered[chosen], minlength=len(mass))
    found = (mass / np.maximum(drawn_of, 1))[numbered[chosen]]
    shares: Numbers = found / found.sum()
    return shares
