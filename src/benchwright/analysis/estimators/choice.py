"""Which estimator a table is given to, and why."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import Protocol

from msgspec import Struct

from benchwright.analysis.estimators.fitted import Fitted, Scores
from benchwright.analysis.estimators.mean import fit_mean
from benchwright.analysis.estimators.rasch import fit_rasch
from benchwright.analysis.estimators.rasch2 import fit_rasch2
from benchwright.analysis.estimators.weights import Alike, item_weights
from benchwright.analysis.responses.table import Responses
from benchwright.core.errors import UnknownName


class Fitting(Protocol):
    """A function that fits an estimator."""

    def __call__(self, responses: Responses, *, weights: Scores | None = None) -> Fitted:
        """Fit it to a table."""
        ...


ESTIMATORS: Mapping[str, Fitting] = MappingProxyType(
    {"mean": fit_mean, "rasch": fit_rasch, "rasch2": fit_rasch2}
)
"""Every estimator by its name."""


class Choice(Struct, frozen=True, kw_only=True):
    """The estimator that was taken, and what spoke for it."""

    name: str
    """Its name."""
    losses: tuple[tuple[str, float], ...] = ()
    """Held-out loss of every estimator that was tried, the best first; empty where none was."""
    held: str = ""
    """What was held out to learn them: ``cells``, ``blocks`` or nothing."""
    why: str
    """One sentence for a reader."""


def fit(
    responses: Responses,
    estimator: str = "auto",
    *,
    weights: Alike | Scores = "items",
    cells: int = 10**6,
    seed: int = 0,
) -> tuple[Fitted, Choice]:
    """Fit ``estimator`` to a table, or the one that cross-validation chooses."""
    weight = item_weights(responses, weights) if isinstance(weights, str) else weights
    if estimator not in ESTIMATORS:
        raise UnknownName("estimator", estimator, ESTIMATORS)
    return ESTIMATORS[estimator](responses, weights=weight), Choice(
        name=estimator, why=f"{estimator} was asked for."
    )
