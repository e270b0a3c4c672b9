"""The score from a few answers, learnt from calibration models of about the same strength."""

from __future__ import annotations

import numpy as np
from msgspec import Struct

from benchwright.analysis.adaptive.population import Places, Values

_STRENGTHS = np.logspace(-4, 2, 13)
NEARBY = 0.4
"""Width of the kernel over the calibration models' scores, in their standard deviations."""
_FAINT = 1e-3
"""A model that counts less than this share of the foremost is left out, for speed."""
_PLACES = (0.02, 0.1, 0.2, 0.35, 0.5, 0.65, 0.8, 0.9, 0.98)
"""Quantiles of the calibration models' scores around which designs are local."""


class Line(Struct, frozen=True, eq=False):
    """A linear rule: ``value = base + answers · slopes``."""

    base: float
    slopes: Values

    def __call__(self, answers: Values) -> Values:
        """Return the value for ``answers`` of shape [..., n]."""
        return np.asarray(self.base + answers @ self.slopes)


class Calibrated:
    """Calibration models by strength; rules and weights are made once each."""

    def __init__(self, scores: Values, weight: Values) -> None:
        """Learn from ``scores`` [J, N], complete; ``weight`` [N] makes the benchmark's score."""
        self.scores = np.asarray(scores, dtype=np.float64)
        self.weight = weight
        self.score = self.scores @ weight
        """Score of every calibration model; shape [J]."""
        self.knots = np.unique(np.quantile(self.score, _PLACES))
        spread = float(self.score.std())
        self._width = max(NEARBY * spread, 1e-9)
        self._lines: dict[tuple[int, tuple[int, ...]], Line] = {}

    def models(self, knot: int) -> Values:
        """Return what each calibration model counts around ``knot``; all alike for -1; [J]."""
        if knot < 0:
            return np.ones(len(self.score))
        away = (self.score - self.knots[knot]) / self._width
        return np.asarray(np.exp(-0.5 * away**2))

    def nearest(self, score: float) -> int:
        """Return the number of the knot nearest to ``score``."""
        return int(np.abs(self.knots - score).argmin())

    def line(self, asked: Places, knot: int) -> Line:
        """Return the rule that predicts the score from the answers to ``asked``."""
        key = (knot, tuple(asked.tolist()))
        if key not in self._lines:
            self._lines[key] = ridge(
                self.scores[:, asked], self.score, self.models(knot), self.weight[asked]
            )
        return self._lines[key]

    def predicted(self, asked: Places, answers: Values) -> Values:
        """Return the predicted scores of models that answered ``asked``; [k, n] gives [k].

        Located with all calibration models first, then predicted from those of like strength.
        """
        rough = self.line(asked, -1)(answers)
        found = np.empty(len(answers))
        near = np.array([self.nearest(value) for value in rough], dtype=int)
        for knot in np.unique(near):
            here = near == knot
            found[here] = self.line(asked, int(knot))(answers[here])
        return found


def ridge(answers: Values, score: Values, models: Values, own: Values) -> Line:
    """Return the rule that predicts ``score`` [J] from ``answers`` [J, n].

    What was answered counts as it is, with the weights ``own`` [n]; the rest of the score is
    predicted by ridge regression, weighted by ``models`` [J]. Two ridges compete: one shrunk
    towards what models usually score on the rest, one towards what they score on the items asked,
    which is nearer to the truth for a model better or worse than those it is learnt from. Both,
    and their strengths, are chosen by the squared error with each model left out, in closed form.
    """
    here = models > _FAINT * models.max()
    answers, score, share = answers[here], score[here], models[here] / models[here].sum()
    root, centre = np.sqrt(share), share @ answers
    inner = (answers - centre) * root[:, None]
    values, vectors = np.linalg.eigh(inner.T @ inner)
    values = np.maximum(values, 0.0)
    turned = inner @ vectors
    number = max(answers.shape[1], 1)
    strengths = _STRENGTHS * max(float(values.sum()) / number, 1e-12)
    shrunk = 1 / (values[:, None] + strengths)
    free = np.maximum(1 - share[:, None] - turned**2 @ shrunk, 1e-3)
    best, slopes = np.inf, own
    for start in (own, own + (1 - own.sum()) / number):
        left = score - answers @ start
        outer = (left - share @ left) * root
        moment = (turned.T @ outer)[:, None] * shrunk
        losses = (((outer[:, None] - turned @ moment) / free) ** 2).sum(axis=0)
        least = int(losses.argmin())
        if losses[least] < best:
            best, slopes = float(losses[least]), start + vectors @ moment[:, least]
    return Line(base=float(share @ score - centre @ slopes), slopes=slopes)
