"""``Subset``: the chosen items, what they weigh, and how their scores become an estimate."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
from msgspec import Struct

from benchwright.analysis.selecting.ability import Ability
from benchwright.analysis.selecting.arrays import Numbers, Places
from benchwright.analysis.selecting.calibration import Calibration
from benchwright.analysis.selecting.curve import Curve
from benchwright.analysis.selecting.linear import Linear
from benchwright.analysis.selecting.monotone import Monotone
from benchwright.analysis.selecting.sampled import Sampled
from benchwright.core.errors import DataError

Predictor = Linear | Sampled | Ability | Curve | Monotone
"""Everything that turns scores on a subset into an estimate of the pool's mean."""


class Expected(Struct, frozen=True, kw_only=True):
    """How far estimates were off for models that had no part in the choice."""

    mae: float
    """Mean absolute error of the estimated mean."""
    rmse: float
    """Root of the mean squared error."""
    bias: float
    """Mean of estimate − truth."""
    tau: float | None
    """Kendall's tau between estimated and true means, averaged over the held-out sets."""
    half_width: float | None
    """Split-conformal half-width of ``confidence``; None where too few models were held out."""
    confidence: float
    """Nominal coverage of ± ``half_width``."""
    models: int
    """Estimates that these figures are of."""


class Subset(Struct, frozen=True, eq=False, kw_only=True):
    """k items that stand for all."""

    method: str
    """How they were chosen."""
    seed: int
    """Seed of what was drawn."""
    chosen: Places
    """Places in the calibration's items, ascending; shape [k]."""
    weights: Numbers
    """What each stands for of the whole; sums to 1; shape [k]."""
    usual: Numbers
    """Mean score of each over the calibration models; shape [k]."""
    predictor: Predictor
    """How their scores become an estimate."""
    notes: tuple[str, ...] = ()
    """What a reader must know."""

    def estimates(self, scores: npt.ArrayLike) -> Numbers:
        """Return the estimated pool mean of models that scored ``scores`` on the chosen items.

        Args:
            scores: shape [models, k], in the order of ``chosen``; NaN where an answer is lacking:
                it is filled by the item's usual score + the model's mean advantage.

        Raises:
            DataError: another shape, or a model without any score.
        """
        return self.predictor.estimates(self._full(scores))

    def errors(self, scores: npt.ArrayLike) -> Numbers | None:
        """Return each estimate's standard error by design; None where the draw was not random."""
        if isinstance(self.predictor, Sampled):
            return self.predictor.errors(self._full(scores))
        return None

    def _full(self, scores: npt.ArrayLike) -> Numbers:
        given = np.atleast_2d(np.asarray(scores, dtype=np.float64))
        if given.ndim != 2 or given.shape[1] != len(self.usual):
            raise DataError(
                f"scores of {len(self.usual)} items are wanted, not of shape {given.shape}."
            )
        known = np.isfinite(given)
        if not known.any(axis=1).all():
            raise DataError("a model has no score on any item of the subset.")
        if known.all():
            return given
        gap = np.where(known, given - self.usual, 0).sum(axis=1) / known.sum(axis=1)
        least, most = given[known].min(), given[known].max()
        return np.where(known, given, np.clip(self.usual + gap[:, None], least, most))


def made(
    calibration: Calibration,
    chosen: Places,
    predictor: Predictor,
    *,
    method: str,
    seed: int,
    weights: Numbers | None = None,
    notes: tuple[str, ...] = (),
) -> Subset:
    """Return the subset of ``chosen``, ascending; ``weights`` are else those of the nearest."""
    return Subset(
        method=method,
        seed=seed,
        chosen=chosen,
        weights=nearest_shares(calibration, chosen) if weights is None else weights,
        usual=calibration.means[chosen],
        predictor=predictor,
        notes=(*calibration.notes, *notes),
    )


def nearest_shares(calibration: Calibration, chosen: Places) -> Numbers:
    """Return for each of ``chosen`` the share of all items that correlate best with it.

    An item that correlates with none counts for all of them alike.
    """
    alike = calibration.unit @ calibration.unit[chosen].T
    alike[chosen, np.arange(len(chosen))] = 2
    nearest = alike.argmax(axis=1)
    lost = alike.max(axis=1) <= 0
    share = np.bincount(nearest[~lost], calibration.share[~lost], minlength=len(chosen))
    found: Numbers = share + calibration.share[lost].sum() / len(chosen)
    return found
