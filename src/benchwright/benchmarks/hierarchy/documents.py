"""Questions about a JSON document: a university of faculties, departments and courses."""

from __future__ import annotations

import json
import random
from collections.abc import Callable, Iterator
from itertools import product
from typing import Any

from benchwright.benchmarks.hierarchy.asked import Question

_FIELDS = (
    "Algebra", "Botany", "Chemistry", "Drama", "Economics", "Forestry", "Geology", "History",
    "Informatics", "Law", "Music", "Nursing", "Optics", "Physics", "Rhetoric", "Statistics",
    "Theology", "Zoology",
)  # fmt: skip
_KINDS = ("Applied", "Clinical", "Comparative", "General", "Modern", "Theoretical")
_BELOW = {"easy": (1, 3), "medium": (2, 3), "hard": (2, 4)}
"""Size → fewest and most children of a node."""
_LEVELS = ("university", "faculty", "department", "course")
_MANY = {"faculty": "faculties", "department": "departments", "course": "courses"}

Named = tuple[str, int, tuple[str, ...], dict[str, Any]]
"""Name, level from 1, names above it (the root first), and its object."""


def question(draw: random.Random, task: str, representation: str, size: str) -> Question:
    """Return one question of ``task`` about a document."""
    document = _document(draw, *_BELOW[size])
    found = list(_walked(document, 1, ()))
    asked, answer, kind = _TASKS[task](draw, found)
    return Question(
        task=task,
        given=f"A JSON document:\n{json.dumps(document)}",
        asked=asked,
        answer=answer,
        kind=kind,
        representation=representation,
    )


def tasks() -> Iterator[str]:
    """Yield every task."""
    yield from _TASKS


def _document(draw: random.Random, fewest: int, most: int) -> dict[str, Any]:
    titles = iter(draw.sample([" ".join(pair) for pair in product(_KINDS, _FIELDS)], 108))

    def made(level: int) -> dict[str, Any]:
        kind = _LEVELS[level]
        name = "University" if not level else f"{kind.title()} of {next(titles)}"
        node: dict[str, Any] = {"name": name}
        if kind == "course":
            return node | {"credits": draw.randint(1, 12), "room": f"R{draw.randint(100, 999)}"}
        below = [made(level + 1) for _ in range(draw.randint(fewest, most))]
        return node | {_MANY[_LEVELS[level + 1]]: below}

    return made(0)


def _walked(node: dict[str, Any], level: int, above: tuple[str, ...]) -> Iterator[Named]:
    yield node["name"], level, above, node
    for below in node.values():
        if isinstance(below, list):
            for child in below:
                yield from _walked(child, level + 1, (*above, node["name"]))


def _child_count(draw: random.Random, found: list[Named]) -> tuple[str, str, str]:
    name, level, _, node = draw.choice([named for named in found if named[1] < 4])
    many = _MANY[_LEVELS[level]]
    return f"How many {many} are there directly in {name}?", str(len(node[many])), "integer"


def _node_depth(draw: random.Random, found: list[Named]) -> tuple[str, str, str]:
    name, level, _, _ = draw.choice(found)
    return f"On which level is {name}? University is on level 1.", str(level), "integer"


def _level_count(draw: random.Random, found: list[Named]) -> tuple[str, str, str]:
    level = draw.randint(2, 4)
    count = sum(named[1] == level for named in found)
    return f"How many {_MANY[_LEVELS[level - 1]]} are there in all?", str(count), "integer"


def _relation(draw: random.Random, found: list[Named]) -> tuple[str, str, str]:
    within = draw.random() < 0.5
    pairs = [
        (name, other[0])
        for name, level, above, _ in found
        for other in found
        if 1 < other[1] < level and (other[0] in above) == within
    ]
    if not pairs:  # one faculty and one department hold everything
        name, _, above, _ = draw.choice([named for named in found if named[1] == 4])
        return f"Is {above[1]} part of {name}?", "false", "bool"
    name, other = draw.choice(pairs)
    return f"Is {name} part of {other}, directly or not?", str(within).lower(), "bool"


def _attribute(draw: random.Random, found: list[Named]) -> tuple[str, str, str]:
    name, _, _, node = draw.choice([named for named in found if named[1] == 4])
    if draw.random() < 0.5:
        return f"How many credits has {name}?", str(node["credits"]), "integer"
    return f"In which room is {name}?", node["room"], "text"


_TASKS: dict[str, Callable[[random.Random, list[Named]], tuple[str, str, str]]] = {
    "child count": _child_count,
    "level of a node": _node_depth,
    "level count": _level_count,
    "relation": _relation,
    "node attribute": _attribute,
}
