"""A two-parameter logistic model of right and wrong, of one or several abilities, kept on a leash.

P(s_mi = 1) = σ(a_i·θ_m − β_i). Unregularised it diverges with few models; here every log
discrimination (of the first ability) is drawn to their common mean with a standard deviation of
0.3, loadings on further abilities to 0, difficulties to theirs, and abilities are N(0, 1).
Fitted by alternating Newton steps to the posterior's mode. Scores between 0 and 1 count as shares
of a success.
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
from msgspec import Struct

from benchwright.analysis.selecting.arrays import Mask, Numbers, Places
from benchwright.core.errors import DescriptionError

SPREAD = 0.3
"""Standard deviation of the log discriminations around their mean."""
LOADING = 0.4
"""Standard deviation of the loadings on abilities beyond the first."""
DIFFICULTY = 2.5
"""Standard deviation of the difficulties around their mean."""
ENOUGH = 200
"""Models per item below which discriminations are mostly their prior."""
TRIED = 500
"""Most models, and most items, on which the number of abilities is chosen."""
ROUNDS = 40
"""Most alternations between items and models."""
LIMIT = 6.0
"""No ability is further from 0."""


class Items(Struct, frozen=True, eq=False, kw_only=True):
    """Item parameters: P = σ(loadings·θ − difficulty)."""

    loadings: np.ndarray
    """Discriminations; shape [I, D]; those of the first ability are positive."""
    difficulty: np.ndarray
    """Log-odds against a success at ability 0; shape [I]."""

    @property
    def dimensions(self) -> int:
        """Number of abilities, D."""
        return int(self.loadings.shape[1])

    def at(self, places: Places) -> Items:
        """Return the parameters of the items at ``places``."""
        return Items(loadings=self.loadings[places], difficulty=self.difficulty[places])

    def chances(self, ability: Numbers) -> Numbers:
        """Return the chance of a success of every model on every item; shape [M, I]."""
        return expit(ability @ self.loadings.T - self.difficulty)


class Traits(Struct, frozen=True, eq=False, kw_only=True):
    """Items and abilities fitted together."""

    items: Items
    """The items' parameters."""
    ability: Numbers
    """The models' abilities; shape [M, D]."""
    loss: float
    """Mean log loss per known cell, in nats."""
    notes: tuple[str, ...] = ()
    """What a reader must know."""


def expit(x: npt.NDArray[np.float64]) -> Numbers:
    """Return 1 / (1 + e^-x), without overflow."""
    found: Numbers = 0.5 * (1 + np.tanh(x / 2))
    return found


def fit_traits(scores: npt.NDArray[np.floating], known: Mask, *, dimensions: int = 1) -> Traits:
    """Fit a 2PL of ``dimensions`` abilities to the ``known`` cells of ``scores`` [M, I].

    Raises:
        DescriptionError: scores are not within [0, 1].
    """
    if scores[known].min() < 0 or scores[known].max() > 1:
        raise DescriptionError(
            "Item response models need scores between 0 and 1; choose c_optimal, stratified or "
            "another method that does not."
        )
    seen = known.astype(np.float64)
    answers = np.where(known, scores, 0).astype(np.float64)
    items, ability = _start(answers, seen, dimensions)
    before = np.inf
    for _ in range(ROUNDS):
        ability = abilities(items, answers, seen, start=ability, rounds=2)
        items, ability = _unit_scale(items, ability)
        for _ in range(2):
            items = _items_step(items, ability, answers, seen)
        loss = log_loss(items, ability, answers, seen)
        if before - loss < 1e-5:
            break
        before = loss
    ability = abilities(items, answers, seen, start=ability)
    least = int(seen.sum(axis=0).min())
    notes: tuple[str, ...] = ()
    if least < ENOUGH:
        said = (
            f"{least} models per item are fewer than the {ENOUGH} that tell discriminations apart"
        )
        notes = (f"{said}: these are mostly their common mean.",)
    return Traits(
        items=items, ability=ability, loss=log_loss(items, ability, answers, seen), notes=notes
    )


def choose_traits(
    scores: npt.NDArray[np.floating],
    known: Mask,
    *,
    dimensions: tuple[int, ...] = (1, 2, 4),
    seed: int = 0,
) -> Traits:
    """Fit with the number of abilities that predicts a held-out tenth of the cells best.

    A further ability needs 20 more models; with fewer there is one.
    """
    offered = [count for count in dimensions if count == 1 or len(scores) >= 20 * count]
    if len(offered) == 1:
        return fit_traits(scores, known, dimensions=offered[0])
    draw = np.random.default_rng(seed)
    # The choice needs no more than some of the models and items.
    rows, columns = (np.sort(draw.permutation(size)[:TRIED]) for size in known.shape)
    part, there = scores[np.ix_(rows, columns)], known[np.ix_(rows, columns)]
    held = draw.random(there.shape) < 0.1
    losses = {}
    for count in offered:
        fitted = fit_traits(part, there & ~held, dimensions=count)
        cells = (there & held).astype(np.float64)
        losses[count] = log_loss(fitted.items, fitted.ability, np.where(there, part, 0), cells)
    return fit_traits(scores, known, dimensions=min(losses, key=lambda count: losses[count]))


