"""The two-stage procedure as a whole, so that held-out models can be run through it beforehand."""

from __future__ import annotations

import math

import numpy as np
from msgspec import Struct

from benchwright.analysis.adaptive.local import Calibrated
from benchwright.analysis.adaptive.optimal import c_optimal
from benchwright.analysis.adaptive.population import Places, Population, Values

SHARED = 15
"""Items that every model is asked first."""
PROBES = 0.2
"""Share of the items that is drawn at random."""
LEVELS = (19, 25, 32, 40, 50, 63, 80, 100, 126, 160, 200, 250, 320)
"""Numbers of items after which the width is looked at."""


class Level(Struct, frozen=True):
    """One number of items."""

    size: int
    """Items in all, if no probe is a chosen item as well."""
    probes: int
    """Of these, drawn at random."""

    @property
    def chosen(self) -> int:
        """Of these, chosen by design."""
        return self.size - self.probes


class TwoStage:
    """Shared items first, then those that tell models of the located strength apart.

    What is chosen depends on answers to chosen items only, never on the probes: given the chosen
    ones, the probes stay a random sample of the others.
    """

    def __init__(self, whole: Population, scores: Values, order: Places) -> None:
        """Learn from ``scores`` [J, N]; ``order`` is the random order of the probes."""
        self.known = Calibrated(scores, whole.weight)
        self.order = order
        most = max(len(whole) // 2, 1)
        self.levels = [
            Level(size, math.ceil(PROBES * size)) for size in LEVELS if SHARED < size <= most
        ]
        self.shared = self._designed(-1, SHARED, ())
        self._paths: dict[int, list[int]] = {}

    def path(self, knot: int) -> list[int]:
        """Return the items chosen for models near ``knot``, in order, the shared ones first."""
        if knot not in self._paths:
            self._paths[knot] = self._designed(knot, self.levels[-1].chosen, self.shared)
        return self._paths[knot]

    def located(self, answers: Values) -> int:
        """Return the knot of a model by its ``answers`` to the shared items."""
        shared = np.array(self.shared, dtype=np.intp)
        known = ~np.isnan(answers)
        if not known.any():
            return len(self.known.knots) // 2
        line = self.known.line(shared[known], -1)
        return self.known.nearest(float(line(answers[known])))

    def asked(self, level: Level, knot: int) -> Places:
        """Return what models near ``knot`` are asked up to ``level``, by number of item."""
        chosen = self.path(knot)[: level.chosen]
        return np.unique(np.array([*chosen, *self.order[: level.probes]], dtype=np.intp))

    def predicted(self, scores: Values) -> Values:
        """Run models with known ``scores`` [k, N] through; return the scores predicted [k, L]."""
        found = np.empty((len(scores), len(self.levels)))
        knots = np.array([self.located(row) for row in scores[:, self.shared]], dtype=int)
        for knot in np.unique(knots):
            here = knots == knot
            for number, level in enumerate(self.levels):
                asked = self.asked(level, int(knot))
                found[here, number] = self.known.predicted(asked, scores[here][:, asked])
        return found

    def _designed(self, knot: int, count: int, begin: list[int] | tuple[int, ...]) -> list[int]:
        known = self.known
        return c_optimal(
            known.scores, known.weight, models=known.models(knot), count=count, begin=begin
        )


def conformal(errors: Values, confidence: float) -> Values:
    """Return the half-width at every level from the absolute ``errors`` [k, L] of held-out models.

    The ⌈(k + 1) · confidence⌉-th smallest error covers a further model like these with at least
    that probability (Vovk, Gammerman and Shafer, *Algorithmic Learning in a Random World*, 2005);
    infinite where there are too few models to say. No width is smaller than a later one: of
    several that chance scatters, the first that meets a target would be a lucky one.
    """
    rank = math.ceil((len(errors) + 1) * confidence - 1e-9)
    if rank > len(errors):
        return np.full(errors.shape[1], np.inf)
    widths = np.sort(np.abs(errors), axis=0)[rank - 1]
    return np.asarray(np.maximum.accumulate(widths[::-1])[::-1])
