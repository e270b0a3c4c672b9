"""Clusters of items: k-means, and k-medoids of unit vectors without a matrix of distances."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from benchwright.analysis.selecting.arrays import Numbers, Places

STARTS = 2
"""Random starts, of which the best is kept."""
ROUNDS = 30
"""Most alternations of a start."""

Rows = npt.NDArray[np.float32] | Numbers


def k_means(points: Numbers, weight: Numbers, k: int, generator: np.random.Generator) -> Places:
    """Return k distinct items, each the nearest to one centre of weighted k-means, ascending."""
    if k >= len(points):
        return np.arange(len(points))
    best, found = np.inf, np.arange(k)
    for _ in range(STARTS):
        centres = points[_spread(points, weight, k, generator)]
        before = np.inf
        for _ in range(ROUNDS):
            squares = _squares(points, centres)
            nearest = squares.argmin(axis=1)
            loss = float(weight @ squares[np.arange(len(points)), nearest])
            mass = np.bincount(nearest, weight, minlength=k)
            moved = np.stack(
                [np.bincount(nearest, weight * axis, minlength=k) for axis in points.T], axis=1
            )
            full = mass > 0
            centres[full] = moved[full] / mass[full, None]
            if loss > before * (1 - 1e-4):
                break
            before = loss
        if loss < best:
            best, found = loss, _distinct(_squares(points, centres))
    return np.sort(found)


def k_medoids(unit: Rows, weight: Numbers, k: int, generator: np.random.Generator) -> Places:
    """Return k items that minimise the weighted sum of 1 − correlation with the nearest of them.

    Alternating k-medoids, best of several starts. For unit vectors the medoid of a cluster is the
    item that correlates best with the cluster's sum, so each round is linear in the items.
    """
    if k >= len(unit):
        return np.arange(len(unit))
    best, found = np.inf, np.arange(k)
    heavy = unit * weight[:, None].astype(unit.dtype)
    for _ in range(STARTS):
        medoids = _spread(unit, weight, k, generator)
        for _ in range(ROUNDS):
            alike = unit @ unit[medoids].T
            alike[medoids, np.arange(k)] = 1
            nearest = alike.argmax(axis=1)
            nearest[medoids] = np.arange(k)
            moved = medoids.copy()
            order = np.argsort(nearest, kind="stable")  # no cluster is empty: its medoid is in it
            begins = np.searchsorted(nearest[order], np.arange(k))
            sums = np.add.reduceat(heavy[order], begins, axis=0)
            closeness = np.einsum("ij,ij->i", unit, sums[nearest])
            for cluster in range(k):
                inside = np.flatnonzero(nearest == cluster)
                at = inside[int(np.argmax(closeness[inside]))]
                if closeness[at] > closeness[medoids[cluster]] + 1e-9:
                    moved[cluster] = at
            if (moved == medoids).all():
                break
            medoids = moved
        loss = float(weight @ (1 - alike.max(axis=1)))
        if loss < best:
            best, found = loss, medoids
    return np.sort(found)


def _spread(points: Rows, weight: Numbers, k: int, generator: np.random.Generator) -> Places:
    """Return k distinct items drawn far from one another (k-means++)."""
    chosen = [int(generator.choice(len(points), p=weight / weight.sum()))]
    length = (points**2).sum(axis=1)
    distance = length + length[chosen[0]] - 2 * (points @ points[chosen[0]])
    while len(chosen) < k:
        odds = weight * np.maximum(distance, 0)
        odds[chosen] = 0
        if odds.sum() <= 1e-12:  # the rest are copies of what was drawn
            odds = weight.copy()
            odds[chosen] = 0
        rising = np.cumsum(odds)
        drawn = generator.random() * rising[-1]
        chosen.append(int(np.searchsorted(rising, drawn, side="right").clip(0, len(odds) - 1)))
        last = chosen[-1]
        distance = np.minimum(distance, length + length[last] - 2 * (points @ points[last]))
    return np.array(chosen, dtype=np.int64)


def _squares(points: Rows, centres: Rows) -> Numbers:
    inner = points @ centres.T
    found: Numbers = (
        (points**2).sum(axis=1)[:, None] - 2 * inner + (centres**2).sum(axis=1)[None, :]
    ).astype(np.float64)
    return np.maximum(found, 0)


def _distinct(squares: Numbers) -> Places:
    """Return for every centre the nearest item that no other centre took, closest pairs first."""
    left = squares.copy()
    found = np.empty(squares.shape[1], dtype=np.int64)
    nearest = left.min(axis=0)
    for centre in np.argsort(nearest, kind="stable"):
        item = int(left[:, centre].argmin())
        found[centre] = item
        left[item] = np.inf
    return found