def abilities(
    items: Items,
    scores: Numbers,
    seen: Numbers | None = None,
    *,
    start: Numbers | None = None,
    rounds: int = 30,
) -> Numbers:
    """Return the mode of every model's ability under N(0, 1); shape [M, D]."""
    count = items.dimensions
    ability = np.zeros((len(scores), count)) if start is None else start
    known = np.ones_like(scores) if seen is None else seen
    outer = (items.loadings[:, :, None] * items.loadings[:, None, :]).reshape(-1, count * count)
    for _ in range(rounds):
        p = items.chances(ability)
        gradient = ((scores - p) * known) @ items.loadings - ability
        hessian = ((p * (1 - p) * known) @ outer).reshape(-1, count, count) + np.eye(count)
        step = np.linalg.solve(hessian, gradient[:, :, None])[:, :, 0]
        ability = np.clip(ability + np.clip(step, -1, 1), -LIMIT, LIMIT)
        if np.abs(step).max() < 1e-7:
            break
    return ability


def information(items: Items, ability: Numbers) -> Numbers:
    """Return Fisher's information of every item about the first ability; shape [M, I]."""
    p = items.chances(ability)
    found: Numbers = items.loadings[:, 0] ** 2 * p * (1 - p)
    return found


def log_loss(items: Items, ability: Numbers, scores: Numbers, seen: Numbers) -> float:
    """Return the mean log loss over the cells that ``seen`` counts, in nats."""
    z = ability @ items.loadings.T - items.difficulty
    return float(((np.logaddexp(0, z) - scores * z) * seen).sum() / max(seen.sum(), 1))


def _start(scores: Numbers, seen: Numbers, dimensions: int) -> tuple[Items, Numbers]:
    counted = seen.sum(axis=0)
    mean = (scores.sum(axis=0) + 0.5) / (counted + 1)
    of_model = (scores.sum(axis=1) + 0.5) / (seen.sum(axis=1) + 1)
    level = np.log(of_model / (1 - of_model))
    ability = np.zeros((len(scores), dimensions))
    ability[:, 0] = (level - level.mean()) / max(float(level.std()), 0.1)
    loadings = np.zeros((scores.shape[1], dimensions))
    loadings[:, 0] = 1.0
    items = Items(loadings=loadings, difficulty=-np.log(mean / (1 - mean)))
    if dimensions == 1:
        return items, ability
    for _ in range(4):
        items = _items_step(items, ability, scores, seen)
    p = items.chances(ability)
    residual = (scores - p) * seen / np.sqrt(p * (1 - p))
    left, values, right = np.linalg.svd(residual, full_matrices=False)
    count = min(dimensions - 1, len(values))
    ability[:, 1 : count + 1] = left[:, :count] * np.sqrt(len(scores))
    scale = np.where(np.sign(right[:count].sum(axis=1)) < 0, -1.0, 1.0)
    loadings = items.loadings.copy()
    loadings[:, 1 : count + 1] = (right[:count] * values[:count, None]).T / np.sqrt(len(scores))
    loadings[:, 1 : count + 1] *= scale
    ability[:, 1 : count + 1] *= scale
    return Items(loadings=np.clip(loadings, -1, 3), difficulty=items.difficulty), ability


def _unit_scale(items: Items, ability: Numbers) -> tuple[Items, Numbers]:
    """Move mean and scale of the abilities into the items: N(0, 1) is their unit."""
    mean, scale = ability.mean(axis=0), np.maximum(ability.std(axis=0), 0.1)
    return (
        Items(loadings=items.loadings * scale, difficulty=items.difficulty - items.loadings @ mean),
        (ability - mean) / scale,
    )


def _items_step(items: Items, ability: Numbers, scores: Numbers, seen: Numbers) -> Items:
    """One damped Fisher-scoring step of every item at once, in (log a₁, a₂ …, β)."""
    count = items.dimensions
    design = np.concatenate([ability, -np.ones((len(ability), 1))], axis=1)
    p = items.chances(ability)
    gradient = ((scores - p) * seen).T @ design
    outer = (design[:, :, None] * design[:, None, :]).reshape(len(design), -1)
    hessian = ((p * (1 - p) * seen).T @ outer).reshape(-1, count + 1, count + 1)
    first = np.maximum(items.loadings[:, 0], 1e-3)
    chain = np.ones((len(first), count + 1))
    chain[:, 0] = first
    gradient *= chain
    hessian *= chain[:, :, None] * chain[:, None, :]
    logs = np.log(first)
    prior = np.array([SPREAD**-2, *[LOADING**-2] * (count - 1), DIFFICULTY**-2])
    gradient[:, 0] -= (logs - logs.mean()) * prior[0]
    gradient[:, 1:count] -= items.loadings[:, 1:] * prior[1:count]
    gradient[:, count] -= (items.difficulty - items.difficulty.mean()) * prior[count]
    hessian += np.diag(prior)
    step = np.clip(np.linalg.solve(hessian, gradient[:, :, None])[:, :, 0], -0.7, 0.7)
    loadings = items.loadings.copy()
    loadings[:, 0] = np.exp(np.clip(logs + step[:, 0], -4, 3))
    loadings[:, 1:] += step[:, 1:count]
    return Items(loadings=loadings, difficulty=items.difficulty + step[:, count])
