"""Groups of items as nodes, the models that tie them as edges."""

from __future__ import annotations

import math
from collections.abc import Collection, Mapping, Sequence

import numpy as np
import numpy.typing as npt
from msgspec import Struct

from benchwright.analysis.ranking.result import Link
from benchwright.core.table import Table
from benchwright.report.pictures import marks
from benchwright.report.pictures.order import ordered
from benchwright.report.pictures.picture import Picture

NODES = 120
"""Most groups drawn; of more, those tied most."""

EDGES, STRONGEST = 240, 3
"""Up to EDGES ties are drawn; of more, those that hold the whole together and the STRONGEST of
each group."""

LETTERS = "ABCDEFGHIJKL"
"""What weak ties are called, the weakest A; further ones have no name."""

_ROOM, _STEP = 168.0, 14.0
_LEAST, _MOST = 84.0, 142.0
_COLOURS = 8
_FEW = 8


class _Graph(Struct, frozen=True):
    """Groups around a circle."""

    names: list[str]
    part: list[int]
    parts: int
    angle: list[float]
    radius: float
    centre: float
    where: dict[str, int]

    def at(self, place: int, out: float = 0.0) -> tuple[float, float]:
        """Return the point of a node, moved ``out`` from the circle."""
        reach = self.radius + out
        turn = self.angle[place]
        return self.centre + reach * math.sin(turn), self.centre - reach * math.cos(turn)


def linkage(
    groups: Sequence[str],
    links: Sequence[Link],
    *,
    weak: Collection[tuple[str, str]] = (),
    component: Mapping[str, int] | None = None,
    warned: tuple[str, ...] = (),
) -> Picture:
    """Return the picture of how ``groups`` are tied by ``links``.

    Args:
        groups: names, each once.
        links: pairs of them that share models.
        weak: those pairs that are weakly tied, as (a, b) of a link; drawn dashed and listed.
        component: group → number of its models' component, so that the picture's parts are
            numbered as the ranking's components.
        warned: what a reader must beware of, under the picture.
    """
    names, kept = _kept(sorted(groups), links)
    there = set(names)
    ties = [link for link in links if {link.a, link.b} <= there and link.a != link.b]
    ties.sort(key=lambda link: (-link.overlap, link.a, link.b))
    graph = _laid_out(names, ties, component or {})
    drawn = _chosen(ties, names)
    thin = {frozenset(pair) for pair in weak}
    listed = [link for link in reversed(drawn) if frozenset((link.a, link.b)) in thin]
    body = _edges(graph, drawn, thin)
    body += _letters(graph, listed[: len(LETTERS)])
    body += _nodes(graph, ties)
    left, top, width, height = _extent(graph)
    label = f"{marks.counted(len(names), 'group')}, {marks.counted(graph.parts, 'part')}"
    rows = tuple((link.a, link.b, link.models, link.overlap) for link in ties)
    return Picture(
        name="linkage",
        title="What ties the measurements together",
        caption=_caption(graph, drawn, ties, kept, bool(thin)),
        drawn=(marks.svg(width, height, label, body, least=min(width, 340), corner=(left, top)),)
        if names
        else (),
        table=Table(columns=("one", "other", "models of both", "effective overlap"), rows=rows),
        warned=warned,
        beside=Table(
            columns=("", "one", "other", "models", "overlap"),
            rows=tuple(
                (
                    letter,
                    marks.cut(link.a, 150),
                    marks.cut(link.b, 150),
                    link.models,
                    f"{link.overlap:.1f}",
                )
                for letter, link in zip(LETTERS, listed, strict=False)
            ),
            caption="Weak ties"
            if len(listed) <= len(LETTERS)
            else f"The {len(LETTERS)} weakest of {len(listed)} weak ties",
        ),
    )


def _kept(names: list[str], links: Sequence[Link]) -> tuple[list[str], int]:
    """Return the groups to draw, and how many there are."""
    if len(names) <= NODES:
        return names, len(names)
    mass = dict.fromkeys(names, 0.0)
    for link in links:
        for name in (link.a, link.b):
            mass[name] = mass.get(name, 0.0) + link.overlap
    best = sorted(names, key=lambda name: (-mass[name], name))[:NODES]
    return sorted(best), len(names)


