"""Rows on their way into the pool, written beside the asking.

A part of 20,000 rows takes some tenths of a second to write: with 512 requests out at once, a
server would have answered all of them meanwhile, and nobody would have asked it anything.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor

from benchwright.core.measurement import Measurement


class RowWriter:
    """Writes one block of rows at a time, in the order given, in a thread of its own."""

    def __init__(self, write: Callable[[list[Measurement]], None]) -> None:
        """Keep rows by ``write``."""
        self.cpu = 0.0
        """Processor seconds that writing took in its thread."""
        self._write = write
        self._thread = ThreadPoolExecutor(1, thread_name_prefix="rows")
        self._going: Future[None] | None = None

    def put(self, rows: list[Measurement]) -> None:
        """Begin to write ``rows``; waits for the block before, so that two are held at most.

        Raises:
            PoolError: the block before could not be written.
        """
        self.wait()
        if rows:
            self._going = self._thread.submit(self._timed, rows)

    def wait(self) -> None:
        """Return when all that was put is written.

        Ctrl-C is raised then as well, not before: whoever catches it closes the pool.

        Raises:
            PoolError: it could not be.
        """
        going, self._going = self._going, None
        try:
            if going is not None:
                going.result()
        finally:
            # Comes after every block, also one whose name was lost to Ctrl-C within ``put``.
            self._thread.submit(int).result()

    def _timed(self, rows: list[Measurement]) -> None:
        began = time.thread_time()
        try:
            self._write(rows)
        finally:
            self.cpu += time.thread_time() - began
