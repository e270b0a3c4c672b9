"""Flows: logic that asks, without doing input or output.

A flow is a generator that yields what it wants asked and is sent what came back:

    def reflect(sample: Sample) -> Flow[Response]:
        first = yield from ask(Request(...))
        return (yield from ask(Request(...)))

Yielding a list asks together and is sent a list. A request that failed is thrown in as
``RequestFailed``. A ``Program``, or a list of them, is run in the sandbox and comes back as what
``Ran``; one that could not be run is thrown in as ``ProgramNotRun``. The engine drives thousands of
flows at once; a test drives one by sending it canned responses.
"""

from __future__ import annotations

from collections.abc import Callable, Generator, Sequence
from typing import Any, TypeVar

from benchwright.core.execution import Program, ProgramNotRun, Ran
from benchwright.core.request import Request
from benchwright.core.response import Failure, RequestFailed, Response

T = TypeVar("T")

Wanted = Request | Program | Sequence[Request] | Sequence[Program]
"""What a flow may yield: one thing, or several of a kind together."""

Flow = Generator[Wanted, Any, T]
"""A generator that yields requests and programs, is sent what came back, and returns a ``T``."""


def ask(request: Request) -> Flow[Response]:
    """Ask one request; the typed way to write ``yield request``."""
    response: Response = yield request
    return response


def ask_all(requests: Sequence[Request]) -> Flow[list[Response]]:
    """Ask several requests together; the answers come in the order asked."""
    responses: list[Response] = yield list(requests)
    return responses


def execute(program: Program) -> Flow[Ran]:
    """Run one program in the sandbox; the typed way to write ``yield program``."""
    ran: Ran = yield program
    return ran


def execute_all(programs: Sequence[Program]) -> Flow[list[Ran]]:
    """Run several programs together; what came of them comes in the order given."""
    ran: list[Ran] = yield list(programs)
    return ran


def together(wanted: Wanted) -> tuple[list[Request], list[Program], bool]:
    """Return (requests, programs, whether several were yielded together) of what a flow yielded.

    One of the lists is empty.
    """
    if isinstance(wanted, Request):
        return [wanted], [], False
    if isinstance(wanted, Program):
        return [], [wanted], False
    requests = [item for item in wanted if isinstance(item, Request)]
    programs = [item for item in wanted if isinstance(item, Program)]
    return requests, programs, True


def drive(
    flow: Flow[T],
    answer: Callable[[Request], Response | Failure],
    execute: Callable[[Program], Ran] | None = None,
) -> T:
    """Run one flow to its end with canned answers: for tests and for looking at prompts.

    Args:
        flow: what is to be run.
        answer: answers a request.
        execute: runs a program; needed where the flow yields one. ``ProgramNotRun`` that it raises
            is thrown into the flow.

    Raises:
        RequestFailed: an answer was a failure and the flow did not handle it.
        ProgramNotRun: a program could not be run and the flow did not handle it.
        ValueError: the flow wants a program run and nothing runs it.
    """
    try:
        wanted = next(flow)
        while True:
            requests, programs, several = together(wanted)
            if programs and execute is None:
                raise ValueError("the flow wants a program run; give `execute`")
            results: list[Response | Failure | Ran] = [answer(request) for request in requests]
            try:
                results += [execute(program) for program in programs if execute is not None]
            except ProgramNotRun as problem:
                wanted = flow.throw(problem)
                continue
            failed = next((result for result in results if isinstance(result, Failure)), None)
            if failed is not None:
                wanted = flow.throw(RequestFailed(failed))
            else:
                wanted = flow.send(results if several else results[0])
    except StopIteration as stop:
        value: T = stop.value
        return value