def _laid_out(names: list[str], ties: Sequence[Link], component: Mapping[str, int]) -> _Graph:
    """Return the groups around a circle: parts apart, the strongly tied side by side."""
    place = {name: number for number, name in enumerate(names)}
    overlap = np.zeros((len(names), len(names)))
    for link in ties:
        overlap[place[link.a], place[link.b]] = overlap[place[link.b], place[link.a]] = link.overlap
    label = _parts(overlap > 0)
    held = sorted(set(label))
    members = [[n for n, part in enumerate(label) if part == number] for number in held]
    number = [component.get(name, 0) for name in names]
    members.sort(key=lambda part: (min(number[n] for n in part), -len(part), part))
    order = [part[n] for part in members for n in ordered(overlap[np.ix_(part, part)])]
    number_of = {n: number for number, part in enumerate(members) for n in part}
    gap = 1.2 if len(members) > 1 else 0.0
    slots = len(names) + gap * len(members)
    angle, at = [], 0.5
    for before, n in zip([order[:1], *([m] for m in order)], order, strict=False):
        at += gap if before and number_of[before[0]] != number_of[n] else 0.0
        angle.append(2 * math.pi * at / max(slots, 1))
        at += 1.0
    radius = max(_LEAST, min(_MOST, 21 * slots), _STEP * slots / (2 * math.pi))
    return _Graph(
        [names[n] for n in order], [number_of[n] for n in order], len(members), angle, radius,
        radius + _ROOM + 12, {names[n]: spot for spot, n in enumerate(order)},
    )  # fmt: skip


def _parts(tied: npt.NDArray[np.bool_]) -> list[int]:
    """Return the number of every group's connected part."""
    label = [-1] * len(tied)
    for start in range(len(tied)):
        if label[start] >= 0:
            continue
        open_, label[start] = [start], start
        while open_:
            for other in np.flatnonzero(tied[open_.pop()]):
                if label[other] < 0:
                    label[other] = start
                    open_.append(int(other))
    return label


def _chosen(ties: Sequence[Link], names: Sequence[str]) -> list[Link]:
    """Return the ties to draw, strongest first."""
    if len(ties) <= EDGES:
        return list(ties)
    root = {name: name for name in names}

    def top(name: str) -> str:
        while root[name] != name:
            root[name] = root[root[name]]
            name = root[name]
        return name

    count = dict.fromkeys(names, 0)
    found = []
    for link in ties:
        one, other = top(link.a), top(link.b)
        root[one] = other
        few = min(count[link.a], count[link.b]) < STRONGEST
        if one != other or few:
            found.append(link)
            count[link.a] += 1
            count[link.b] += 1
    return found


def _curve(graph: _Graph, link: Link) -> tuple[list[tuple[float, float]], str]:
    """Return the three points of an edge, and the edge as a path."""
    one, other = graph.at(graph.where[link.a]), graph.at(graph.where[link.b])
    # Far apart, an edge bends towards the centre; neighbours are tied almost straight.
    bend = 1 - 0.7 * math.dist(one, other) / (2 * graph.radius)
    middle = tuple(
        graph.centre + bend * ((a + b) / 2 - graph.centre) for a, b in zip(one, other, strict=True)
    )
    points = [one, (middle[0], middle[1]), other]
    (ax, ay), (mx, my), (bx, by) = ((marks.px(x), marks.px(y)) for x, y in points)
    return points, f"M{ax} {ay}Q{mx} {my} {bx} {by}"


def _edges(graph: _Graph, drawn: Sequence[Link], thin: set[frozenset[str]]) -> list[str]:
    most = max((link.overlap for link in drawn), default=1.0) or 1.0
    widest = min(max(140 / max(len(drawn), 1), 2.4), 6.0)
    found = []
    for link in reversed(drawn):  # the strongest on top
        weak = frozenset((link.a, link.b)) in thin
        _, data = _curve(graph, link)
        share = link.overlap / most
        width = 1.6 if weak else 0.5 + widest * share
        # Many lines lie on one another: the weaker ones also fade, or all would look alike.
        faded = "" if weak else f";stroke-opacity:{0.25 + 0.3 * share:.2f}"
        kind = "tie weak" if weak else f"tie k{graph.part[graph.where[link.a]] % _COLOURS}"
        told = f"{marks.cut(link.a, 240)} – {marks.cut(link.b, 240)}: {_strength(link)}"
        found.append(
            f'<path class="{kind}" d="{data}" style="stroke-width:{marks.px(width)}px{faded}">'
            f"<title>{marks.e(told)}</title></path>"
        )
    return found


def _strength(link: Link) -> str:
    return f"{marks.counted(link.models, 'model')}, effective overlap {link.overlap:.1f}"


def _letters(graph: _Graph, listed: Sequence[Link]) -> list[str]:
    taken = [graph.at(place) for place in range(len(graph.names))]
    found = []
    for letter, link in zip(LETTERS, listed, strict=False):
        (ax, ay), (mx, my), (bx, by) = _curve(graph, link)[0]
        spots = []
        for t in (0.5, 0.36, 0.64, 0.24, 0.76, 0.16, 0.84):
            u = 1 - t
            spots.append(
                (u * u * ax + 2 * u * t * mx + t * t * bx, u * u * ay + 2 * u * t * my + t * t * by)
            )
        spots += [_inwards(graph, spots[0], step) for step in (14, 26, 38)]
        free = [s for s in spots if all(math.dist(s, other) > 17.5 for other in taken)]
        x, y = (free or spots)[0]
        taken.append((x, y))
        found.append(f'<circle class="badge" cx="{marks.px(x)}" cy="{marks.px(y)}" r="8.5"/>')
        found.append(marks.text(x, y + 3.8, letter, kind="badge-text", anchor="middle"))
    return found


