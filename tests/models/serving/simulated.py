"""Servers in virtual time, of the two kinds that keep prefixes, and a client that dispatches."""

from __future__ import annotations

import heapq
from collections.abc import Sequence

from benchwright.models.serving.dispatch import Dispatcher

OWN = 100
"""Tokens of a request beyond its prefix."""


class Server:
    """``places`` requests at once, one token a millisecond and place."""

    def __init__(self, places: int, *, tree: bool, prefix: int = 500, new: int = 1) -> None:
        self.tree = tree
        self.prefix = prefix
        self.new = new
        self.evaluated = 0
        self._slots: list[int | None] = [None] * places
        self._used = [0.0] * places
        self._busy: set[int] = set()
        self._known: set[int] = set()

    def begin(self, group: int, now: float) -> tuple[float, int, int]:
        """Return (when it ends, its slot, cached tokens) of a request of ``group``."""
        free = [n for n in range(len(self._slots)) if n not in self._busy]
        slot = next((n for n in free if self._slots[n] == group), None)
        if slot is None:
            slot = min(free, key=lambda n: (self._used[n], n))
        kept = group in self._known if self.tree else self._slots[slot] == group
        cached = self.prefix if kept else 0
        self._busy.add(slot)
        self._slots[slot] = group
        tokens = self.prefix + OWN - cached
        self.evaluated += tokens
        return now + (tokens + self.new) / 1000, slot, cached

    def end(self, group: int, slot: int, now: float) -> None:
        self._busy.remove(slot)
        self._used[slot] = now
        self._known.add(group)


def distinct(groups: Sequence[int], server: Server) -> int:
    return len(set(groups)) * server.prefix + OWN * len(groups)


def dispatched(dispatcher: Dispatcher, server: Server, groups: Sequence[int], places: int) -> float:
    """Send one request of each of ``groups``; return when the last is answered."""
    share = server.prefix / (server.prefix + OWN)
    for ticket, group in enumerate(groups):
        dispatcher.add(ticket, group, share)
    now, answers = 0.0, []
    while True:
        for sent in dispatcher.send(now, [places]):
            group = groups[sent.ticket]
            end, slot, cached = server.begin(group, now)
            heapq.heappush(answers, (end, sent.ticket, slot, cached))
        if not answers:
            return now
        now, ticket, slot, cached = heapq.heappop(answers)
        server.end(groups[ticket], slot, now)
        dispatcher.done(ticket, now, tokens=server.prefix + OWN, cached=cached)


def in_order(server: Server, groups: Sequence[int], places: int) -> float:
    """Send in the order given, as a client without a dispatcher does."""
    now, answers, waiting = 0.0, [], list(enumerate(groups))[::-1]
    while waiting or answers:
        while waiting and len(answers) < places:
            ticket, group = waiting.pop()
            end, slot, _ = server.begin(group, now)
            heapq.heappush(answers, (end, ticket, slot))
        now, ticket, slot = heapq.heappop(answers)
        server.end(groups[ticket], slot, now)
    return now
