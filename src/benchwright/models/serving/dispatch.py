"""Who is sent next: requests that begin alike follow one another, so that servers can reuse.

Servers keep prefixes in one of two ways. One with **slots** (llama-server) holds one conversation
in each: a prefix evaluated in one slot is not there in another, so requests of one prefix are best
sent one after the other. One with a **tree** (vLLM, SGLang) shares a prefix among all once it has
been evaluated. Both are served best by as many different prefixes at once as there are places,
one request of each; they differ only where places would stay empty. There a tree takes any
follower, and slots take one only if the work that waits is worth evaluating the prefix again.
Which of the two a server is, its own counts of cached tokens tell.

A state machine without clocks, threads or sockets.
"""

from __future__ import annotations

from collections import OrderedDict, deque
from collections.abc import Sequence

from msgspec import Struct, field

from benchwright.models.serving.sharing import Kind, Sharing

OVERTAKEN = 1024
"""Requests sent since a request came, after which it is sent before anything else."""

LEADER_SECONDS = 60.0
"""How long the first request of a prefix holds up its followers, if its answer never begins."""

HOMES = 1024
"""Groups that are gone whose replica is remembered, should more of them come."""

WORTH = 3.0
"""How much more work must wait for another slot than evaluating the prefix there again costs."""


class Sent(Struct, frozen=True):
    """A request that goes out now."""

    ticket: int
    """Which request."""
    replica: int
    """To which server."""


class _Out(Struct):
    group: _Group
    replica: int
    at: float
    leads: bool
    beside: bool  # others of its group were out when it was sent
    share: float


class _Group(Struct, eq=False):
    number: int
    replica: int = -1
    waiting: deque[int] = field(default_factory=deque)
    out: set[int] = field(default_factory=set)
    warm: bool = False
    led_at: float = 0.0
    first: float = 0.0  # seconds of the request that evaluated the prefix
    next: float = 0.0  # seconds of those that followed it, one by one


