"""What a model was never asked is guessed, and the intervals know it."""

from __future__ import annotations

import numpy as np
import pytest

from benchwright.analysis.estimators.rasch2 import fit_rasch2
from benchwright.analysis.ranking.joint import judged
from benchwright.analysis.responses.table import Group, Scale, from_matrix


def pool(seed: int, answered, own: float = 0.4):  # type: ignore[no-untyped-def]
    """Ten models on four benchmarks of forty questions; ``answered(model, group)`` says which."""
    random = np.random.default_rng(seed)
    group = np.repeat(np.arange(4), 40)
    ability = np.sort(random.normal(0, 0.8, 10))[:, None] + random.normal(0, own, (10, 4))
    chance = 1 / (1 + np.exp(random.normal(0, 1, 160) - ability[:, group]))
    scores = (random.random(chance.shape) < chance).astype(float)
    there = np.array([[answered(model, place) for place in group] for model in range(10)])
    names = [Group(name=str(number), scale=Scale.BINARY) for number in range(4)]
    table = from_matrix(np.where(there, scores, np.nan), groups=names, group=group)
    return table, scores.mean(axis=1)


def test_nothing_is_guessed_of_models_that_answered_everything() -> None:
    table, _ = pool(0, lambda model, group: True)
    assert not np.any(fit_rasch2(table).guessed)


def test_a_model_that_missed_benchmarks_is_guessed_more_than_others() -> None:
    table, _ = pool(1, lambda model, group: model > 0 or group == 0)
    guessed = fit_rasch2(table).guessed
    assert np.linalg.eigvalsh(guessed).min() > -1e-9
    assert np.sqrt(guessed[0, 0]) > 0.03
    assert guessed[0, 0] > 10 * guessed[1:, 1:].max()


@pytest.mark.parametrize(
    "answered",
    [
        lambda model, group: (model * 7 + group * 3) % 4 != 0,
        lambda model, group: abs(model / 3 - group) < 1.8,
    ],
    ids=["blocks", "by strength"],
)
def test_intervals_cover_what_was_not_asked(answered) -> None:  # type: ignore[no-untyped-def]
    hits = []
    for seed in range(25):
        table, truth = pool(seed, answered)
        joint = judged(table, estimator="rasch2", population="items")
        true = truth[joint.order]
        hits.append(np.mean((joint.low <= true) & (true <= joint.high)))
    assert np.mean(hits) > 0.9