def _inwards(graph: _Graph, spot: tuple[float, float], step: float) -> tuple[float, float]:
    """Return the point ``step`` nearer to the centre."""
    far = max(math.dist(spot, (graph.centre, graph.centre)), 1e-9)
    part = min(step / far, 1.0)
    return spot[0] + part * (graph.centre - spot[0]), spot[1] + part * (graph.centre - spot[1])


def _nodes(graph: _Graph, ties: Sequence[Link]) -> list[str]:
    count = dict.fromkeys(graph.names, 0)
    for link in ties:
        count[link.a] += 1
        count[link.b] += 1
    shown = dict(zip(graph.names, marks.short(graph.names), strict=True))
    level = _level(graph)
    found = []
    for place, name in enumerate(graph.names):
        x, y = graph.at(place)
        told = f"{marks.cut(name, 480)}: shares models with {marks.counted(count[name], 'group')}"
        found.append(
            f'<circle class="node k{graph.part[place] % _COLOURS}" cx="{marks.px(x)}" '
            f'cy="{marks.px(y)}" r="7"><title>{marks.e(told)}</title></circle>'
        )
        if graph.parts > 1:
            part = str(graph.part[place] + 1)
            found.append(marks.text(x, y + 3.6, part, kind="node-text", anchor="middle"))
        found.append(_label(graph, place, shown[name], level=level))
    return found


def _level(graph: _Graph) -> bool:
    """Return whether labels may be level: none of them would touch another."""
    spots = [graph.at(place, 13) for place in range(len(graph.names))]
    return len(spots) <= 24 and all(
        abs(one[1] - other[1]) > _STEP or (one[0] - graph.centre) * (other[0] - graph.centre) < 0
        for n, one in enumerate(spots)
        for other in spots[n + 1 :]
    )


def _extent(graph: _Graph) -> tuple[float, float, float, float]:
    """Return left, top, width and height of what is drawn: level labels need less room."""
    if not _level(graph) or not graph.names:
        return 0, 0, 2 * graph.centre, 2 * graph.centre
    spots = [graph.at(place, 13) for place in range(len(graph.names))]
    left = right = graph.centre
    for (x, _), name in zip(spots, marks.short(graph.names), strict=True):
        wide = max(min(marks.length(line), _ROOM) for line in _lines(graph, name))
        left, right = (
            min(left, x - wide * (x < graph.centre)),
            max(right, x + wide * (x >= graph.centre)),
        )
    top, bottom = min(y for _, y in spots) - 30, max(y for _, y in spots) + 30
    return left - 6, top, right - left + 12, bottom - top


def _lines(graph: _Graph, name: str) -> list[str]:
    """Return a label's lines: of a few groups, how they were asked stands below the benchmark."""
    head, _, tail = name.partition(" (")
    return [head, tail.removesuffix(")")] if tail and len(graph.names) <= _FEW else [name]


def _label(graph: _Graph, place: int, name: str, *, level: bool) -> str:
    x, y = graph.at(place, 13)
    left = x < graph.centre - 0.01
    anchor = "end" if left else "start"
    if level:
        lines = _lines(graph, name)
        lean = math.cos(graph.angle[place])
        # Two lines stand beside their point; above and below the circle they keep off it.
        base = y + 4 - (len(lines) - 1) * (7 + 11 * lean * abs(lean))
        return "".join(
            marks.text(x, base + 14 * n, marks.cut(line, _ROOM - 6), kind="soft" * n,
                       anchor=anchor)
            for n, line in enumerate(lines)
        )  # fmt: skip
    turn = math.degrees(graph.angle[place]) - 90
    turn = turn + 180 if left else turn
    drop = math.radians(turn)
    words = marks.cut(name, _ROOM - 6)
    return marks.text(
        x - 4 * math.sin(drop), y + 4 * math.cos(drop), words, anchor=anchor, turn=turn
    )


def _caption(
    graph: _Graph, drawn: Sequence[Link], ties: Sequence[Link], of: int, weak: bool
) -> str:
    found = (
        "Each point is a group of items, each line a pair of groups that some models share; the "
        "wider, the more models, counted by what they answered in both. "
    )
    if graph.parts > 1:
        found += (
            f"The groups fall into {graph.parts} components (number and colour of the points): "
            "nothing ties one to another, so no score compares across them. "
        )
    if weak:
        found += "A dashed line is a weak tie: ranks across it rest on few models. "
    if len(drawn) < len(ties):
        found += (
            f"Of {len(ties):,} pairs the picture shows {len(drawn):,}: those that hold the whole "
            f"together and the strongest of each group. "
        )
    if len(graph.names) < of:
        found += f"Of {of:,} groups the {len(graph.names):,} most tied are drawn. "
    return found.strip()
