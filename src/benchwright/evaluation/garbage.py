"""Python's search for cyclic garbage, made rare for a run.

A run keeps many objects and makes next to no cycles, yet Python walks through the whole heap
whenever it has grown by a quarter: a tenth of the CPU time of a sample
(``performance/RESULTS.md``).
"""

from __future__ import annotations

import gc
from collections.abc import Iterator
from contextlib import contextmanager

THRESHOLDS = (20_000, 20, 100)
"""New objects before the youngest are searched, and how many such searches before the older and
the oldest are; Python 3.11's own are 700, 10 and 10."""


@contextmanager
def rarely_collected() -> Iterator[None]:
    """Search rarely within this block, or within a function that this decorates."""
    before = gc.get_threshold()
    if before[0]:  # else nobody searches at all
        gc.set_threshold(*map(max, before, THRESHOLDS))
    try:
        yield
    finally:
        gc.set_threshold(*before)
