"""The queue between the engine and one model's thread."""

from __future__ import annotations

import threading
import time
from collections import deque
from collections.abc import Callable, Sequence
from queue import SimpleQueue

from benchwright.core.content import Media
from benchwright.core.execution import ProgramNotRun, Ran
from benchwright.core.model import Asked
from benchwright.core.response import Failure, Response

BENCH = -1
"""The number of the bench, where a desk's would stand."""

Mail = tuple[int, int, "Response | Failure | Ran | ProgramNotRun | None"]
"""(desk, ticket, result) as it comes back to the engine; None for what was given back."""


class QueueInbox:
    """An ``Inbox``: requests wait until the model takes them, never more than ``limit`` out."""

    def __init__(
        self,
        *,
        desk: int,
        mailbox: SimpleQueue[Mail | None],
        limit: int,
        read_media: Callable[[Media], bytes],
    ) -> None:
        """Deliver answers into ``mailbox`` under the number ``desk``."""
        self._desk = desk
        self._mailbox = mailbox
        self._limit = limit
        self._read_media = read_media
        self._waiting: deque[Asked] = deque()
        self._changed = threading.Condition()
        self._out = 0
        self._stopping = False
        self._closed = False

    def put(self, requests: list[Asked]) -> None:
        """Queue requests for the model."""
        with self._changed:
            self._waiting.extend(requests)
            self._changed.notify_all()

    def withdraw(self) -> list[Asked]:
        """Take back every request that the model has not taken; it should begin nothing new."""
        with self._changed:
            self._stopping = True
            withdrawn = list(self._waiting)
            self._waiting.clear()
            return withdrawn

    def close(self) -> None:
        """Tell the model that nothing more will come."""
        with self._changed:
            self._closed = True
            self._changed.notify_all()

    @property
    def stopping(self) -> bool:
        """Whether nothing new should be begun."""
        return self._stopping

    @property
    def waiting(self) -> int:
        """Requests that the model has not taken."""
        return len(self._waiting)

    @property
    def closed(self) -> bool:
        """Whether nothing more will come."""
        return self._closed

    def take(self, limit: int, wait: float | None = None) -> list[Asked]:
        """Return up to ``limit`` waiting requests, oldest first; see ``core.model.Inbox``."""
        deadline = None if wait is None else time.monotonic() + wait
        with self._changed:
            while not self._closed:
                room = min(limit, self._limit - self._out, len(self._waiting))
                if room > 0:
                    self._out += room
                    return [self._waiting.popleft() for _ in range(room)]
                left = None if deadline is None else deadline - time.monotonic()
                if left is not None and left <= 0:
                    return []
                self._changed.wait(left)
            return []

    def answer(self, asked: Asked, result: Response | Failure) -> None:
        """Leave the answer to ``asked``."""
        self._mailbox.put((self._desk, asked.ticket, result))
        with self._changed:
            full = self._out >= self._limit
            self._out -= 1
            if full:
                self._changed.notify_all()

    def give_back(self, asked: Sequence[Asked]) -> None:
        """Take back requests that the model took and did not begin."""
        for one in asked:
            self._mailbox.put((self._desk, one.ticket, None))
        with self._changed:
            self._out -= len(asked)
            self._changed.notify_all()

    def media(self, media: Media) -> bytes:
        """Return the bytes of ``media``."""
        return self._read_media(media)
