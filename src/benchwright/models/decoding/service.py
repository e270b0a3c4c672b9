"""Between an inbox and a scheduler: the loop of every local model's ``serve``, and its trials."""

from __future__ import annotations

from collections.abc import Sequence

from benchwright.core.errors import ModelError
from benchwright.core.model import Asked, Inbox
from benchwright.core.request import Request
from benchwright.core.response import Failure, Response
from benchwright.models.decoding.encoding import Encoder, Unanswerable
from benchwright.models.decoding.scheduler import Scheduler

INTAKE = 128
"""Requests tokenised between two batches, so that the engine never waits long for them."""

LINGER = 0.005
"""Seconds to wait for more requests before beginning with those that are there."""


def serve(inbox: Inbox, encoder: Encoder, scheduler: Scheduler, window: int) -> None:
    """Answer what comes into ``inbox`` until it is closed, ``window`` requests in hand at most."""
    while not inbox.closed:
        _take(inbox, encoder, scheduler, window)
        if inbox.stopping and scheduler.waiting:
            inbox.give_back(scheduler.give_up())
        for asked, result in scheduler.step():
            inbox.answer(asked, result)


def tried(requests: Sequence[Request], encoder: Encoder, scheduler: Scheduler) -> list[Response]:
    """Return the answers to ``requests``, which ``scheduler`` takes up all at once.

    Raises:
        ModelError: one of them cannot be answered.
    """
    found: dict[int, Response | Failure] = {}
    for number, request in enumerate(requests):
        try:
            scheduler.add(encoder.job(Asked(number, request)))
        except Unanswerable as problem:
            found[number] = problem.failure
    while scheduler.held:
        found |= {asked.ticket: result for asked, result in scheduler.step()}
    answers = []
    for number in range(len(requests)):
        answer = found[number]
        if isinstance(answer, Failure):
            raise ModelError(f"a trial request was not answered: {answer.message}")
        answers.append(answer)
    return answers


def _take(inbox: Inbox, encoder: Encoder, scheduler: Scheduler, window: int) -> None:
    """Move requests from the inbox to the scheduler; wait for one if there is nothing to do."""
    idle = scheduler.held == 0
    wait = None if idle else 0.0
    left = min(window - scheduler.held, INTAKE)
    while left > 0:
        taken = inbox.take(left, wait)
        left -= len(taken)
        for asked in taken:
            try:
                scheduler.add(encoder.job(asked))
            except Unanswerable as problem:
                inbox.answer(asked, problem.failure)
            except ModelError as problem:
                inbox.answer(asked, Failure(kind="defect", message=str(problem)))
        if not taken or inbox.closed:
            return
        wait = LINGER if idle else 0.0
