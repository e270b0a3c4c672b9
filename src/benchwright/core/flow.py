"""Flows: logic that asks, without doing input or output.

A flow is a generator that yields what it wants asked and is sent what came back:

    def reflect(sample: Sample) -> Flow[Response]:
        first = yield from ask(Request(...))
        return (yield from ask(Request(...)))

Yielding a list asks together and is sent a list. A request that failed is thrown in as
``RequestFailed``. The engine drives thousands of flows at once; a test drives one by sending it
canned responses.
"""

from __future__ import annotations

from collections.abc import Callable, Generator, Sequence
from typing import Any, TypeVar

from benchwright.core.request import Request
from benchwright.core.response import Failure, RequestFailed, Response

T = TypeVar("T")

Flow = Generator["Request | Sequence[Request]", Any, T]
"""A generator that yields requests, is sent responses, and returns a ``T``."""


def ask(request: Request) -> Flow[Response]:
    """Ask one request; the typed way to write ``yield request``."""
    response: Response = yield request
    return response


def ask_all(requests: Sequence[Request]) -> Flow[list[Response]]:
    """Ask several requests together; the answers come in the order asked."""
    responses: list[Response] = yield list(requests)
    return responses


def drive(flow: Flow[T], answer: Callable[[Request], Response | Failure]) -> T:
    """Run one flow to its end with canned answers: for tests and for looking at prompts.

    Raises:
        RequestFailed: an answer was a failure and the flow did not handle it.
    """
    try:
        wanted = next(flow)
        while True:
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
