"""Differences of chosen models on any table of responses, each alone and all at once."""

from __future__ import annotations

import itertools
from collections.abc import Sequence

import numpy as np
import numpy.typing as npt
from msgspec import Struct

from benchwright.analysis.estimators.weights import Alike
from benchwright.analysis.ranking.joint import Joint, judged
from benchwright.analysis.ranking.pairs import Pairs, pairs_of
from benchwright.analysis.ranking.sources import Array
from benchwright.analysis.ranking.spread import Population
from benchwright.analysis.responses.table import Responses
from benchwright.analysis.student import normal_quantile
from benchwright.core.errors import DescriptionError, UnknownName


class Apart(Struct, frozen=True, kw_only=True):
    """How far one model is above another, by their expected scores on all items."""

    a: str
    """The model with the higher score."""
    b: str
    """The other."""
    value: float
    """Score of a minus score of b."""
    low: float
    """Lower end of the interval of this difference alone; -inf where nothing can be said."""
    high: float
    """Upper end likewise."""
    all_low: float
    """Lower end of the interval that holds for all pairs at once."""
    all_high: float
    """Upper end likewise."""
    p: float
    """Two-sided p-value of no difference, this pair alone."""
    p_all: float
    """p-value adjusted for all pairs that were compared."""
    deviation: float
    """Standard deviation of the difference of one source, for ``power``; NaN where unknown."""


def differences(
    table: Responses,
    models: Sequence[str] = (),
    *,
    estimator: str = "auto",
    weigh: Alike = "items",
    population: Population = "questions",
    confidence: float = 0.95,
    seed: int = 0,
) -> tuple[Apart, ...]:
    """Return the difference of every pair of ``models``, better first.

    Paired by item where both answered it: the scores' covariance, clustered by source, carries
    that. For a list of pairs chosen beforehand adjust ``p`` with ``holm`` instead of ``p_all``.

    Args:
        table: the responses; all its models help to tell items apart, also those not compared.
        models: names; all where there are none.
        estimator: as in ``rank``.
        weigh: as in ``rank``.
        population: as in ``rank``.
        confidence: nominal coverage of every interval.
        seed: seed of cross-validation and bootstrap.

    Raises:
        UnknownName: no such model in the table.
        DescriptionError: fewer than two models.
    """
    for name in models:
        if name not in table.models:
            raise UnknownName("model in this table", name, table.models)
    joint = judged(
        table, estimator=estimator, weigh=weigh, population=population, confidence=confidence,
        seed=seed,
    )  # fmt: skip
    chosen = [place for place, name in enumerate(joint.models) if not models or name in models]
    if len(chosen) < 2:
        raise DescriptionError("there are two models at least to a difference.")
    pairs = _among(joint, np.array(chosen), seed)
    names = [joint.models[place] for place in chosen]
    size = joint.spread.size[chosen]
    return tuple(
        _apart(pairs, names, size, a, b, confidence)
        for a, b in itertools.combinations(range(len(chosen)), 2)
    )


def _among(joint: Joint, chosen: npt.NDArray[np.intp], seed: int) -> Pairs:
    if len(chosen) == len(joint.models):
        return joint.pairs
    return pairs_of(joint.scores[chosen], joint.spread.ordered(chosen), joint.confidence, seed)


def _apart(pairs: Pairs, names: list[str], size: Array, a: int, b: int, confidence: float) -> Apart:
    alone = pairs.bounds(a, b, normal_quantile(confidence))
    together = pairs.bounds(a, b, pairs.critical)
    sources = float(min(size[a], size[b]))
    error = float(pairs.error[a, b])
    known = np.isfinite(error) and np.isfinite(sources)
    return Apart(
        a=names[a],
        b=names[b],
        value=float(pairs.difference[a, b]),
        low=alone[0],
        high=alone[1],
        all_low=together[0],
        all_high=together[1],
        p=pairs.p_value(a, b),
        p_all=pairs.p_all(a, b),
        deviation=error * np.sqrt(sources) if known else float("nan"),
    )
