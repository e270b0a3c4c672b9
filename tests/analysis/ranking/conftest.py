"""Tables of right and wrong answers, drawn by chance."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest

from benchwright.analysis.responses.table import Responses, from_matrix

Draw = Callable[..., np.ndarray]


@pytest.fixture
def draw() -> Draw:
    """Draw right and wrong answers: models of different ability, items of different difficulty."""

    def make(
        seed: int, models: int = 8, items: int = 60, hidden: float = 0.0, spread: float = 1.0
    ) -> np.ndarray:
        random = np.random.default_rng(seed)
        ability = random.normal(0, spread, (models, 1))
        difficulty = random.normal(0, 1, items)
        chance = 1 / (1 + np.exp(difficulty - ability))
        scores = (random.random((models, items)) < chance).astype(float)
        scores[random.random((models, items)) < hidden] = np.nan
        scores[np.isnan(scores).all(axis=1), 0] = 1.0
        return scores

    return make


def table(scores: np.ndarray, **told: object) -> Responses:
    return from_matrix(scores, **told)  # type: ignore[arg-type]
