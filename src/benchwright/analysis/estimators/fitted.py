"""What every estimator gives to intervals, ranks and the choice of items."""

from __future__ import annotations

from typing import Protocol

import numpy as np
import numpy.typing as npt

from benchwright.analysis.responses.table import Floats

Scores = npt.NDArray[np.float64]
"""One number per model (or per item, where weights are meant)."""


class Fitted(Protocol):
    """An estimator after it saw a table; M models, I items in the table's order.

    A model's score is the weighted mean over *all* items of the table: what was observed as it is,
    what is missing as predicted. It is never a latent ability.
    """

    @property
    def name(self) -> str:
        """The estimator's name: ``mean``, ``additive``, ``rasch``, ``rasch2``, ``pairs``."""
        ...

    @property
    def unit(self) -> str:
        """What scores count in: ``score``, ``standard deviations`` or ``win rate``."""
        ...

    @property
    def weights(self) -> Scores:
        """Weight of every item in the mean, summing to 1; shape [I]."""
        ...

    @property
    def scores(self) -> Scores:
        """Score of every model; shape [M]. NaN where nothing can be said."""
        ...

    @property
    def unseen(self) -> Scores:
        """Variance that a model's unanswered cells have around their predictions; shape [M].

        Of Σ weight × (score − prediction) over the cells that are missing, given the model behind
        the predictions; independent between models. 0 for a model that answered everything.
        """
        ...

    @property
    def guessed(self) -> Scores | None:
        """Covariance of scores through abilities that were guessed, not seen; shape [M, M].

        What the variances of priors leave open of a model where it answered little or nothing;
        added to that of ``influence`` or ``missing``. None where nothing is guessed.
        """
        ...

    def expected(self, items: slice) -> Floats:
        """Return what every model is predicted to score on ``items``; shape [items, M].

        Predicted for observed cells as well: held-out error is measured with it.
        """
        ...

    def influence(self, items: slice) -> Floats:
        """Return what each of ``items`` does to every score; shape [items, M].

        The first-order change of ``scores`` when the item's weight in the sample of items grows
        from 1 to 1 + ε, by ε: weight × (observed or predicted − score), plus ``missing``. Its
        columns sum to about 0 over all items (priors, which are held fixed, pull a little), and
        for independent sources Cov(scores) = Σ over sources of the outer product of the summed
        rows. For items like these: choice of the items included. Rows are centred on the pool's
        mean; for a stratified variance they must be centred within each stratum.
        """
        ...

    def missing(self, items: slice) -> Floats:
        """Return the part of ``influence`` that is there because cells are missing.

        What ``items`` do to the predictions of unanswered cells, and so to scores; 0 for a model
        that answered everything. For a finite benchmark Cov(scores − true means) = Σ over sources
        of the outer product of its summed rows, and ``unseen`` on the diagonal.
        """
        ...
