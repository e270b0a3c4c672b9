"""Which tokens the engine's cache holds, under whose sequences, and what to drop first.

Cells are counted here, not by the engine: a token in the cache takes one cell however many
sequences hold it. Prefixes stay after their requests are answered, the coldest are dropped first;
what only one request ever used goes before what several did, and what a waiting request wants goes
last.
"""

from __future__ import annotations

from msgspec import Struct

from benchwright.models.decoding.engine import Engine
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


class PrefixCache:
    """The engine's cache as a trie of evaluated prefixes."""

    def __init__(self, engine: Engine, size: CacheSize) -> None:
        """Begin empty."""
        self._engine = engine
        self._size = size
        self._clock = 0
        self.trie = Trie()
        self.cells = 0
        """Cells taken or promised."""
        self._free = list(range(size.sequences - 1, -1, -1))
        self._busy: set[int] = set()
        self._ends: dict[int, Node] = {}
        self.clear()

    def clear(self) -> None:
        """Forget everything, here and in the engine."""
        self._engine.clear()
        self.trie = Trie()
        self.cells = 0
        self._free = list(range(self._size.sequences - 1, -1, -1))
        self._busy = set()
        self._ends = {}  # sequence that nobody works with → the last node that it holds

    def has_sequence(self, node: Node) -> bool:
        """Return whether a sequence can be had without dropping anything up to ``node``."""
        while not self._free:
            if not self._drop_coldest(node):
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

    def claim(self, end: Node, fork: Node, private: int) -> bool:
        """Promise cells for the path to ``end`` and ``private`` more tokens; False without room.

        What is ready up to ``fork`` is needed and stays.
        """
        fresh = [node for node in end.path() if not node.claimed]
        needed = private + sum(len(node.tokens) for node in fresh)
        while self.cells + needed > self._size.cells:
            if not self._drop_coldest(fork):
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
        self._trim()

    def _source(self, node: Node) -> int:
        return next(
            holder
            for holder in node.holders
            if not self._engine.windowed or self._engine.intact(holder)
        )

    def _rest(self, sequence: int, node: Node) -> None:
        """Let ``sequence`` end at ``node``; free it unless it alone holds that."""
        self._ends.pop(sequence, None)
        if node.holders == {sequence}:
            self._ends[sequence] = node
            return
        self._engine.cut(sequence, 0)
        for passed in node.path():
            passed.holders.discard(sequence)
        self._free.append(sequence)

    def _droppable(self, needed: Node) -> list[Node]:
        kept = set(needed.path())
        return [
            node
            for node in self.trie.nodes()
            if node.ready
            and node not in kept
            and node.holders.isdisjoint(self._busy)
            and not any(child.claimed for child in node.children.values())
        ]

    def _drop_coldest(self, needed: Node) -> bool:
        """Drop one node that nobody uses and ``needed`` does not rest on; False without one."""
        candidates = self._droppable(needed)
        if not candidates:
            return False
        self._drop(
            min(candidates, key=lambda node: (node.waiting > 0, node.uses > 1, node.touched))
        )
        return True

    def _drop(self, node: Node) -> None:
        holders, node.holders = node.holders, set()
        node.ready = node.claimed = False
        self.cells -= len(node.tokens)
        for holder in holders:
            self._engine.cut(holder, node.start)
            self._rest(holder, node.parent)
        self.trie.prune(node)

    def _trim(self) -> None:
        while True:
            idle = [node for node in self.trie.nodes() if node.ready and node.waiting == 0]
            idle = [node for node in idle if node.holders.isdisjoint(self._busy)]
            once = sum(len(node.tokens) for node in idle if node.uses <= 1)
            total = sum(len(node.tokens) for node in idle)
            if once <= self._size.keep_once and total <= self._size.keep:
                return
            if not self._drop_coldest(self.trie.root):
                return