class Dispatcher:
    """Chooses what goes out next, to ``replicas`` servers of one model."""

    def __init__(self, replicas: int = 1, *, kind: Kind = "unknown") -> None:
        """Begin with nothing; ``kind`` is how the servers share prefixes, where that is known."""
        self.sharing = Sharing(kind)
        self._groups: dict[int, _Group] = {}
        self._homes: OrderedDict[int, int] = OrderedDict()  # replicas of groups that are gone
        self._waiting: OrderedDict[int, tuple[_Group, float, int]] = OrderedDict()
        self._out: dict[int, _Out] = {}
        self._beside = 0
        self._busy = [0] * replicas
        self._held = [0] * replicas
        self._sent = 0
        # Groups in which something waits, by what may be done about it, each the oldest first.
        self._resting: OrderedDict[int, _Group] = OrderedDict()  # evaluated, and nobody is out
        self._cold: OrderedDict[int, _Group] = OrderedDict()  # nothing evaluated, nobody is out
        self._working: OrderedDict[int, _Group] = OrderedDict()  # somebody is out

    @property
    def waiting(self) -> int:
        """Requests not sent yet."""
        return len(self._waiting)

    @property
    def out(self) -> int:
        """Requests sent and not answered yet."""
        return len(self._out)

    def busy(self, replica: int) -> int:
        """Return the requests that ``replica`` is answering."""
        return self._busy[replica]

    def add(self, ticket: int, group: int, share: float) -> None:
        """Take in a request of ``group``, which shares this part (0 to 1) of it."""
        known = self._groups.get(group)
        if known is None:
            known = self._groups[group] = _Group(group, self._homes.pop(group, -1))
        known.waiting.append(ticket)
        self._waiting[ticket] = (known, share, self._sent)
        if known.replica >= 0:
            self._held[known.replica] += 1
        self._file(known)

    def send(self, now: float, limits: Sequence[int]) -> list[Sent]:
        """Return what goes out at ``now``, with at most ``limits`` out at each replica."""
        sending: list[Sent] = []
        while self._waiting and any(map(int.__lt__, self._busy, limits)):
            group = self._urgent(limits) or self._choose(now, limits)
            if group is None:
                break
            sending.append(self._post(group, now, limits))
        return sending

    def begun(self, ticket: int) -> None:
        """Hear that the answer to ``ticket`` begins: its prefix has been evaluated."""
        self._out[ticket].group.warm = True

    def done(
        self, ticket: int, now: float, *, tokens: int | None = None, cached: int | None = None
    ) -> None:
        """Hear that ``ticket`` is answered, with the prompt's tokens and how many were cached."""
        out = self._out[ticket]
        group, seconds = out.group, now - out.at
        group.warm = True
        if out.leads:
            group.first = seconds
        elif not out.beside:
            group.next = 0.7 * group.next + 0.3 * seconds if group.next else seconds
        if cached is None or tokens is None:
            self.sharing.learn_nothing()
        elif out.share and not out.leads:
            self.sharing.learn(hit=cached >= 0.5 * out.share * tokens, beside=out.beside)
        self._leave(ticket)

    def failed(self, ticket: int, *, elsewhere: bool = False) -> None:
        """Hear that ``ticket`` got no answer; of a leader, the next follower leads.

        ``elsewhere`` says that the replica is at fault: what follows may go to another.
        """
        group = self._out[ticket].group
        self._leave(ticket)
        if elsewhere and len(self._busy) > 1 and group.waiting and not group.out:
            self._held[group.replica] -= len(group.waiting)
            group.replica, group.warm = -1, False
            self._file(group)

    def _leave(self, ticket: int) -> None:
        out = self._out.pop(ticket)
        group = out.group
        group.out.remove(ticket)
        self._beside -= out.beside
        self._busy[out.replica] -= 1
        self._held[out.replica] -= 1
        self._file(group)
        if not group.waiting and not group.out:
            del self._groups[group.number]
            self._homes[group.number] = group.replica
            if len(self._homes) > HOMES:
                self._homes.popitem(last=False)

    def _file(self, group: _Group) -> None:
        """Put ``group`` where it belongs now; if it is there, it keeps its turn."""
        wanted: OrderedDict[int, _Group] | None = None
        if group.waiting:
            evaluated = self._resting if group.warm else self._cold
            wanted = self._working if group.out else evaluated
        for groups in (self._resting, self._cold, self._working):
            if groups is not wanted:
                groups.pop(group.number, None)
        if wanted is not None:
            wanted.setdefault(group.number, group)

    def _urgent(self, limits: Sequence[int]) -> _Group | None:
        group, _, sent = next(iter(self._waiting.values()))
        overdue = self._sent - sent > OVERTAKEN
        return group if overdue and self._room(group, limits) else None

    def _choose(self, now: float, limits: Sequence[int]) -> _Group | None:
        """Return the group whose next request goes out; None where waiting is better."""
        for groups in (self._resting, self._cold):
            for group in groups.values():
                if self._room(group, limits):
                    return group
        able = [
            group
            for group in self._working.values()
            if self._room(group, limits) and self._may_widen(group, now)
        ]
        return max(able, key=lambda group: len(group.waiting) / len(group.out), default=None)

    def _may_widen(self, group: _Group, now: float) -> bool:
        """Return whether another place is to work on a prefix that one is working on already."""
        kind = self.sharing.kind
        if kind == "none":
            return True
        if not group.warm:
            return now - group.led_at >= LEADER_SECONDS
        if kind == "tree":
            return True
        if kind == "unknown":
            # One goes beside another, as a question to the server: does it share?
            return not self._beside
        if not group.next:
            return False
        again = max(0.0, group.first - group.next)
        return len(group.waiting) * group.next >= WORTH * again * (len(group.out) + 1)

    def _room(self, group: _Group, limits: Sequence[int]) -> bool:
        # A group without a home goes to any replica, and send() has seen that one has room.
        return group.replica < 0 or self._busy[group.replica] < limits[group.replica]

    def _post(self, group: _Group, now: float, limits: Sequence[int]) -> Sent:
        if group.replica < 0:
            free = (n for n, limit in enumerate(limits) if self._busy[n] < limit)
            group.replica = min(free, key=lambda n: (self._held[n], n))
            self._held[group.replica] += len(group.waiting)
        ticket = group.waiting.popleft()
        _, share, _ = self._waiting.pop(ticket)
        leads = not group.warm
        if leads:
            group.led_at = now
        beside = bool(group.out)
        self._out[ticket] = _Out(group, group.replica, now, leads, beside, share)
        self._beside += beside
        group.out.add(ticket)
        self._busy[group.replica] += 1
        self._sent += 1
        self._file(group)
        return Sent(ticket, group.replica)
