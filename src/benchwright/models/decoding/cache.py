"""Which tokens the engine's cache holds, under whose sequences, and what to drop first.

Cells are counted here, not by the engine: a token in the cache takes one cell however many
sequences hold it. Prefixes stay after their requests are answered, the coldest are dropped first;
what only one request ever used goes before what several did, and what a waiting request wants goes
last. An engine that idle tokens slow down keeps few of them: what will be wanted again is parked in
the host's memory and brought back when its turn comes.
"""

from __future__ import annotations

from collections.abc import Collection

from msgspec import Struct

from benchwright.models.decoding.engine import Engine, ParkingEngine
from benchwright.models.decoding.parking import ParkedPrefixes
from benchwright.models.decoding.trie import Node, Trie


class CacheSize(Struct, frozen=True, kw_only=True):
    """The limits of the cache."""

    cells: int
    """Tokens that it can hold."""
    sequences: int
    """Sequences that can hold them."""
    keep: int
    """Most tokens of prefixes kept while nobody uses them."""
    keep_once: int
    """Of these, most tokens that only one request ever used."""
    park_bytes: int = 0
    """Memory for prefixes put aside, where the engine can do that."""
    park_worth: int = 16
    """Fewest tokens for which a prefix is brought back: below that, evaluating is as fast."""


