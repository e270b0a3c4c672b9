"""The prefixes that requests share: a radix trie over tokens, some of whose nodes are evaluated.

A node is a run of tokens. It is *ready* when its tokens are in the engine's cache, and then
``holders`` names the sequences that hold them; whoever holds a node holds everything above it.
Nodes are split where paths part, and where a batch has no room for the rest.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

if TYPE_CHECKING:
    from benchwright.models.decoding.engine import State
    from benchwright.models.decoding.job import Job, Read

Tokens = NDArray[np.int32]


class Node:
    """A run of tokens at one place of the trie."""

    __slots__ = (
        "children",
        "claimed",
        "holders",
        "last_job",
        "parent",
        "parked",
        "reads",
        "ready",
        "start",
        "tokens",
        "touched",
        "uses",
        "waiting",
    )

    def __init__(self, tokens: Tokens, start: int, parent: Node | None) -> None:
        """Place ``tokens`` at position ``start`` under ``parent``; the root is its own parent."""
        self.tokens = tokens
        self.start = start
        self.parent = parent or self
        self.children: dict[int, Node] = {}
        self.ready = False
        """Whether its tokens are in the engine's cache."""
        self.claimed = False
        """Whether its tokens are counted as cells of the cache: ready, or about to be."""
        self.holders: set[int] = set()
        """Sequences that hold its tokens; empty unless ready."""
        self.waiting = 0
        """Unfinished tracks that pass through it."""
        self.uses = 0
        """Jobs that ever passed through it: what two used, a third may use."""
        self.touched = 0
        """When it was last of use."""
        self.last_job: Job | None = None
        self.parked: State | None = None
        """All tokens up to its end, put aside in the host's memory."""
        self.reads: dict[int, list[Read]] = {}
        """Position → what is to be read from the logits there when it is evaluated next."""

    @property
    def end(self) -> int:
        """The position behind its last token."""
        return self.start + len(self.tokens)

    def path(self) -> list[Node]:
        """Return the nodes from the root, which is left out, to this one."""
        found = []
        node: Node = self
        while node.parent is not node:
            found.append(node)
            node = node.parent
        found.reverse()
        return found


class Trie:
    """All paths that are waited for or kept."""

    def __init__(self) -> None:
        """Begin with the root alone: no tokens, held by everyone."""
        self.root = Node(np.empty(0, np.int32), 0, None)
        self.root.ready = self.root.claimed = True

    def insert(self, tokens: Tokens, job: Job) -> Node:
        """Add a path that ``job`` waits for and return the node at its end."""
        node, at = self.root, 0
        while at < len(tokens):
            child = node.children.get(int(tokens[at]))
            if child is None:
                child = Node(tokens[at:], at, node)
                node.children[int(tokens[at])] = child
            else:
                shared = _shared(child.tokens, tokens[at:])
                if shared < len(child.tokens):
                    child = self.split(child, shared)
            node, at = child, child.end
            node.waiting += 1
            if node.last_job is not job:
                node.last_job = job
                node.uses += 1
        return node

    def split(self, node: Node, count: int) -> Node:
        """Cut ``node`` behind its first ``count`` tokens and return the new upper part.

        The lower part stays the same object, so whoever ends at ``node`` still ends there.
        """
        upper = Node(node.tokens[:count], node.start, node.parent)
        for name in ("ready", "claimed", "waiting", "uses", "touched", "last_job"):
            setattr(upper, name, getattr(node, name))
        upper.holders = set(node.holders)
        upper.reads = {at: reads for at, reads in node.reads.items() if at < upper.end}
        node.reads = {at: reads for at, reads in node.reads.items() if at >= upper.end}
        upper.parent.children[int(upper.tokens[0])] = upper
        node.tokens = node.tokens[count:]
        node.start, node.parent = upper.end, upper
        upper.children[int(node.tokens[0])] = node
        return upper

    def at(self, node: Node, position: int) -> Node:
        """Return the node on the way to ``node`` that ends at ``position``, splitting if needed."""
        while node.start >= position and node.parent is not node:
            node = node.parent
        return node if node.end == position else self.split(node, position - node.start)

    def leave(self, node: Node) -> None:
        """Let one track that ended at ``node`` wait no longer; remove what nobody needs."""
        for passed in reversed(node.path()):
            passed.waiting -= 1
            self.prune(passed)

    def prune(self, node: Node) -> None:
        """Remove ``node`` if it is neither cached nor parked, nobody waits, nothing is below."""
        if node.parent is node or node.claimed or node.waiting or node.children:
            return
        if node.parked is not None:
            return
        del node.parent.children[int(node.tokens[0])]

    def nodes(self) -> Iterator[Node]:
        """Yield every node but the root."""
        stack = list(self.root.children.values())
        while stack:
            node = stack.pop()
            stack.extend(node.children.values())
            yield node


def _shared(one: Tokens, other: Tokens) -> int:
    """Return how many tokens two runs begin with in common."""
    length = min(len(one), len(other))
    different = np.flatnonzero(one[:length] != other[:length])
    return int(different[0]) if len(different) else length
