"""Tables that tests of estimators make."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from benchwright.analysis.responses.table import Group, Responses, Scale, from_matrix

Matrix = npt.NDArray[np.float64]


def drawn(
    seed: int, models: int, items: int, *, groups: int = 1, missing: float = 0.0
) -> tuple[Matrix, npt.NDArray[np.int64]]:
    """Return right and wrong answers of a two-level Rasch model, NaN where missing, and groups."""
    rng = np.random.default_rng(seed)
    group = np.sort(np.arange(items) % groups)
    ability = rng.normal(size=(models, 1)) + 0.4 * rng.normal(size=(models, groups))
    chance = 1 / (1 + np.exp(rng.normal(size=items) - ability[:, group]))
    scores = (rng.random((models, items)) < chance).astype(float)
    scores[rng.random(scores.shape) < missing] = np.nan
    return scores, group


def table(
    scores: npt.ArrayLike, group: npt.ArrayLike | None = None, scale: Scale = Scale.BOUNDED
) -> Responses:
    """Return a matrix as a table."""
    matrix = np.asarray(scores, dtype=float)
    places = np.zeros(matrix.shape[1], int) if group is None else np.asarray(group)
    names = range(int(places.max(initial=0)) + 1)
    return from_matrix(
        matrix, groups=[Group(name=f"group {n}", scale=scale) for n in names], group=places
    )
