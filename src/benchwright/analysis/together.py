"""Many differences at once: how much wider each interval must be so that all of them hold."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import numpy.typing as npt
from msgspec import Struct

from benchwright.analysis.cells import Measured
from benchwright.analysis.comparable import Pairing
from benchwright.analysis.paired import by_sample
from benchwright.analysis.ranking.pairs import adjusted
from benchwright.analysis.student import normal_quantile, t_tail
from benchwright.core.seeds import derive

DRAWS = 4000
"""Draws of the largest difference."""
AT_ONCE = 500
"""Draws that are made at once."""

Floats = npt.NDArray[np.float32]


class Together(Struct, frozen=True, eq=False, kw_only=True):
    """What makes several intervals hold at once."""

    confidence: float
    """Coverage that each interval must have by itself."""
    largest: Floats
    """Largest studentised difference of every draw, rising."""
    lines: int
    """Number of differences."""

    def adjusted(self, p: float | None) -> float | None:
        """Return the p-value of one of the differences, adjusted for all."""
        return None if p is None else adjusted(p, self.largest, self.lines)


def together(
    connection: Any,
    pool: Measured,
    pairings: Sequence[Pairing],
    *,
    where: str = "",
    confidence: float = 0.95,
    seed: int = 0,
) -> Together:
    """Return what makes the intervals of ``pairings`` hold at once with ``confidence``.

    Differences over the same samples go together: every sample gets one normal multiplier per
    draw, whichever pairs it is in, and the quantile of the largest studentised sum is what each
    difference is measured by (max-t; Hothorn, Bretz and Westfall, *Biometrical Journal* 50, 2008).
    """
    largest = np.zeros(DRAWS, np.float32)
    for benchmark in dict.fromkeys(pair.a.cell.benchmark for pair in pairings):
        mine = [pair for pair in pairings if pair.a.cell.benchmark == benchmark]
        columns = [by_sample(connection, pool, pair, where) for pair in mine]
        random = np.random.default_rng(derive(seed, "compare", benchmark))
        np.maximum(largest, _largest(columns, random), out=largest)
    largest.sort()
    level = max(float(np.quantile(largest, confidence)), normal_quantile(confidence))
    if len(pairings) < 2:
        level = normal_quantile(confidence)
    return Together(confidence=1 - t_tail(level, np.inf), largest=largest, lines=len(pairings))


def _largest(columns: Sequence[dict[str, Any]], random: np.random.Generator) -> Floats:
    """Return each draw's largest |studentised difference| of the pairs of one benchmark."""
    every = np.unique(np.concatenate([column["sample"] for column in columns]))
    values = np.zeros((len(columns), len(every)), np.float32)
    for row, column in zip(values, columns, strict=True):
        row[np.searchsorted(every, column["sample"])] = _standardised(column)
    found = [
        np.abs(values @ random.standard_normal((len(every), AT_ONCE), dtype=np.float32)).max(axis=0)
        for _ in range(0, DRAWS, AT_ONCE)
    ]
    return np.concatenate(found)


def _standardised(column: dict[str, Any]) -> Floats:
    """Return every sample's part of the difference, centred in its stratum, squares summing to 1.

    Only what the pairs have in common matters here: each difference has its own standard error.
    """
    value = np.asarray(column["y"], dtype=np.float64)
    names = np.asarray(column["stratum"])
    _, stratum, count = np.unique(names, return_inverse=True, return_counts=True)
    middle = np.bincount(stratum, value) / count
    away = np.where(count[stratum] > 1, value - middle[stratum], value - value.mean())
    norm = float(np.sqrt((away**2).sum()))
    return (away / norm if norm > 0 else away).astype(np.float32)
