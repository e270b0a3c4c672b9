"""Who chooses: told what was answered, yields what to ask next and what is known by then."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping

import numpy as np
from msgspec.structs import replace

from benchwright.analysis.adaptive.aipw import aipw
from benchwright.analysis.adaptive.control import Control
from benchwright.analysis.adaptive.estimate import Estimate
from benchwright.analysis.adaptive.optimal import c_optimal
from benchwright.analysis.adaptive.planning import Calibration, control
from benchwright.analysis.adaptive.population import (
    Places,
    Population,
    Values,
    inclusion,
    random_order,
)
from benchwright.analysis.adaptive.procedure import TwoStage
from benchwright.analysis.adaptive.record import Choice, Plan, Stage
from benchwright.analysis.student import t_quantile, t_tail
from benchwright.core.errors import DataError

FIRST, LEAST, MOST = 32, 32, 128
"""Items of the first random batch, and the bounds of the others."""
GROWTH = 0.25
"""A random batch is this share of what was asked before it, within the bounds."""
CHANCE = 0.01
"""Two estimates that agree differ by more than this probability allows once in a hundred checks."""


class Chooser:
    """Chooses the items of one model on one benchmark, batch by batch.

    What it chooses and estimates depends on its arguments and on what it was told, never on the
    order of telling.
    """

    def __init__(
        self,
        whole: Population,
        plan: Plan,
        calibration: Calibration,
        *,
        seed: int,
        benchmark: str,
        chosen: Iterable[Choice] = (),
        fallback: str = "",
    ) -> None:
        """Begin, or go on from ``chosen``.

        Raises:
            DataError: models that ``plan`` learnt from are missing in ``calibration``.
        """
        self._whole = whole
        self._plan = plan
        self._place = {name: number for number, name in enumerate(whole.items)}
        self._order = random_order(whole, seed=seed, benchmark=benchmark)
        self._training = calibration.of(plan.calibration).reshape(-1, len(whole))
        self._scores: Values = np.full(len(whole), np.nan)
        self._control: Control = control(self._training)
        self._two: TwoStage | None = None
        if plan.procedure == "two-stage":
            self._two = TwoStage(whole, self._training, self._order)
        self.chosen: list[Choice] = list(chosen)
        """The items chosen so far, in order."""
        self.fallback = fallback
        """Why the two-stage procedure was given up; empty if it was not."""

    def tell(self, scores: Mapping[str, float]) -> None:
        """Take in what was answered: item → score. Items that nobody chose yet are kept for later.

        What may still come (a failure that may pass) is not told at all.

        Raises:
            DataError: the benchmark has no such item, or a score is not a finite number.
        """
        for name, score in scores.items():
            if name not in self._place or not math.isfinite(score):
                raise DataError(f"item {name!r} with score {score}: no item, or no score, of these")
            self._scores[self._place[name]] = score

    @property
    def exhausted(self) -> bool:
        """Whether every item was chosen."""
        return len({choice.item for choice in self.chosen}) == len(self._whole)

    def review(self) -> None:
        """Give the two-stage procedure up if it does not fit this model; ``fallback`` says why.

        Asked once all of a batch was answered, before its estimate is believed.
        """
        if self.learnt and self._level() >= 0:
            self.fallback = self._unfit(self._learnt(self._level()), self.by_design())

    def batch(self) -> list[Choice]:
        """Choose the next items, with their probabilities; empty when all were chosen."""
        number = self._level() + 1
        if self.learnt and self._two is not None and number >= len(self._two.levels):
            self.fallback = f"{self._two.levels[-1].size} chosen items were not enough"
        found = self._staged_batch(number) if self.learnt else []
        found = found or self._random_batch(number)
        self.chosen += found
        return found

    def estimate(self) -> Estimate:
        """Return what the answers told so far say of the whole benchmark."""
        if self.learnt and (number := self._level()) >= 0:
            return self._learnt(number)
        return self.by_design()

    def by_design(self) -> Estimate:
        """Return the estimate that rests on the random draw alone."""
        certain, sampled = self._parts()
        found = aipw(
            self._whole, self._asked_scores(), certain=certain, sampled=sampled,
            control=self._control, confidence=self._plan.confidence,
        )  # fmt: skip
        return self._bounded(found)

    @property
    def learnt(self) -> bool:
        """Whether items are chosen by what was learnt from calibration models."""
        return self._two is not None and not self.fallback

    def _asked_scores(self) -> Values:
        """Return the scores of the items chosen: what else is known was not asked for."""
        asked = np.array([self._place[choice.item] for choice in self.chosen], dtype=np.intp)
        scores = np.full(len(self._whole), np.nan)
        scores[asked] = self._scores[asked]
        return scores

    def _parts(self) -> tuple[Places, Places]:
        """Return the items chosen by design, and those drawn, in the order of the draw."""
        by_design = [self._place[c.item] for c in self.chosen if c.stage != "probe"]
        drawn = [self._place[c.item] for c in self.chosen if c.stage == "probe"]
        return np.array(by_design, dtype=np.intp), np.array(drawn, dtype=np.intp)

    def _level(self) -> int:
        """Return the number of the last batch; -1 before the first."""
        return max((choice.batch for choice in self.chosen), default=-1)

    def _learnt(self, number: int) -> Estimate:
        """Return the two-stage estimate with the half-width of models held out."""
        assert self._two is not None  # noqa: S101 - asked only where it is
        scores = self._asked_scores()
        asked = np.flatnonzero(~np.isnan(scores))
        check = self.by_design()
        if not len(asked):
            return check
        value = float(self._two.known.predicted(asked, scores[asked][None])[0])
        half = self._plan.widths[number]
        found = Estimate(
            value=value, low=value - half, high=value + half, how="conformal", n=len(asked),
            size=len(self._whole), error=check.error, df=check.df,
            confidence=self._plan.confidence,
        )  # fmt: skip
        return self._bounded(found)

    def _bounded(self, found: Estimate) -> Estimate:
        """Return ``found`` within [0, 1] where every score lies there."""
        answers = self._asked_scores()
        for values in (self._training, answers[~np.isnan(answers)]):
            if values.size and (values.min() < 0 or values.max() > 1):
                return found
        value, low, high = np.clip([found.value, found.low, found.high], 0.0, 1.0).tolist()
        return replace(found, value=value, low=low, high=high)

    def _unfit(self, learnt: Estimate, drawn: Estimate) -> str:
        """Return why the learnt rules do not fit this model; empty where they do."""
        widths = self._plan.widths
        reach = next((wide for wide in widths if wide <= self._plan.target), min(widths))
        best = float((self._training @ self._whole.weight).max())
        if learnt.value + reach > best:
            return (
                f"it may be stronger than every calibration model (they reach {best:.3f}), and of "
                "such models learnt designs think too little"
            )
        error = drawn.half / t_quantile(drawn.confidence, drawn.df)
        if error > 0 and math.isfinite(error):
            surprise = t_tail((drawn.value - learnt.value) / error, drawn.df)
            if surprise < CHANCE:
                return (
                    f"the random probes say {drawn.value:.3f} ± {drawn.half:.3f} where the chosen "
                    f"items say {learnt.value:.3f} (p = {surprise:.4f})"
                )
        return ""

    def _staged_batch(self, number: int) -> list[Choice]:
        two = self._two
        if two is None:
            return []
        level = two.levels[number]
        certain, sampled = self._parts()
        begin = [int(item) for item in certain]
        if len(begin) < len(two.shared):
            begin = list(two.shared)
        knot = two.located(self._scores[two.shared]) if number else -1
        design = self._continued(two, knot, begin, level.chosen)
        fresh = [item for item in design if item not in set(certain.tolist())]
        probes = [int(item) for item in self._order[len(sampled) : level.probes]]
        stage: Stage = "shared" if number == 0 else "local"
        return self._choices(number, [(item, stage) for item in fresh], probes, certain, sampled)

    def _continued(self, two: TwoStage, knot: int, begin: list[int], count: int) -> list[int]:
        path = two.path(knot) if knot >= 0 else list(two.shared)
        if path[: len(begin)] == begin:
            return path[:count]
        known = two.known
        return c_optimal(
            known.scores, known.weight, models=known.models(knot), count=count, begin=begin
        )

    def _random_batch(self, number: int) -> list[Choice]:
        certain, sampled = self._parts()
        there = len(certain) + len(sampled)
        size = min(max(int(GROWTH * there), LEAST), MOST) if there else max(FIRST, self._strata())
        known = set(certain.tolist()) | set(sampled.tolist())
        left = [int(item) for item in self._order if int(item) not in known]
        return self._choices(number, [], left[:size], certain, sampled)

    def _strata(self) -> int:
        return min(self._whole.strata, MOST)

    def _choices(
        self,
        number: int,
        design: list[tuple[int, Stage]],
        probes: list[int],
        certain: Places,
        sampled: Places,
    ) -> list[Choice]:
        chosen = np.array([*certain, *(item for item, _ in design)], dtype=np.intp)
        drawn = np.array([*sampled, *probes], dtype=np.intp)
        likely = inclusion(self._whole, drawn, chosen)
        staged = [*design, *((item, "probe") for item in probes)]
        return [
            Choice(
                item=self._whole.items[item],
                stage=stage,
                probability=float(likely[item]) if stage == "probe" else 1.0,
                batch=number,
            )
            for item, stage in staged
        ]  # fmt: skip
