"""On all samples: the right answer scores 1, noise never does, others' answers score at chance."""

from __future__ import annotations

import math
import random
from collections import Counter
from collections.abc import Iterator
from itertools import pairwise

from benchwright.core.benchmark import Asking, Scorer, Solver
from benchwright.core.errors import DescriptionError
from benchwright.core.measurement import Outcome
from benchwright.core.response import said
from benchwright.core.sample import Sample
from benchwright.core.seeds import derive
from benchwright.testing.answering import NOISE, Court, answered, canonical
from benchwright.testing.data_checks.finding import EXAMPLES, Finding, Material, counted

LEEWAY = 5.0
"""Standard errors that the score of others' answers may lie above chance."""


def check(material: Material) -> Iterator[Finding]:
    """Yield what every way of asking rejects and accepts, and others' answers' points."""
    for ask in material.benchmark.asks:
        for chat in (False, True):
            asking = Asking(ask=ask, chat=chat, shots=0)
            try:
                solver = material.benchmark.solver(asking, material.data)
            except DescriptionError:
                continue  # raw text cannot hold pictures
            scorer = material.benchmark.scorer(asking)
            yield from _Way(material, solver, scorer, ask).findings()
            break


class _Way:
    """One way of asking a benchmark."""

    def __init__(self, material: Material, solver: Solver, scorer: Scorer, ask: str) -> None:
        self._material, self._solver, self._scorer = material, solver, scorer
        self._ask = ask
        self._rejected: list[str] = []
        self._accepted: list[str] = []
        self._without: list[str] = []
        self._unrun: list[str] = []
        self._others: list[tuple[float, float]] = []

    def findings(self) -> Iterator[Finding]:
        samples = self._material.samples
        partners = _partners(samples)
        for sample, other in zip(samples, partners, strict=True):
            self._look(sample, other)
        form = f"asked by {self._ask}"
        known = len(samples) - len(self._without)
        if known:
            yield _breaking(f"reject their right answer, {form}", self._rejected, known)
        if self._without:
            why = getattr(self._material.benchmark, "no_canonical", "")
            yield counted(f"have no canonical right answer, {form}", self._without, len(samples),
                          note=why)  # fmt: skip
        if self._unrun:
            yield counted(f"could not be run here, {form}", self._unrun, len(samples))
        form_only = getattr(self._scorer, "form_only", "")
        if form_only:
            yield counted(f"accept noise, {form}", self._accepted, len(samples),
                          note=form_only)  # fmt: skip
        else:
            yield _breaking(f"accept noise, {form}", self._accepted, len(samples))
        if self._others:
            yield self._shuffled(form)

    def _look(self, sample: Sample, other: Sample) -> None:
        benchmark = self._material.benchmark
        right = canonical(benchmark, sample)
        best = sample.target_index if sample.choices else None
        asked, response = answered(self._solver, sample, right or said(NOISE), best)
        compares = any(request.continuations for request in asked)
        known = right is not None or compares
        court = Court(self._scorer, sample, response if known else None, self._material.execute)
        if not known:
            self._without.append(sample.id)
        else:
            score = court.score(response)
            if self._material.execute is not None and score.outcome is Outcome.UNJUDGED:
                self._unrun.append(f"{sample.id} ({score.explanation})")
                return
            if score.value != 1:
                self._rejected.append(f"{sample.id} ({score.value})")
        wrong = None if best is None else (best + 1) % len(sample.choices)
        noise = answered(self._solver, sample, said(NOISE), wrong)[1]
        if court.score(noise).value == 1:
            self._accepted.append(sample.id)
        if not known or other is sample or (compares and best is None):
            return  # reference answers are a question's own: a stranger's is not among them
        foreign = canonical(benchmark, other)
        at = other.target_index if best is not None and other.choices else best
        if best is not None and at is not None:
            at %= len(sample.choices)
        if foreign is None and not compares:
            return
        answer = answered(self._solver, sample, foreign or said(NOISE), at)[1]
        self._others.append((court.score(answer).value or 0.0, _expected(sample)))

    def _shuffled(self, form: str) -> Finding:
        """Return the mean score of another sample's right answer, beside what chance gives."""
        n = len(self._others)
        mean = sum(value for value, _ in self._others) / n
        chance = self._chance()
        error = math.sqrt(max(chance * (1 - chance), 1 / n) / n)
        why = getattr(self._scorer, "others_score", "")
        return Finding(
            what=f"points by another sample's right answer, {form}",
            count=round(sum(value for value, _ in self._others)),
            of=n,
            note=f"mean {mean:.4f}, by chance {chance:.4f}" + (f"; {why}" if why else ""),
            broken=not why and mean > chance + LEEWAY * error,
        )

    def _chance(self) -> float:
        """Return how often two samples of the set have the same right answer."""
        samples = self._material.samples
        if samples[0].choices:
            return sum(expected for _, expected in self._others) / len(self._others)
        counts = Counter(sample.target for sample in samples)
        total = max(len(samples) * (len(samples) - 1), 1)
        return sum(count * (count - 1) for count in counts.values()) / total


def _expected(sample: Sample) -> float:
    return 1 / len(sample.choices) if sample.choices else 0.0


def _partners(samples: list[Sample]) -> list[Sample]:
    """Return for every sample another one, drawn as one cycle through all of them by seed."""
    order = list(range(len(samples)))
    random.Random(derive(0, "shuffled targets")).shuffle(order)  # noqa: S311 - no secret
    partners = dict(pairwise([*order, *order[:1]]))
    return [samples[partners[place]] for place in range(len(samples))]


def _breaking(what: str, names: list[str], of: int) -> Finding:
    return Finding(what=what, count=len(names), of=of, examples=tuple(names[:EXAMPLES]),
                   broken=bool(names))  # fmt: skip