class PrefixCache:
    """The engine's cache as a trie of evaluated prefixes."""

    def __init__(self, engine: Engine, size: CacheSize) -> None:
        """Begin empty."""
        self._engine = engine
        self._size = size
        self._parks = engine if isinstance(engine, ParkingEngine) and not engine.windowed else None
        self._clock = 0
        self.trie = Trie()
        self.cells = 0
        """Cells taken or promised."""
        self._free = list(range(size.sequences - 1, -1, -1))
        self._busy: set[int] = set()
        self._ends: dict[int, Node] = {}
        self._parked = ParkedPrefixes(0, 0)
        self.restored = 0
        """Tokens brought back that were not evaluated again."""
        self.clear()

    def clear(self) -> None:
        """Forget everything, here and in the engine."""
        self._engine.clear()
        self.trie = Trie()
        self.cells = 0
        self._free = list(range(self._size.sequences - 1, -1, -1))
        self._busy = set()
        self._ends = {}  # sequence that nobody works with → the last node that it holds
        limit = self._size.park_bytes if self._parks is not None else 0
        self._parked = ParkedPrefixes(limit, self._size.park_worth)

    def has_sequence(self, node: Node) -> bool:
        """Return whether a sequence can be had without dropping anything up to ``node``."""
        while not self._free:
            if not self._drop_coldest(node.path()):
                return False
        return True

    def sequence(self, node: Node) -> int:
        """Return a sequence that holds all up to ``node``, which is usable; one is free."""
        number = self._free.pop()
        self._busy.add(number)
        if node.end > 0:
            self._engine.fork(self._source(node), number, node.end)
        self._clock += 1
        for passed in node.path():
            passed.holders.add(number)
            passed.touched = self._clock
        return number

    def usable(self, node: Node) -> Node:
        """Return the deepest ready node on the way to ``node`` that a sequence can fork from."""
        found = self.trie.root
        for passed in node.path():
            if not passed.ready:
                break
            if self._engine.windowed and not any(map(self._engine.intact, passed.holders)):
                break
            found = passed
        return found

    def bring_back(self, node: Node) -> None:
        """Put back into the cache what was parked of the path to ``node`` and is not there now."""
        if self._parks is None:
            return
        ready = self.usable(node)
        found = self._parked.find(node, ready.end)
        if found is None:
            return
        place, parked = found
        # It comes back whole, beside what is still there of its beginning.
        while self.cells + parked.end > self._size.cells:
            if not self._drop_coldest(ready.path()):
                return
        # Making room may have put others aside and let this one go.
        if not self.has_sequence(ready) or parked.parked is None:
            return
        sequence = self._free.pop()
        if not self._parks.restore(sequence, parked.parked):
            self._free.append(sequence)
            self._parked.remove(parked, self.trie)
            return
        self._parks.cut(sequence, place.end)
        if ready.end:
            self._parks.cut(sequence, 0, ready.end)
            self._parks.fork(self._source(ready), sequence, ready.end)
        self._clock += 1
        for passed in place.path():
            if not passed.ready:
                passed.ready = passed.claimed = True
                self.cells += len(passed.tokens)
                self.restored += len(passed.tokens)
            passed.holders.add(sequence)
            passed.touched = self._clock
        self._ends[sequence] = place

    def claim(self, end: Node, fork: Node, private: int) -> bool:
        """Promise cells for the path to ``end`` and ``private`` more tokens; False without room.

        What is ready up to ``fork`` is needed and stays.
        """
        fresh = [node for node in end.path() if not node.claimed]
        needed = private + sum(len(node.tokens) for node in fresh)
        while self.cells + needed > self._size.cells:
            if not self._drop_coldest(fork.path()):
                return False
        for node in fresh:
            node.claimed = True
        self.cells += needed
        return True

    def unclaim(self, private: int) -> None:
        """Give back cells promised or taken for one sequence alone."""
        self.cells -= private

    def evaluated(self, node: Node, sequences: list[int]) -> None:
        """Note that ``node`` is in the engine's cache now, held by ``sequences``."""
        self._clock += 1
        node.ready = True
        node.holders = set(sequences)
        node.touched = self._clock

    def release(self, sequence: int, node: Node) -> None:
        """Let ``sequence``, which shares all up to ``node``, work no longer; keep what it held."""
        self._engine.cut(sequence, node.end)
        self._busy.discard(sequence)
        self._rest(sequence, node)
        # Whoever rests further up is spare now: this sequence holds the same.
        for passed in node.path()[:-1]:
            for holder in [one for one in passed.holders if self._ends.get(one) is passed]:
                self._rest(holder, passed)

    def _source(self, node: Node) -> int:
        return next(
            holder
            for holder in node.holders
            if not self._engine.windowed or self._engine.intact(holder)
        )

    def _rest(self, sequence: int, node: Node) -> None:
        """Let ``sequence`` end at ``node`` or above, where it alone holds that; else free it."""
        self._ends.pop(sequence, None)
        path = node.path()
        while path and path[-1].holders != {sequence}:
            path.pop().holders.discard(sequence)
        self._engine.cut(sequence, path[-1].end if path else 0)
        if path:
            self._ends[sequence] = path[-1]
        else:
            self._free.append(sequence)

    def _coldest(self, kept: Collection[Node]) -> Node | None:
        candidates = (
            node
            for node in self.trie.nodes()
            if node.ready
            and node not in kept
            and node.holders.isdisjoint(self._busy)
            and not any(child.claimed for child in node.children.values())
        )
        return min(
            candidates,
            key=lambda node: (node.waiting > 0, node.uses > 1, node.touched),
            default=None,
        )

    def _drop_coldest(self, kept: Collection[Node]) -> bool:
        """Drop one node that nobody works with and that is none of ``kept``; False without one."""
        node = self._coldest(kept)
        if node is None:
            return False
        self._drop(node)
        return True

    def _drop(self, node: Node) -> None:
        if self._parks is not None and self._parked.wants(node):
            node.parked = self._parks.save(min(node.holders))
            self._parked.put(node, self.trie)
        holders, node.holders = node.holders, set()
        node.ready = node.claimed = False
        self.cells -= len(node.tokens)
        for holder in holders:
            self._engine.cut(holder, node.start)
            self._rest(holder, node.parent)
        self.trie.prune(node)

    def trim(self, near: Collection[Node]) -> None:
        """Drop idle prefixes beyond what is kept; ``near`` are those whose turn comes next."""
        while True:
            idle = [node for node in self.trie.nodes() if node.ready and node not in near]
            if self._parks is None:
                idle = [node for node in idle if node.waiting == 0]
            idle = [node for node in idle if node.holders.isdisjoint(self._busy)]
            once = sum(len(node.tokens) for node in idle if node.uses <= 1)
            total = sum(len(node.tokens) for node in idle)
            surplus = max(once - self._size.keep_once, total - self._size.keep)
            if surplus <= 0 or (node := self._coldest(near)) is None:
                return
            if node.uses <= 1 and len(node.tokens) > surplus:
                # Its beginning is what a later request may share.
                self.trie.split(node, len(node.tokens) - surplus)
            self._drop(node)
