"""Questions about trees: nine about any tree, six about binary ones, in two representations."""

from __future__ import annotations

import random
from collections.abc import Callable, Iterator

from benchwright.benchmarks.hierarchy.asked import Question
from benchwright.benchmarks.hierarchy.trees import (
    Tree,
    added,
    grown,
    grown_binary,
    listed,
    mirrored,
    removed,
    renamed,
)

REPRESENTATIONS = ("edges", "drawing")
_NODES = {"easy": (5, 8, 3), "medium": (12, 18, 4), "hard": (28, 40, 5)}
_BINARY = {"easy": (4, 7), "medium": (9, 15), "hard": (20, 30)}
_WRITTEN = {"edges": "as edges from parent to child", "drawing": "drawn from its root"}
_SIDED = " L and R say which side a child is on."

Part = tuple[str, str, str]
"""What is asked, the right answer, and its kind."""


def general(draw: random.Random, task: str, representation: str, size: str) -> Question:
    """Return one question of ``task`` about a tree."""
    fewest, most, degree = _NODES[size]
    tree = grown(draw, draw.randint(fewest, most), degree)
    asked, answer, kind = _GENERAL[task](draw, tree, representation)
    return _question(task, tree, representation, asked, answer, kind)


def binary(draw: random.Random, task: str, representation: str, size: str) -> Question:
    """Return one question of ``task`` about a binary tree, half of them balanced."""
    fewest, most = _BINARY[size]
    tree = grown_binary(draw, draw.randint(fewest, most), balanced=draw.random() < 0.5)
    asked, answer, kind = _BINARIES[task](draw, tree, representation)
    return _question(task, tree, representation, asked, answer, kind)


def _question(
    task: str, tree: Tree, representation: str, asked: str, answer: str, kind: str
) -> Question:
    note = _SIDED if tree.sides else ""
    given = f"A tree, written {_WRITTEN[representation]}.{note}\n{_written(tree, representation)}"
    return Question(
        task=task, given=given, asked=asked, answer=answer, kind=kind, representation=representation
    )


def _written(tree: Tree, representation: str) -> str:
    return tree.edges() if representation == "edges" else tree.drawing()


def _leaf(draw: random.Random, tree: Tree, representation: str) -> Part:  # noqa: ARG001 - a task
    wanted = draw.random() < 0.5
    node = draw.choice([n for n, below in tree.children.items() if bool(below) != wanted])
    return f"Is node {node} a leaf?", str(wanted).lower(), "bool"


def _root(draw: random.Random, tree: Tree, representation: str) -> Part:  # noqa: ARG001
    return "Which node is the root?", str(tree.root), "integer"


def _depth(draw: random.Random, tree: Tree, representation: str) -> Part:  # noqa: ARG001
    node = draw.choice(tree.nodes())
    asked = f"What is the depth of node {node}? The root has depth 1."
    return asked, str(len(tree.path(node))), "integer"


def _common(draw: random.Random, tree: Tree, representation: str) -> Part:  # noqa: ARG001
    one, other = draw.sample(tree.nodes(), 2)
    above = set(tree.path(other))
    lowest = next(node for node in tree.path(one) if node in above)
    asked = (
        f"What is the lowest common ancestor of nodes {one} and {other}? A node counts as its own."
    )
    return asked, str(lowest), "integer"


def _isomorphic(draw: random.Random, tree: Tree, representation: str) -> Part:
    same = draw.random() < 0.5
    other = renamed(draw, tree)
    while not same and other.shape() == tree.shape():
        other = renamed(draw, grown(draw, len(tree.children), 5))
    asked = (
        f"Another tree:\n{_written(other, representation)}\n\nAre the two isomorphic as rooted "
        "trees, numbers and order left aside?"
    )
    return asked, str(same).lower(), "bool"


def _add(draw: random.Random, tree: Tree, representation: str) -> Part:
    parent, node = draw.choice(tree.nodes()), len(tree.children)
    changed = added(tree, parent, node)
    asked = f"Add a node {node} as a child of node {parent}. What is the new structure?"
    return asked, _written(changed, representation), representation


def _remove(draw: random.Random, tree: Tree, representation: str) -> Part:
    node = draw.choice([n for n in tree.nodes() if n != tree.root])
    changed = removed(tree, node)
    asked = f"Remove node {node}; its parent takes over its children. What is the new structure?"
    return asked, _written(changed, representation), representation


def _children(draw: random.Random, tree: Tree, representation: str) -> Part:  # noqa: ARG001
    node = draw.choice(tree.nodes())
    return f"Which are the children of node {node}?", listed(tree.children[node]), "multiset"


def _ancestors(draw: random.Random, tree: Tree, representation: str) -> Part:  # noqa: ARG001
    node = draw.choice(tree.nodes())
    asked = f"Which are the ancestors of node {node}, itself not counted?"
    return asked, listed(tree.path(node)[1:]), "multiset"


def _balance(draw: random.Random, tree: Tree, representation: str) -> Part:  # noqa: ARG001
    asked = "Is it balanced: do the two sides of every node differ by at most one level?"
    return asked, str(tree.balanced()).lower(), "bool"


def _traversal(order: str, words: str) -> Callable[[random.Random, Tree, str], Part]:
    def part(draw: random.Random, tree: Tree, representation: str) -> Part:  # noqa: ARG001
        return f"List the nodes in {order} ({words}).", listed(tree.visited(order)), "ordered"

    return part


def _verify(draw: random.Random, tree: Tree, representation: str) -> Part:  # noqa: ARG001
    orders = {order: listed(tree.visited(order)) for order in ("preorder", "inorder", "postorder")}
    clear = [order for order, text in orders.items() if list(orders.values()).count(text) == 1]
    order = draw.choice(clear)
    asked = f"Of which order is the sequence {orders[order]}: preorder, inorder or postorder?"
    return asked, order, "text"


def _mirror(draw: random.Random, tree: Tree, representation: str) -> Part:  # noqa: ARG001
    asked = "Swap left and right of every node. What is the new structure?"
    return asked, _written(mirrored(tree), representation), representation


_GENERAL: dict[str, Callable[[random.Random, Tree, str], Part]] = {
    "leaf": _leaf,
    "root": _root,
    "node depth": _depth,
    "common ancestor": _common,
    "isomorphism": _isomorphic,
    "add node": _add,
    "remove node": _remove,
    "children": _children,
    "ancestors": _ancestors,
}
_BINARIES: dict[str, Callable[[random.Random, Tree, str], Part]] = {
    "balance": _balance,
    "preorder": _traversal("preorder", "root, left side, right side"),
    "inorder": _traversal("inorder", "left side, root, right side"),
    "postorder": _traversal("postorder", "left side, right side, root"),
    "traversal order": _verify,
    "mirror": _mirror,
}


def tasks() -> Iterator[tuple[str, Callable[[random.Random, str, str, str], Question]]]:
    """Yield every task and what makes its questions."""
    yield from ((task, general) for task in _GENERAL)
    yield from ((task, binary) for task in _BINARIES)
