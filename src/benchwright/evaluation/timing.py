"""Where a run's time goes: clocks that are read once a block of work, never once a sample.

The engine's thread does one thing at a time, so its wall time falls into parts: waiting for the
model, writing, scoring, and the engine's own rest (prompts, keys, rows). Rows are written beside
it, and so works the model: what other threads than these used of the processor is the model's, and
what a local model counts itself (``Work``) says how long its backend computed and how many tokens.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Mapping
from typing import TYPE_CHECKING

from msgspec import Struct

from benchwright.core.benchmark import Scorer
from benchwright.core.flow import Flow
from benchwright.core.measurement import Score
from benchwright.core.model import Metered, Model, Work
from benchwright.core.response import Response
from benchwright.core.sample import Sample

if TYPE_CHECKING:
    from benchwright.evaluation.desk import Desk


ASKING: Mapping[str, str] = {
    "waiting": "waiting for the model",
    "engine": "engine",
    "scoring": "scoring",
    "writing": "writing",
}
"""Part of the time in which a model is asked → what it is called."""


class Clock(Struct, frozen=True, kw_only=True):
    """Seconds by three clocks at one moment, or between two moments."""

    wall: float
    """Wall time."""
    process: float
    """Processor time of every thread of this process."""
    thread: float
    """Processor time of the thread that reads the clock."""

    @staticmethod
    def now() -> Clock:
        """Read the clocks."""
        return Clock(
            wall=time.perf_counter(), process=time.process_time(), thread=time.thread_time()
        )

    def since(self, began: Clock) -> Clock:
        """Return what passed from ``began`` to this moment."""
        return Clock(
            wall=self.wall - began.wall,
            process=self.process - began.process,
            thread=self.thread - began.thread,
        )


class Meter:
    """Adds up the time of one kind of block: ``start``, the block, ``stop``."""

    __slots__ = ("_cpu", "_wall", "cpu", "wall")

    def __init__(self) -> None:
        """Begin at nothing."""
        self.wall = 0.0
        """Wall seconds of all blocks."""
        self.cpu = 0.0
        """Processor seconds of this thread in all blocks."""
        self._wall = self._cpu = 0.0

    def start(self) -> None:
        """Begin a block."""
        self._wall, self._cpu = time.perf_counter(), time.thread_time()

    def stop(self) -> None:
        """End the block that began last."""
        self.wall += time.perf_counter() - self._wall
        self.cpu += time.thread_time() - self._cpu


class TimedScorer:
    """A scorer that adds up the seconds which its verdicts took; a judge's answers not counted."""

    def __init__(self, scorer: Scorer, clock: Callable[[], float] = time.perf_counter) -> None:
        """Judge as ``scorer`` does."""
        self.name = scorer.name
        self.version = scorer.version
        self.seconds = 0.0
        """What the verdicts took so far."""
        self._scorer = scorer
        self._clock = clock

    def __call__(self, sample: Sample, response: Response) -> Score | Flow[Score]:
        """Judge ``response`` to ``sample``."""
        began = self._clock()
        verdict = self._scorer(sample, response)
        self.seconds += self._clock() - began
        return verdict


def work_of(model: Model) -> Work | None:
    """Return what ``model`` has evaluated so far; None where it does not count."""
    return model.work if isinstance(model, Metered) else None


def metrics_of_model(desk: Desk, before: Work | None, after: Work | None) -> dict[str, float]:
    """Return the metrics of one model in one run: requests and tokens, and its backend's time."""
    metrics: dict[str, float] = {
        "requests": desk.asked,
        "reused": desk.reused,
        "retries": desk.retries,
        "tokens_asked": desk.tokens_in,
        "tokens_cached": desk.tokens_cached,
        "tokens_out": desk.tokens_out,
    }
    if desk.compared:
        metrics |= {"compared": desk.compared, "within_noise": desk.within_noise}
    if before is not None and after is not None:
        metrics["tokens_evaluated"] = after.tokens - before.tokens
        metrics["batches"] = after.batches - before.batches
        metrics["seconds_backend"] = round(after.seconds - before.seconds, 4)
    return metrics


def metrics_of_asking(
    spent: Clock, waiting: Meter, writing: Meter, beside: float, scorers: Iterable[TimedScorer]
) -> dict[str, float]:
    """Return the metrics of the time in which one model was asked, in seconds.

    ``seconds`` is the sum of ``seconds_waiting``, ``_writing``, ``_scoring`` and ``_engine``;
    ``cpu_seconds`` that of ``cpu_seconds_model``, ``_writing`` and ``_engine`` (scoring included).
    ``beside`` are the processor seconds of writing in a thread that is not the engine's.
    """
    by_scorer: dict[str, float] = {}
    for scorer in scorers:
        name = f"seconds_scoring {scorer.name}@{scorer.version}"
        by_scorer[name] = by_scorer.get(name, 0.0) + scorer.seconds
    scoring = sum(by_scorer.values())
    metrics = {
        "seconds": spent.wall,
        "seconds_waiting": waiting.wall,
        "seconds_writing": writing.wall,
        "seconds_scoring": scoring,
        "seconds_engine": max(0.0, spent.wall - waiting.wall - writing.wall - scoring),
        "cpu_seconds": spent.process,
        "cpu_seconds_model": max(0.0, spent.process - spent.thread - beside),
        "cpu_seconds_writing": writing.cpu + beside,
        "cpu_seconds_engine": max(0.0, spent.thread - writing.cpu),
        **by_scorer,
    }
    return {name: round(value, 4) for name, value in metrics.items()}


def words_of_asking(metrics: Mapping[str, float]) -> str:
    """Return where the time went in which a model was asked, and its tokens, as one sentence."""
    seconds = metrics["seconds"]
    shares = ", ".join(
        f"{metrics[f'seconds_{part}'] / seconds:.0%} {words}"
        for part, words in ASKING.items()
        if seconds
    )
    asked = metrics["tokens_asked"]
    evaluated = tokens_evaluated(metrics)
    tokens = f"; {evaluated:,.0f} tokens evaluated, {asked:,.0f} asked" if asked else ""
    return f"{seconds:.1f} s of asking: {shares}{tokens}"


def tokens_evaluated(metrics: Mapping[str, float]) -> float:
    """Return the tokens that a model evaluated: as it counted them, else as its answers tell."""
    told = metrics["tokens_asked"] - metrics["tokens_cached"] + metrics["tokens_out"]
    return metrics.get("tokens_evaluated", told)
