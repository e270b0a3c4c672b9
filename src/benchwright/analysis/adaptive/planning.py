"""Which procedure to use: the calibration models decide, before the first answer."""

from __future__ import annotations

import math

import numpy as np
import numpy.typing as npt
from msgspec import Struct

from benchwright.analysis.adaptive.aipw import aipw
from benchwright.analysis.adaptive.control import Control, Regression, constant
from benchwright.analysis.adaptive.population import Places, Population, Values
from benchwright.analysis.adaptive.procedure import TwoStage, conformal
from benchwright.analysis.adaptive.record import Plan
from benchwright.analysis.student import normal_quantile
from benchwright.core.errors import DataError
from benchwright.core.seeds import derive

ENOUGH = 100
"""Calibration models from which a learnt design is tried; with 19 to 51 it was seen to fail."""
HELD_OUT = 0.25
"""Share of them that only says how wrong the others' rules are."""
TRIED = 24
"""Held-out models on which random sampling is tried, to say how many items it needs."""
TRIED_WITH = 128
"""Items with which it is tried."""

_NOBODY: Places = np.zeros(0, dtype=np.intp)


class Calibration(Struct, frozen=True, eq=False, kw_only=True):
    """Models that answered (nearly) the whole benchmark; J models, N items."""

    models: tuple[str, ...]
    """Keys of the models, each once."""
    scores: npt.NDArray[np.float64]
    """What they scored, complete and finite; shape [J, N]."""

    def of(self, models: tuple[str, ...]) -> Values:
        """Return the scores of some models, in their order; shape [k, N].

        Raises:
            DataError: one of them is not here.
        """
        place = {key: number for number, key in enumerate(self.models)}
        missing = [key for key in models if key not in place]
        if missing:
            raise DataError(
                f"{len(missing)} of the {len(models)} models that choices were learnt from are not "
                f"(or not complete) in the pool any more, such as {missing[0][:12]}: "
                "what was estimated with them cannot be computed again."
            )
        return self.scores[[place[key] for key in models]]


def control(scores: Values) -> Control:
    """Return what predicts items from calibration ``scores`` [J, N]; J may be 0."""
    return Regression(scores) if len(scores) else constant(scores.shape[1])


def plan(
    whole: Population,
    calibration: Calibration,
    *,
    order: Places,
    seed: int,
    target: float | None,
    confidence: float = 0.95,
) -> Plan:
    """Return how items are to be chosen.

    The two-stage procedure needs ``ENOUGH`` calibration models, a ``target`` half-width (claims of
    rank rest on the random draw alone), and must reach it on held-out models with fewer items than
    random sampling with predictions.
    """
    models = calibration.models
    random = Plan(procedure="stratified", why="", calibration=models, confidence=confidence)
    if target is None:
        return _because(random, "a place among other models is claimed from a random sample")
    if len(models) < ENOUGH:
        return _because(
            random,
            f"{len(models)} models in the pool answered it all; a learnt design wants {ENOUGH}",
        )
    held = _held_out(models, seed)
    training = tuple(key for key in models if key not in held)
    tried, truth = calibration.of(held), calibration.of(held) @ whole.weight
    stages = TwoStage(whole, calibration.of(training), order)
    if not stages.levels:
        return _because(random, f"{len(whole)} items are too few to choose among")
    widths = conformal(stages.predicted(tried) - truth[:, None], confidence)
    needed = _items_at_random(whole, calibration.of(training), tried, order, target, confidence)
    reached = np.flatnonzero(widths <= target)
    if not len(reached):
        return _because(
            random, f"chosen items missed ± {target:.3f} on {len(held)} models held out"
        )
    size = stages.levels[reached[0]].size
    if size >= needed:
        return _because(
            random,
            f"on models held out {needed} random items with predictions do what {size} chosen do",
        )
    return Plan(
        procedure="two-stage",
        why=f"{size} chosen items reach ± {target:.3f} on {len(held)} models held out, "
        f"where a random sample needs about {needed}",
        calibration=training,
        held_out=held,
        widths=tuple(map(float, widths)),
        target=target,
        confidence=confidence,
    )


def _because(random: Plan, why: str) -> Plan:
    return Plan(
        procedure=random.procedure, why=why, calibration=random.calibration,
        confidence=random.confidence,
    )  # fmt: skip


def _held_out(models: tuple[str, ...], seed: int) -> tuple[str, ...]:
    drawn = sorted(models, key=lambda key: derive(seed, key, "held out"))
    return tuple(drawn[: math.ceil(HELD_OUT * len(models))])


def _items_at_random(
    whole: Population,
    training: Values,
    tried: Values,
    order: Places,
    target: float,
    confidence: float,
) -> int:
    """Return about how many random items reach ``target`` on held-out models."""
    some = order[: min(TRIED_WITH, len(whole) // 2 + 1)]
    guess = control(training)
    left = 1 / len(some) - 1 / len(whole)
    spread = [
        aipw(whole, row, certain=_NOBODY, sampled=some, control=guess).error ** 2 / left
        for row in tried[:TRIED]
    ]
    least = (target / normal_quantile(confidence)) ** 2 / float(np.mean(spread) or 1e-12)
    return math.ceil(1 / (least + 1 / len(whole)))
