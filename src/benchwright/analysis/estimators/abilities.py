"""Pool means of the crossed models, and what every item does to them."""

from __future__ import annotations

import itertools

import numpy as np

from benchwright.analysis.estimators.crossed import Solved
from benchwright.analysis.estimators.fitted import Scores
from benchwright.analysis.estimators.sweep import Doubles
from benchwright.analysis.estimators.turning import Turning, predictions
from benchwright.analysis.estimators.weights import observed, spans
from benchwright.analysis.responses.table import Floats


class Abilities:
    """A solved crossed model as ``Fitted`` (see there)."""

    def __init__(self, name: str, solved: Solved, weights: Scores, *, raw: bool = True) -> None:
        """Predict what is missing.

        Args:
            name: the estimator's.
            solved: the model.
            weights: the items' weights in the pool's mean, summing to 1.
            raw: whether the mean is one of scores as they stand in the table; else each is
                standardised as the model sees it.
        """
        self.name, self.solved, self.weights = name, solved, weights
        self.unit = "score" if raw else "standard deviations"
        self._raw = raw
        scale = solved.items.scale
        self._weights = weights if raw or scale is None else weights / scale
        self.scores, self.unseen = _pool_means(solved, self._weights)
        if not raw and solved.items.shift is not None:
            self.scores -= self._weights @ solved.items.shift
        self._turning = Turning(solved, self._weights)

    def expected(self, items: slice) -> Floats:
        """Return the expected score of every cell of ``items``, as the posterior spreads it."""
        return predictions(self.solved, items)[0]

    def influence(self, items: slice) -> Floats:
        """Return weight × (score or prediction − mean), plus ``missing``."""
        responses = self.solved.items.responses
        found = self.expected(items)
        row, model, score = observed(responses, items)
        found[row, model] = score
        if not self._raw:
            found = self.solved.items.standardised(
                found, np.arange(items.start, items.stop)[:, None]
            )
        found -= np.nan_to_num(self.scores).astype(np.float32)
        found *= self.weights[items, None].astype(np.float32)
        found += self.missing(items)
        return found

    @property
    def guessed(self) -> Doubles:
        """Return the covariance of scores through abilities that priors guessed; shape [M, M]."""
        return self._turning.guessed()

    def missing(self, items: slice) -> Floats:
        """Return what ``items`` do to the predictions of unanswered cells."""
        found = np.zeros((items.stop - items.start, len(self.scores)), dtype=np.float32)
        group = self.solved.items.responses.group[items]
        edges = [0, *(np.flatnonzero(np.diff(group)) + 1).tolist(), len(group)]
        for begin, end in itertools.pairwise(edges):
            of = slice(items.start + begin, items.start + end)
            found[begin:end] = self._turning.rows(of)
        return found


def _pool_means(solved: Solved, weights: Doubles) -> tuple[Scores, Scores]:
    """Return pool means [M], and the variance of what was not seen in them [M]."""
    responses = solved.items.responses
    count = len(responses.models)
    total, unseen = np.zeros(count), np.zeros(count)
    answers = np.zeros(count, dtype=np.int64)
    squares = chance = 0.0
    for items in spans(responses):
        row, model, score = observed(responses, items)
        answers += np.bincount(model, minlength=count)
        if len(score) == count * (items.stop - items.start):
            total += weights[items] @ score.reshape(-1, count)
            continue
        at, slope = predictions(solved, items)
        left = at * (1 - at) if solved.items.logistic else slope**2
        squares += float(((score - at[row, model]) ** 2).sum())
        chance += float(left[row, model].sum())
        at[row, model], left[row, model] = score, 0
        total += weights[items] @ at
        unseen += weights[items] ** 2 @ left
    # Scores between 0 and 1 vary less than right and wrong; residuals on a line as they do.
    share = min(squares / chance, 1.0) if chance else 1.0
    unseen *= share if solved.items.logistic else solved.prior.noise
    return np.where(answers, total, np.nan), np.where(answers, unseen, np.nan)
