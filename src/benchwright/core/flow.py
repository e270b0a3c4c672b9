"""Flows: logic that asks, without doing input or output.

A flow is a generator that yields what it wants asked and is sent what came back:

    def reflect(sample: Sample) -> Flow[Response]:
        first = yield from ask(Request(...))
        return (yield from ask(Request(...)))

Yielding a list asks together and is sent a list. A request that failed is thrown in as
``RequestFailed``. A ``Program`` is run in the sandbox and comes back as what ``Ran``. The engine
drives thousands of flows at once; a test drives one by sending it canned responses.
"""

from __future__ import annotations

from collections.abc import Callable, Generator, Sequence
from typing import Any, TypeVar

from benchwright.core.execution import Program, Ran
from benchwright.core.request import Request
from benchwright.core.response import Failure, RequestFailed, Response

T = TypeVar("T")

Flow = Generator["Request | Program | Sequence[Request]", Any, T]
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


def drive(
    flow: Flow[T],
    answer: Callable[[Request], Response | Failure],
    execute: Callable[[Program], Ran] | None = None,
) -> T:
    """Run one flow to its end with canned answers: for tests and for looking at prompts.

    Args:
        flow: what is to be run.
        answer: answers a request.
        execute: runs a program; needed where the flow yields one.

    Raises:
        RequestFailed: an answer was a failure and the flow did not handle it.
        ValueError: the flow wants a program run and nothing runs it.
    """
    try:
        wanted = next(flow)
        while True:
            if isinstance(wanted, Program):
                if execute is None:
                    raise ValueError("the flow wants a program run; give `execute`")
                wanted = flow.send(execute(wanted))
                continue
            requests = [wanted] if isinstance(wanted, Request) else list(wanted)
            results = [answer(request) for request in requests]
            failed = next((result for result in results if isinstance(result, Failure)), None)
            if failed is not None:
                wanted = flow.throw(RequestFailed(failed))
            else:
                wanted = flow.send(results[0] if isinstance(wanted, Request) else results)
    except StopIteration as stop:
        result: T = stop.value
        return result
