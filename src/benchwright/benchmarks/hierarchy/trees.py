"""Trees of numbered nodes: made at random, written as edges or drawn, read back."""

from __future__ import annotations

import random
from collections.abc import Iterator, Sequence

from msgspec import Struct

SIDES = ("L", "R")


class Tree(Struct, frozen=True):
    """A rooted tree; of a binary one, every node but the root stands on a side."""

    root: int
    """The root's number."""
    children: dict[int, tuple[int, ...]]
    """Node → its children in order; every node is a key."""
    sides: dict[int, str] = {}
    """Node → ``L`` or ``R``, of a binary tree."""

    def nodes(self) -> list[int]:
        """Return all nodes, parents before their children."""
        found = [self.root]
        for node in found:
            found.extend(self.children[node])
        return found

    def parents(self) -> dict[int, int]:
        """Return child → parent."""
        return {child: node for node, below in self.children.items() for child in below}

    def path(self, node: int) -> list[int]:
        """Return the nodes from ``node`` up to the root, both included."""
        above, found = self.parents(), [node]
        while found[-1] in above:
            found.append(above[found[-1]])
        return found

    def shape(self) -> str:
        """Return a text that two trees share exactly if they are isomorphic (rooted, no order)."""
        forms: dict[int, str] = {}
        for node in reversed(self.nodes()):
            forms[node] = "(" + "".join(sorted(forms[child] for child in self.children[node])) + ")"
        return forms[self.root]

    def side(self, node: int, which: str) -> int | None:
        """Return the child of ``node`` on one side."""
        return next((c for c in self.children[node] if self.sides.get(c) == which), None)

    def visited(self, order: str, node: int | None = None) -> list[int]:
        """Return the nodes of a binary tree in ``preorder``, ``inorder`` or ``postorder``."""
        here = self.root if node is None else node
        left, right = (
            [] if child is None else self.visited(order, child)
            for child in (self.side(here, which) for which in SIDES)
        )
        if order == "preorder":
            return [here, *left, *right]
        return [*left, here, *right] if order == "inorder" else [*left, *right, here]

    def height(self, node: int) -> int:
        """Return the number of levels below and with ``node``."""
        return 1 + max((self.height(child) for child in self.children[node]), default=0)

    def balanced(self) -> bool:
        """Return whether the two sides of every node differ by at most one level."""
        for node in self.children:
            sides = (self.side(node, which) for which in SIDES)
            left, right = (0 if child is None else self.height(child) for child in sides)
            if abs(left - right) > 1:
                return False
        return True

    def edges(self) -> str:
        """Return the tree as edges, depth first: ``2 -> 0, 2 -> 1`` or ``2 -(L)-> 0``."""
        arrows = (
            f"{node} -({self.sides[child]})-> {child}" if self.sides else f"{node} -> {child}"
            for node, child in self._steps(self.root)
        )
        return ", ".join(arrows) or "No edges"

    def drawing(self) -> str:
        """Return the tree drawn with one node a line."""
        return "\n".join([str(self.root), *self._drawn(self.root, "")])

    def _steps(self, node: int) -> Iterator[tuple[int, int]]:
        for child in self.children[node]:
            yield node, child
            yield from self._steps(child)

    def _drawn(self, node: int, prefix: str) -> Iterator[str]:
        below = self.children[node]
        for place, child in enumerate(below):
            last = place == len(below) - 1
            mark = f"-({self.sides[child]})-" if self.sides else "--"
            yield f"{prefix}{'`' if last else '|'}{mark} {child}"
            yield from self._drawn(child, prefix + ("    " if last else "|   "))


def grown(draw: random.Random, size: int, degree: int) -> Tree:
    """Return a tree of ``size`` nodes numbered from 0 in random order, at most ``degree`` each."""
    names = draw.sample(range(size), size)
    children: dict[int, list[int]] = {names[0]: []}
    for name in names[1:]:
        open_ = [node for node, below in children.items() if len(below) < degree]
        children[draw.choice(open_)].append(name)
        children[name] = []
    return Tree(names[0], {node: tuple(below) for node, below in children.items()})


def grown_binary(draw: random.Random, size: int, *, balanced: bool) -> Tree:
    """Return a binary tree; ``balanced`` fills the lowest free place first."""
    names = draw.sample(range(size), size)
    free = [(0, names[0], side) for side in SIDES]
    children: dict[int, list[int]] = {name: [] for name in names}
    sides: dict[int, str] = {}
    for name in names[1:]:
        lowest = min(level for level, _, _ in free)
        open_ = [place for place in free if not balanced or place[0] == lowest]
        level, parent, side = place = draw.choice(open_)
        free.remove(place)
        sides[name] = side
        children[parent].append(name)
        free.extend((level + 1, name, other) for other in SIDES)
    ordered = {
        node: tuple(sorted(below, key=lambda child: sides[child]))
        for node, below in children.items()
    }
    return Tree(names[0], ordered, sides)


def renamed(draw: random.Random, tree: Tree) -> Tree:
    """Return the same tree with other numbers and its children in another order."""
    nodes = tree.nodes()
    name = dict(zip(nodes, draw.sample(range(len(nodes)), len(nodes)), strict=True))
    return Tree(
        name[tree.root],
        {
            name[node]: tuple(name[child] for child in draw.sample(below, len(below)))
            for node, below in tree.children.items()
        },
    )


def added(tree: Tree, parent: int, node: int) -> Tree:
    """Return ``tree`` with ``node`` as the last child of ``parent``."""
    below = (*tree.children[parent], node)
    return Tree(tree.root, {**tree.children, parent: below, node: ()})


def removed(tree: Tree, node: int) -> Tree:
    """Return ``tree`` without ``node``, whose children its parent takes over in its place."""
    parent = tree.parents()[node]
    below: list[int] = []
    for child in tree.children[parent]:
        below.extend(tree.children[node] if child == node else (child,))
    kept = {n: c for n, c in tree.children.items() if n != node}
    return Tree(tree.root, {**kept, parent: tuple(below)})


def mirrored(tree: Tree) -> Tree:
    """Return a binary tree with left and right swapped everywhere."""
    swapped = {node: SIDES[1 - SIDES.index(side)] for node, side in tree.sides.items()}
    return Tree(tree.root, {n: tuple(reversed(c)) for n, c in tree.children.items()}, swapped)


def listed(nodes: Sequence[int]) -> str:
    """Return numbers as an answer gives them."""
    return ", ".join(map(str, nodes)) or "None"
