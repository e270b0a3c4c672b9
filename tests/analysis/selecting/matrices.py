"""Small matrices of scores for the tests of selection."""

from __future__ import annotations

import numpy as np

from benchwright.analysis.selecting.calibration import Calibration, calibrate


def answers(models: int, items: int, *, seed: int = 0, spread: float = 1.5) -> np.ndarray:
    """Right and wrong answers of models of different ability to items of different difficulty."""
    draw = np.random.default_rng(seed)
    logit = draw.normal(0, 1.2, (models, 1)) - draw.normal(0, spread, items)
    return (draw.random((models, items)) < 1 / (1 + np.exp(-logit))).astype(np.float32)


def table(models: int = 24, items: int = 60, *, seed: int = 0, groups: int = 3) -> Calibration:
    return calibrate(
        answers(models, items, seed=seed),
        models=[f"{'abcdef'[n % 6]}-{n}" for n in range(models)],
        items=[f"q{n}" for n in range(items)],
        groups=[f"g{n % groups}" for n in range(items)],
    )
