"""Do the intervals hold? Small seeded simulations; performance/coverage.py makes the large ones."""

from __future__ import annotations

import numpy as np
import pytest

from benchwright.analysis.ranking.joint import judged
from benchwright.analysis.responses.table import from_matrix
from benchwright.analysis.student import t_quantile


def covered(pools: int, models: int, items: int, *, hidden: float = 0.0, variants: int = 1):  # type: ignore[no-untyped-def]
    """Shares of scores, differences, ranks alone and pools' ranks at once that are covered."""
    found = []
    for seed in range(pools):
        random = np.random.default_rng([seed, models, items])
        ability = random.normal(0, 0.7, (models, 1))
        source = np.arange(items) // variants
        difficulty = random.normal(0, 1, items // variants)[source]
        endless = random.normal(0, 1, 4000)
        truth = (1 / (1 + np.exp(endless - ability))).mean(axis=1)
        scores = random.random((models, items)) < 1 / (1 + np.exp(difficulty - ability))
        shown = np.where(random.random(scores.shape) < hidden, np.nan, scores)
        joint = judged(from_matrix(shown, source=source), estimator="mean")
        true = truth[joint.order]
        t = t_quantile(0.95, float(joint.pairs.freedom.min()))
        away = np.abs(joint.pairs.difference - (true[:, None] - true))
        rank = 1 + (true[None, :] > true[:, None]).sum(axis=1)
        lines = joint.lines()
        alone = [line.rank_low <= r <= line.rank_high for line, r in zip(lines, rank, strict=True)]
        claim = [line.claim_low <= r <= line.claim_high
                 for line, r in zip(lines, rank, strict=True)]  # fmt: skip
        found.append([
            np.mean((joint.low <= true) & (true <= joint.high)),
            np.mean((away <= t * joint.pairs.error)[np.triu_indices(models, 1)]),
            np.mean(alone),
            all(claim),
        ])  # fmt: skip
    return np.mean(found, axis=0)


@pytest.mark.parametrize(
    ("models", "items", "told"),
    [(8, 150, {}), (8, 150, {"hidden": 0.5}), (8, 240, {"variants": 4}), (5, 25, {})],
)
def test_intervals_of_scores_differences_and_ranks_cover_the_truth(models, items, told) -> None:  # type: ignore[no-untyped-def]
    score, difference, rank, ranks = covered(80, models, items, **told)
    # 80 pools of models that share items: the standard error of each share is about .01.
    assert 0.92 <= score <= 0.98
    assert 0.92 <= difference <= 0.98
    assert rank >= 0.93
    assert ranks >= 0.94
