"""What calibration models say of every item before and while a new model is asked."""

from __future__ import annotations

from typing import Protocol

import numpy as np
import numpy.typing as npt

from benchwright.analysis.adaptive.population import Places, Values

FACTORS = 48
"""Most directions in which items are told apart; 28 models have fewer, 1,600 hardly need more."""

ENOUGH = 12
"""Answers from which a regression is worth more than the items' plain means."""

_STRENGTHS = np.logspace(-3, 4, 15)


class Control(Protocol):
    """Predicts a model's score on every item from the answers to some."""

    def __call__(self, asked: Places, answers: Values) -> Values:
        """Return the predictions; ``asked`` and ``answers`` have shape [n], the result [N]."""
        ...


def constant(items: int) -> Control:
    """Return the control of no calibration models: the mean of what was answered."""

    def predicted(asked: Places, answers: Values) -> Values:
        del asked
        return np.full(items, answers.mean() if len(answers) else 0.0)

    return predicted


class Regression:
    """Ridge regression of a model's answers on what the calibration models scored.

    The features of an item are its mean over J calibration models, and the deviations of those
    models from it, in principal components: a model that errs where a relative errs is predicted
    by that relative. Mean and intercept are free, the deviations shrunk; how strongly is chosen
    by leaving out one answer at a time, in closed form.
    """

    def __init__(self, scores: npt.NDArray[np.floating]) -> None:
        """Learn the items' features from ``scores`` [J, N], complete and finite, J ≥ 1."""
        table = np.asarray(scores, dtype=np.float64)
        self._mean: Values = table.mean(axis=0)
        self._least, self._most = float(table.min()), float(table.max())
        self._features = _components(table - self._mean)

    def __call__(self, asked: Places, answers: Values) -> Values:
        """Return a prediction for every item; see ``Control``."""
        if len(asked) < ENOUGH:
            return self._mean
        least = min(self._least, float(answers.min()))
        most = max(self._most, float(answers.max()))
        free = np.column_stack([np.ones(len(self._mean)), self._mean])
        if np.ptp(self._mean[asked]) == 0:
            free = free[:, :1]
        slopes, *_ = np.linalg.lstsq(free[asked], answers, rcond=None)
        if not self._features.shape[1]:
            return np.asarray(np.clip(free @ slopes, least, most))
        basis, _ = np.linalg.qr(free[asked])
        inner = self._features[asked]
        carried, *_ = np.linalg.lstsq(free[asked], inner, rcond=None)
        shrunk = _ridge(inner - free[asked] @ carried, answers - free[asked] @ slopes, basis)
        found = free @ slopes + (self._features - free @ carried) @ shrunk
        return np.asarray(np.clip(found, least, most))


def _components(deviations: Values) -> Values:
    """Return the items' coordinates on the main directions of ``deviations`` [J, N]."""
    models, items = deviations.shape
    if models < 3:
        return np.zeros((items, 0))
    if models <= items:
        values, vectors = np.linalg.eigh(deviations @ deviations.T)
        keep = np.argsort(-values)[: min(FACTORS, models - 1)]
        keep = keep[values[keep] > 1e-9 * max(float(values.max()), 1e-300)]
        return np.asarray(deviations.T @ vectors[:, keep])
    values, vectors = np.linalg.eigh(deviations.T @ deviations)
    keep = np.argsort(-values)[:FACTORS]
    keep = keep[values[keep] > 1e-9 * max(float(values.max()), 1e-300)]
    return np.asarray(vectors[:, keep] * np.sqrt(values[keep]))


def _ridge(inner: Values, left: Values, basis: Values) -> Values:
    """Return the ridge coefficients of ``left`` on ``inner``, both cleared of ``basis``."""
    u, s, vt = np.linalg.svd(inner, full_matrices=False)
    scale = float((s**2).mean())
    if scale <= 0:
        return np.zeros(inner.shape[1])
    turned = u.T @ left
    held = (basis**2).sum(axis=1)
    best, chosen = np.inf, np.zeros_like(s)
    for strength in _STRENGTHS * scale:
        kept = s**2 / (s**2 + strength)
        residual = left - u @ (kept * turned)
        hat = np.minimum(held + (u**2) @ kept, 0.999)
        loss = float(((residual / (1 - hat)) ** 2).sum())
        if loss < best:
            best, chosen = loss, s / (s**2 + strength)
    return np.asarray(vt.T @ (chosen * turned))
