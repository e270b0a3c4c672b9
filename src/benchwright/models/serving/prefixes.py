"""Which requests begin alike: the groups that a server's prefix cache can serve together.

Where a request has structure (pieces of a prompt, turns before the last, pictures), its head is
everything before the last piece, and requests with one head are one group. Where it has none, the
texts themselves are compared: a character trie, kept as a sorted list in which the longest common
beginning of a text is always with one of its two neighbours.
"""

from __future__ import annotations

from bisect import bisect_left, insort

from msgspec import Struct

from benchwright.core.content import Audio, Image, Message, Text, Video
from benchwright.core.request import Request

SHORTEST = 400
"""Characters (about 100 tokens) below which a common beginning is not worth waiting for."""

SAME = 0.75
"""Share of a group's common beginning that a newcomer must have to make it shorter."""

PICTURE = 16
"""How often a picture's digest is written, so that it weighs about a thousand characters."""

KEPT = 512
"""Groups remembered; the one that was joined longest ago is forgotten first."""


class Head(Struct, frozen=True):
    """How a request begins."""

    text: str
    """Its head; the whole request where nothing tells the head from the rest."""
    structured: bool
    """Whether the head is known from the request's own structure."""
    size: int
    """Characters of the whole request."""


class Member(Struct, frozen=True):
    """Where a request belongs."""

    group: int
    """The group's number."""
    share: float
    """Part of the request, in characters, that the group shares; 0 where it shares nothing."""


class _Group(Struct):
    number: int
    common: str
    structured: bool
    alone: bool = True


class Prefixes:
    """The groups seen so far; pure: what it answers depends on the requests alone."""

    def __init__(self) -> None:
        """Begin without groups."""
        self._sorted: list[str] = []
        self._groups: dict[str, _Group] = {}  # by what its members share; the oldest first
        self._number = 0

    def member(self, request: Request) -> Member:
        """Return the group of ``request``, a new one where nothing known begins like it."""
        head = head_of(request)
        if len(head.text) < SHORTEST:
            return Member(self._next(), 0.0)
        group, shared = self._nearest(head)
        if group is None:
            group = _Group(self._next(), head.text, head.structured)
            shared = len(head.text) if head.structured else 0
            insort(self._sorted, head.text)
        else:
            self._shorten(group, shared)
            group.alone = False
        self._groups.pop(group.common, None)
        self._groups[group.common] = group
        if len(self._groups) > KEPT:
            self._forget(next(iter(self._groups)))
        return Member(group.number, shared / head.size)

    def _nearest(self, head: Head) -> tuple[_Group | None, int]:
        """Return the group that shares the longest beginning with ``head``, and its length."""
        place = bisect_left(self._sorted, head.text)
        best: _Group | None = None
        longest = 0
        for common in self._sorted[max(0, place - 1) : place + 1]:
            group = self._groups[common]
            shared = common_length(common, head.text)
            if shared > longest and shared >= self._wanted(group, head):
                best, longest = group, shared
        return best, longest

    @staticmethod
    def _wanted(group: _Group, head: Head) -> float:
        if group.structured and head.structured:
            return max(SHORTEST, SAME * len(group.common), SAME * len(head.text))
        # The rest of an unstructured text is its own; less than half in common is chance.
        known = len(group.common) * (0.5 if group.alone and not group.structured else SAME)
        return max(SHORTEST, known, 0.5 * len(head.text))

    def _shorten(self, group: _Group, shared: int) -> None:
        if shared == len(group.common):
            return
        self._forget(group.common)
        group.common = group.common[:shared]
        if group.common not in self._groups:
            insort(self._sorted, group.common)

    def _forget(self, common: str) -> None:
        del self._groups[common]
        del self._sorted[bisect_left(self._sorted, common)]

    def _next(self) -> int:
        self._number += 1
        return self._number


def head_of(request: Request) -> Head:
    """Return how ``request`` begins, tools first, pictures by what they show."""
    tools = "".join(
        f"\0{tool.name}\0{tool.description}\0{tool.parameters}" for tool in request.tools
    )
    if request.prompt:
        pieces = [piece for piece in request.prompt if piece]
    else:
        pieces = [piece for message in request.messages for piece in _pieces(message)]
    whole = tools + "".join(pieces)
    if len(pieces) < 2:
        return Head(whole, structured=False, size=max(1, len(whole)))
    return Head(tools + "".join(pieces[:-1]), structured=True, size=len(whole))


def common_length(one: str, other: str) -> int:
    """Return how many characters two texts have in common from the beginning."""
    low, high = 0, min(len(one), len(other))
    if one[:high] == other[:high]:
        return high
    while high - low > 1:
        middle = (low + high) // 2
        if one[low:middle] == other[low:middle]:
            low = middle
        else:
            high = middle
    return low


def _pieces(message: Message) -> list[str]:
    pieces = []
    for part in message.parts:
        if isinstance(part, Text):
            pieces.append(part.text)
        elif isinstance(part, (Image, Audio, Video)):
            pieces.append(part.media.digest * PICTURE)
        else:
            pieces.append(repr(part))
    if pieces:
        pieces[0] = f"\0{message.role}\0{pieces[0]}"
    return pieces
