"""Numeric work in a thread of its own, which ends with the work.

OpenMP, by which torch and llama.cpp compute, keeps a team of threads for every thread that ever
computed. GNU's lets threads without work wait busily only while all teams together have no more
threads than there are processors; beyond that they sleep, and each operation wakes them again
(``gomp_managed_threads`` in libgomp/team.c and libgomp/config/linux/wait.h). A model that had
computed in two threads used 1.6 of two processors in place of 2.0 and was a quarter slower. A
thread that ends takes its team along, so no caller's thread ever computes: opening, trials and
limits run here, and ``serve`` has a thread of its own anyway.
"""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import Future
from contextvars import copy_context
from threading import Thread
from typing import TypeVar

T = TypeVar("T")


def apart(work: Callable[[], T]) -> T:
    """Return what ``work`` returns, or raise what it raises, from a thread that ends with it.

    Ctrl-C interrupts the waiting, not the work, which goes on until the process ends.
    """
    done: Future[T] = Future()
    context = copy_context()

    def run() -> None:
        try:
            result = context.run(work)
        except BaseException as error:  # noqa: BLE001 - raised where it was waited for
            done.set_exception(error)
        else:
            done.set_result(result)

    thread = Thread(target=run, name="apart", daemon=True)
    thread.start()
    try:
        return done.result()
    finally:
        if done.done():
            thread.join()
