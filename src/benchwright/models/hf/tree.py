"""Which tokens are evaluated, in which batch, and which of them see one another.

Requests share beginnings: shots, a question's options, repeats. A ``Tree`` holds every token whose
keys and values are in the cache, once; a ``Sequence`` is one path through it; a ``Batch`` gathers
the tokens that must still be evaluated, of any number of sequences, into one row with a mask that
lets each token see its own ancestors and nothing else. So there is no padding, and a shared prefix
is evaluated and held once. What no sequence uses stays until its place is needed, the coldest
first. Nothing here knows the library that evaluates.
"""

from __future__ import annotations

from collections.abc import Iterator
from collections.abc import Sequence as Items
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

Ints = npt.NDArray[np.int64]


class Node:
    """One token in the cache, after all that precede it."""

    __slots__ = ("children", "depth", "parent", "slot", "token", "used", "users")

    def __init__(self, token: int, parent: Node | None, slot: int) -> None:
        """Put ``token`` after ``parent``, with its keys and values in ``slot``."""
        self.token = token
        self.parent = parent
        self.slot = slot
        self.depth: int = parent.depth + 1 if parent else -1
        self.children: dict[int, Node] = {}
        self.users = 0
        self.used = 0


class Tree:
    """Every token in the cache, each at the place where it was evaluated."""

    def __init__(self, limit: int) -> None:
        """Hold about ``limit`` tokens; more only while sequences in use need more."""
        self.root = Node(-1, None, -1)
        self.limit = limit
        self.size = 0
        """Slots in existence: the cache must have as many."""
        self.clock = 0
        """Counts batches; a node remembers when it was last used."""
        self._free: list[int] = []
        self._stuck = -1

    def grow(self, parent: Node, token: int) -> Node:
        """Return a new node for ``token`` after ``parent``, in a slot of its own."""
        if not self._free and self.size >= self.limit and self._stuck != self.clock:
            self._evict()
        if self._free:
            slot = self._free.pop()
        else:
            slot, self.size = self.size, self.size + 1
        node = parent.children[token] = Node(token, parent, slot)
        return node

    def held(self) -> Iterator[Node]:
        """Yield every node, parents before children."""
        waiting = list(self.root.children.values())
        while waiting:
            node = waiting.pop()
            yield node
            waiting.extend(node.children.values())

    def _evict(self) -> None:
        # An eighth at once, so that the walk over all nodes is rare. A child was never used later
        # than its parent, so coldest first and deepest first removes leaves only.
        unused = [node for node in self.held() if not node.users and node.used < self.clock]
        unused.sort(key=lambda node: (node.used, -node.depth))
        if not unused:
            self._stuck = self.clock
        for node in unused[: max(1, self.limit // 8)]:
            if node.parent is not None:
                del node.parent.children[node.token]
            self._free.append(node.slot)


class Sequence:
    """A path of tokens, of which those from ``wanted`` on must yield logits."""

    def __init__(self, tokens: Items[int], wanted: int, room: int | None = None) -> None:
        """Describe the path; ``room`` is the length that it may grow to."""
        self.tokens = list(tokens)
        self.wanted = wanted
        self.nodes: list[Node] = []
        """The nodes of its tokens so far in the cache, from the first."""
        self.slots: Ints = np.empty(room or len(self.tokens), dtype=np.int64)
        """Their slots; the first ``len(nodes)`` entries count."""
        self.key = np.asarray(self.tokens, dtype=">u4").tobytes()
        """Sorts sequences so that those with a common beginning are neighbours."""

    @property
    def done(self) -> int:
        """Number of its tokens that are in the cache or in the batch being built."""
        return len(self.nodes)

    @property
    def lacking(self) -> int:
        """Number of its tokens that are not."""
        return len(self.tokens) - len(self.nodes)

    def release(self) -> None:
        """Let the cache drop what only this sequence uses."""
        for node in self.nodes:
            node.users -= 1
        self.nodes = []

    def put(self, node: Node, clock: int) -> None:
        """Take ``node`` as the place of the next token, in use as of batch ``clock``."""
        self.slots[len(self.nodes)] = node.slot
        self.nodes.append(node)
        node.users += 1
        node.used = clock


class Arrays(NamedTuple):
    """A batch as the evaluating library needs it: N tokens that look at C places of the cache."""

    tokens: Ints
    """The tokens, (N,)."""
    positions: Ints
    """Their positions in their own sequences, (N,)."""
    slots: Ints
    """Where their keys and values belong, (N,)."""
    context: Ints
    """The slots to look at, these tokens' own included, (C,)."""
    visible: npt.NDArray[np.bool_]
    """Which token sees which slot of ``context``, (N, C)."""
    context_positions: Ints
    """The positions of the tokens in ``context``, (C,)."""
    read: Ints
    """Rows whose logits are wanted, ascending."""


class Batch:
    """Tokens that are evaluated together in one row."""

    def __init__(self, tree: Tree, room: int) -> None:
        """Take up to ``room`` tokens."""
        self.tree = tree
        self.room = room
        self.rows: dict[Node, int] = {}
        self.added: list[tuple[Sequence, int]] = []
        """Of every row: the sequence that brought it, and the index of its token there."""
        self.reads: list[tuple[Sequence, int, int]] = []
        """(sequence, index of its token, row) of every place whose logits are wanted."""
        self._seen: list[tuple[Sequence, Ints, Ints]] = []
        tree.clock += 1

    @property
    def full(self) -> bool:
        """Whether there is no room left."""
        return len(self.rows) >= self.room

    def add(self, sequence: Sequence) -> bool:
        """Add what ``sequence`` still needs; return whether all of it is now in."""
        rows: list[int] = []
        places: list[int] = []
        for index in range(sequence.done, len(sequence.tokens)):
            parent = sequence.nodes[index - 1] if index else self.tree.root
            node = parent.children.get(sequence.tokens[index])
            wanted = index >= sequence.wanted
            # A token in the cache has no logits any more: where they are wanted, it is evaluated
            # again, in its own place.
            if node is None or (wanted and node not in self.rows):
                if self.full:
                    break
                node = node or self.tree.grow(parent, sequence.tokens[index])
                rows.append(len(self.rows))
                places.append(index)
                self.rows[node] = len(self.rows)
                self.added.append((sequence, index))
            if wanted:
                self.reads.append((sequence, index, self.rows[node]))
            sequence.put(node, self.tree.clock)
        if rows:
            self._seen.append((sequence, np.array(rows), np.array(places)))
        return not sequence.lacking

    def arrays(self) -> Arrays:
        """Return the batch as arrays; call it once, after the last ``add``."""
        column = np.full(self.tree.size, -1, dtype=np.int64)
        columns: list[Ints] = []
        depths: list[Ints] = []
        width = 0
        for sequence, _, places in self._seen:
            path = sequence.slots[: places[-1] + 1]
            fresh = column[path] < 0
            new = path[fresh]
            column[new] = np.arange(width, width + len(new))
            columns.append(new)
            depths.append(np.flatnonzero(fresh))
            width += len(new)
        visible = np.zeros((len(self.rows), width), dtype=np.bool_)
        for sequence, rows, places in self._seen:
            path = column[sequence.slots[: places[-1] + 1]]
            visible[np.ix_(rows, path)] = places[:, None] >= np.arange(len(path))[None, :]
        nodes = list(self.rows)
        return Arrays(
            tokens=np.array([node.token for node in nodes]),
            positions=np.array([node.depth for node in nodes]),
            slots=np.array([node.slot for node in nodes]),
            context=np.concatenate(columns),
            context_positions=np.concatenate(depths),
            visible=visible,
            read=np.unique(np.array([row for _, _, row in self.reads], dtype=np.int64)),
        )
