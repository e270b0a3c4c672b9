"""Work in a thread of its own, which ends with the work.

What needs an event loop runs here because a notebook's thread has one already, and what computes
because of OpenMP, by which torch and llama.cpp do. It keeps a team of threads for every thread that
ever computed. GNU's lets threads without work wait busily only while all teams together have no
more threads than there are processors; beyond that they sleep, and each operation wakes them again
(``gomp_managed_threads`` in libgomp/team.c and libgomp/config/linux/wait.h). A model that had
computed in two threads used 1.6 of two processors in place of 2.0 and was a quarter slower. A
thread that ends takes its team along, so no caller's thread ever computes: opening, trials and
limits run here, and ``serve`` has a thread of its own anyway.
"""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextvars import copy_context
from typing import TypeVar

T = TypeVar("T")


def apart(work: Callable[[], T]) -> T:
    """Return what ``work`` returns, or raise what it raises, when its thread has ended.

    Ctrl-C is raised then as well, not before: whoever catches it may free what the work uses.
    """
    with ThreadPoolExecutor(1) as thread:
        thread.submit(int).result()  # a thread that Ctrl-C met while it began would not be awaited
        return thread.submit(copy_context().run, work).result()
