"""Who answers in a contract test: the right answer, noise, and stand-ins for judge and sandbox.

A judge's stand-in prefers exactly what it is asked about the right response: to those requests it
gives the scorer's favourable reply, to all others the unfavourable one. A sandbox's stand-in lets
exactly those programs pass that the right response yields. Whether a reference solution really
passes its tests is shown with a real sandbox, which ``check --all`` uses where there is one.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import suppress
from itertools import count
from typing import Protocol, runtime_checkable

from benchwright.core.benchmark import Benchmark, Exemplary, Scorer, Solver
from benchwright.core.execution import Program, ProgramNotRun, Ran
from benchwright.core.flow import drive
from benchwright.core.measurement import Outcome, Score
from benchwright.core.request import Request
from benchwright.core.response import ContinuationScore, Response, said
from benchwright.core.sample import Presentation, Sample

NOISE = "qxv wrzk jjfp"
"""A text that answers nothing."""

Executor = Callable[[Program], Ran]
"""Runs a program."""


@runtime_checkable
class Replying(Protocol):
    """A judging scorer that says what a judge writes to it."""

    @property
    def replies(self) -> tuple[str, str]:
        """What a judge says of a right and of a wrong response."""
        ...


@runtime_checkable
class Running(Protocol):
    """A scorer that reads more of a program's run than whether it passed."""

    def ran(self, program: Program, good: bool) -> Ran:
        """Return what a sandbox says of ``program``, a right response's where it is ``good``."""
        ...


class Court:
    """Scores responses to one sample, playing judge and sandbox for the scorer."""

    def __init__(
        self,
        scorer: Scorer,
        sample: Sample,
        right: Response | None,
        execute: Executor | None = None,
    ) -> None:
        """Learn what the ``right`` response asks of judge and sandbox.

        Args:
            scorer: Who judges.
            sample: What was asked.
            right: The right response; without one nothing is preferred and no program passes.
            execute: A real sandbox; None plays one.
        """
        self._scorer, self._sample, self._execute = scorer, sample, execute
        self._requests: list[Request] = []
        self._programs: list[Program] = []
        self._learning = True
        # A real sandbox need not be told what is right; a judge that is played must.
        if right is not None and (execute is None or getattr(scorer, "judges", False)):
            with suppress(Exception):  # what it raises it raises again when the score is wanted
                self.score(right)
        self._learning = False

    def score(self, response: Response) -> Score:
        """Return the score of ``response``; ``unjudged`` where a program could not be run."""
        judged = self._scorer(self._sample, response)
        if isinstance(judged, Score):
            return judged
        orders = count()
        try:
            return drive(judged, lambda request: self._reply(request, next(orders)), self._run)
        except ProgramNotRun as cause:
            return Score(outcome=Outcome.UNJUDGED, explanation=str(cause))

    def _reply(self, request: Request, order: int) -> Response:
        if self._learning:
            self._requests.append(request)
        good = request in self._requests
        if isinstance(self._scorer, Replying):
            return said(self._scorer.replies[0 if good else 1])
        # A comparing judge is asked in alternating orders: the response stands first, then second.
        return said("1" if (order % 2 == 0) == good else "2")

    def _run(self, program: Program) -> Ran:
        if self._execute is not None:
            return self._execute(program)
        if self._learning:
            self._programs.append(program)
        good = program in self._programs
        if isinstance(self._scorer, Running):
            return self._scorer.ran(program, good)
        return Ran(passed=good, exit_code=0 if good else 1, problem="" if good else "check 1")


def canonical(benchmark: Benchmark, sample: Sample) -> Response | None:
    """Return the benchmark's right answer in text to ``sample``; None where it has none."""
    if not isinstance(benchmark, Exemplary):
        return said(sample.target)
    if benchmark.no_canonical:
        return None
    return benchmark.canonical(sample) if benchmark.canonical else said(sample.target)


def answered(
    solver: Solver, sample: Sample, generated: Response, favoured: int | None
) -> tuple[list[Request], Response]:
    """Ask ``sample`` and return what was asked, and the response.

    Args:
        solver: How it is asked.
        sample: What is asked.
        generated: The answer to every request for text.
        favoured: Index of the most likely option; of requests with one continuation each, the
            most likely request. None where the sample has no options.
    """
    asked: list[Request] = []
    single = count()

    def answer(request: Request) -> Response:
        asked.append(request)
        if not request.continuations:
            return generated
        if len(request.continuations) == 1 and len(sample.choices) > 1:
            own = next(single) % len(sample.choices)
            return likely(request.continuations, 0 if own == favoured else None)
        if not sample.choices:
            # Reference answers, the true ones first: the target, or for noise the last false one.
            texts = [text.strip() for text in request.continuations]
            wanted = sample.target if generated.text != NOISE else texts[-1]
            return likely(request.continuations, texts.index(wanted))
        return likely(request.continuations, favoured)

    return asked, drive(solver(sample, Presentation(), 0), answer)


def likely(continuations: Sequence[str], best: int | None) -> Response:
    """Return the scores of ``continuations``, of which the ``best`` is by far the most likely."""
    scores = (
        ContinuationScore(
            logprob=-0.001 * max(1, len(text)) if index == best else -50.0 * max(1, len(text)),
            tokens=1,
            bytes=len(text.encode()),
            greedy=index == best,
        )
        for index, text in enumerate(continuations)
    )
    return Response(continuations=tuple(scores), finish="scored")


def right_text(sample: Sample) -> str:
    """Return the right option's text, or the target where there are no options.

    Raises:
        ValueError: the target names no option.
    """
    return sample.choices[sample.target_index] if sample.choices else sample.target


def right_forms(sample: Sample) -> Iterator[Response]:
    """Yield the forms that the right answer to a sample of the general kit can have."""
    for text in (sample.target, right_text(sample), f'{{"answer": "{sample.target}"}}'):
        yield said(text)
    if sample.choices:
        yield likely(sample.choices, sample.target_index)
