"""Models in order: score with interval, rank with interval, tiers as bands."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from itertools import groupby

from msgspec import Struct

from benchwright.analysis.ranking.result import Ranked
from benchwright.core.table import Table
from benchwright.report.drawing import Scale, scale_for
from benchwright.report.pictures import marks
from benchwright.report.pictures.picture import Picture

ALL, FIRST = 300, 100
"""Up to ALL models are drawn; of more, the FIRST."""

PANEL = 40
"""Models in one piece of the picture: a piece stands on one page of paper, with its own scales."""

_HEAD = 34


class _Plan(Struct, frozen=True, kw_only=True):
    """Where things stand; pixels."""

    width: float
    row: float
    name: float
    name_to: float
    value: float
    score: tuple[float, float]
    rank: tuple[float, float]
    between: float
    stacked: bool


_WIDE = _Plan(
    width=960, row=22, name=44, name_to=294, value=352, score=(372, 646), rank=(742, 948),
    between=720, stacked=False,
)  # fmt: skip
_SLIM = _Plan(
    width=360, row=40, name=10, name_to=262, value=352, score=(12, 182), rank=(216, 350),
    between=0, stacked=True,
)  # fmt: skip


class _Axes(Struct, frozen=True):
    score: Scale
    ranks: tuple[int, int]
    ticks: tuple[int, ...]
    unit: str


def intervals(lines: Sequence[Ranked], *, confidence: float = 0.95, unit: str = "score") -> Picture:
    """Return the picture of a ranking's ``lines``, in their order; scores count in ``unit``.

    A line whose score is NaN keeps its place and has no marks. Models of several components are
    drawn component by component.
    """
    shown = lines if len(lines) <= ALL else lines[:FIRST]
    axes = _axes(shown, unit)
    percent = f"{100 * confidence:g}%"
    caption = (
        f"Points are scores, bars their {percent} intervals. At the right each model’s rank: the "
        f"thick bar is its own {percent} interval, for reading one model at a time; the thin one "
        f"holds for all models at once, for claims such as “in the top three”. A band is a tier: "
        f"models that the measurements cannot tell apart."
    )
    if any(_cut_off(line, axes.score) for line in shown):
        caption += " A bar that ends at the edge goes on beyond it."
    if any(_unsure(line) for line in shown):
        caption += " A hollow point has no interval: there are too few observations to tell one."
    if len(shown) < len(lines):
        caption += f" Drawn are the first {len(shown):,} of {len(lines):,} models."
    several = len({line.component for line in lines}) > 1
    if several:
        caption += " Models of different components share no scale: nothing ties them together."
    return Picture(
        name="intervals",
        title="Scores and ranks",
        caption=caption,
        drawn=tuple(_panels(shown, axes, _WIDE, several)),
        narrow=tuple(_panels(shown, axes, _SLIM, several)),
        table=_table(lines),
    )


def _axes(lines: Sequence[Ranked], unit: str) -> _Axes:
    places = [place for line in lines for place in (line.claim_low, line.claim_high, line.rank)]
    last = max(places, default=1)
    step = next(s for m in range(9) for s in (10**m, 2 * 10**m, 5 * 10**m) if last / s <= 6)
    ticks = sorted({1, *(place for place in range(step, last + 1, step) if place - 1 >= step / 2)})
    return _Axes(_scale(lines), (1, max(last, 2)), tuple(ticks), unit)


def _scale(lines: Sequence[Ranked]) -> Scale:
    """Return the scale of the scores: a few endless intervals must not flatten all others."""
    scores = sorted(line.score for line in lines if math.isfinite(line.score))
    if not scores:
        return scale_for([])
    ends = [end for line in lines for end in (line.low, line.high) if math.isfinite(end)]
    widths = sorted(line.high - line.low for line in lines if math.isfinite(line.high - line.low))
    room = max(scores[-1] - scores[0], 2 * widths[len(widths) // 2] if widths else 0.0)
    low, high = scores[0] - room, scores[-1] + room
    held = [*scores, *(min(max(end, low), high) for end in ends)]
    share = min(held) >= 0 and max(held) <= 1
    return scale_for(held, steps=7 if share else 4)


def _unsure(line: Ranked) -> bool:
    ends = math.isfinite(line.low) and math.isfinite(line.high)
    return math.isfinite(line.score) and not ends


def _cut_off(line: Ranked, scale: Scale) -> bool:
    return line.low < scale.low - 1e-9 or line.high > scale.high + 1e-9


def _panels(lines: Sequence[Ranked], axes: _Axes, plan: _Plan, several: bool) -> Iterator[str]:
    band = False
    for component, members in groupby(lines, key=lambda line: line.component):
        held = list(members)
        for start in range(0, len(held), PANEL):
            part = held[start : start + PANEL]
            heading = f"component {component + 1}: {marks.counted(len(held), 'model')}"
            if start:
                heading += ", continued"
            drawn, band = _panel(part, axes, plan, heading if several else "", band)
            yield drawn


def _panel(
    lines: Sequence[Ranked], axes: _Axes, plan: _Plan, heading: str, band: bool
) -> tuple[str, bool]:
    """Return one piece, and whether its last tier's band was tinted."""
    top = _HEAD + (22 if heading else 0)
    height = top + len(lines) * plan.row + 6
    body = [marks.text(plan.name, 12, heading, kind="strong")] if heading else []
    tier = None
    for place, line in enumerate(lines):
        at = top + place * plan.row
        if line.tier != tier:
            rows = sum(1 for _ in _run(lines[place:], line.tier))
            band = not band if place or line.tier == 1 else band
            body.append(_band(at, rows * plan.row, line.tier, plan, tinted=band))
            tier = line.tier
    body += _grid(axes, plan, top, height)
    body += _bars(lines, axes, plan, top)
    for place, line in enumerate(lines):
        body += _words(line, axes.score, plan, top + place * plan.row)
    label = f"Scores and ranks of {marks.counted(len(lines), 'model')}"
    return marks.svg(plan.width, height, label, body), band


def _run(lines: Sequence[Ranked], tier: int) -> Iterator[Ranked]:
    for line in lines:
        if line.tier != tier:
            return
        yield line


def _band(y: float, height: float, tier: int, plan: _Plan, *, tinted: bool) -> str:
    ground = marks.rect(0, y, plan.width, height, "band" if tinted else "band plain")
    label = "" if plan.stacked else marks.text(12, y + 15, str(tier), kind="strong")
    return ground + label


def _grid(axes: _Axes, plan: _Plan, top: float, height: float) -> list[str]:
    base = top - 6
    found = []
    if not plan.stacked:
        found += [
            marks.text(12, base, "tier", kind="soft"),
            marks.text(plan.name, base, "model", kind="soft"),
        ]
    unit = f"{axes.unit}, %" if axes.score.share else axes.unit
    found += [
        marks.text(plan.score[0], base - 14, unit, kind="soft"),
        marks.text(plan.rank[0], base - 14, "rank", kind="soft"),
    ]
    ends = (axes.score.low, axes.score.high)
    ticks = [(_at(tick, ends, plan.score), axes.score.label(tick)) for tick in axes.score.ticks]
    places = [(_at(place, axes.ranks, plan.rank), f"{place:,}") for place in axes.ticks]
    return found + _rules(ticks, base, top, height) + _rules(places, base, top, height)


def _rules(ticks: Sequence[tuple[float, str]], base: float, top: float, height: float) -> list[str]:
    """Return the lines of a scale, and the labels that have room."""
    found, taken = [], -math.inf
    for x, label in ticks:
        found.append(marks.line(x, top, x, height - 6, "rule"))
        half = marks.length(label, 11) / 2
        if x - half > taken + 2:
            found.append(marks.text(x, base, label, kind="tick", anchor="middle"))
            taken = x + half
    return found


def _at(value: float, ends: tuple[float, float], span: tuple[float, float]) -> float:
    part = (value - ends[0]) / (ends[1] - ends[0])
    return span[0] + min(max(part, 0.0), 1.0) * (span[1] - span[0])


def _bars(lines: Sequence[Ranked], axes: _Axes, plan: _Plan, top: float) -> list[str]:
    ranges, points, hollow, claims, own, places = [], [], [], [], [], []
    ends = (axes.score.low, axes.score.high)
    for place, line in enumerate(lines):
        y = marks.px(top + place * plan.row + (29 if plan.stacked else plan.row / 2))
        if not math.isfinite(line.score):
            continue

        def score(value: float) -> str:
            return marks.px(_at(value, ends, plan.score))

        def rank(value: float) -> str:
            return marks.px(_at(value, axes.ranks, plan.rank))

        if math.isfinite(line.low) and math.isfinite(line.high):
            ranges.append(f"M{score(line.low)} {y}H{score(line.high)}")
            points.append(f"M{score(line.score)} {y}h0")
        else:
            hollow.append(f"M{score(line.score)} {y}h0")
        claims.append(f"M{rank(line.claim_low)} {y}H{rank(line.claim_high)}")
        own.append(f"M{rank(line.rank_low)} {y}H{rank(line.rank_high)}")
        places.append(f"M{rank(line.rank)} {y}h0")
    return [
        marks.path(ranges, "range"), marks.path(points, "halo"), marks.path(points, "spot"),
        marks.path(hollow, "spot"), marks.path(hollow, "core"),
        marks.path(claims, "claim"), marks.path(own, "range"), marks.path(places, "halo"),
        marks.path(places, "spot"),
    ]  # fmt: skip


def _words(line: Ranked, scale: Scale, plan: _Plan, y: float) -> list[str]:
    value = marks.number(line.score, share=scale.share)
    room = plan.name_to - plan.name
    base = y + (17 if plan.stacked else plan.row / 2 + 4.5)
    found = [
        marks.text(plan.name, base, marks.cut(line.model, room, 13), kind="name"),
        marks.text(plan.value, base, value, kind="value", anchor="end"),
    ]
    if plan.stacked:
        found.append(
            marks.text(
                plan.value - max(marks.length(value, 14), 36) - 8,
                base,
                f"tier {line.tier}",
                kind="tick",
                anchor="end",
            )
        )
        return found
    if math.isfinite(line.score):
        span = _span(line.rank_low, line.rank_high)
        found.append(marks.text(plan.between, base, span, kind="tick", anchor="end"))
    found.append(marks.rect(0, y, plan.width, plan.row, "touch", title=_said(line, scale)))
    return found


def _span(low: int, high: int) -> str:
    return str(low) if low == high else f"{low}–{high}"


def _said(line: Ranked, scale: Scale) -> str:
    """Return what a row says when it is pointed at."""
    name = marks.cut(line.model, 480)
    if not math.isfinite(line.score):
        return f"{name}: nothing can be said; {marks.counted(line.n, 'observation')}"
    ends = (marks.number(end, share=scale.share) for end in (line.low, line.high))
    return (
        f"{name}: {marks.number(line.score, share=scale.share)} ({' … '.join(ends)}); "
        f"rank {line.rank}, by itself {_span(line.rank_low, line.rank_high)}, "
        f"among all {_span(line.claim_low, line.claim_high)}; tier {line.tier}; "
        f"{marks.counted(line.n, 'observation')}, {line.coverage:.0%} of the items"
    )


def _table(lines: Sequence[Ranked]) -> Table:
    columns = (
        "rank", "model", "score", "low", "high", "rank by itself", "rank among all", "tier",
        "observations", "coverage", "component",
    )  # fmt: skip
    rows = tuple(
        (
            line.rank, line.model, line.score, line.low, line.high,
            _span(line.rank_low, line.rank_high), _span(line.claim_low, line.claim_high),
            line.tier, line.n, line.coverage, line.component + 1,
        )
        for line in lines
    )  # fmt: skip
    return Table(columns=columns, rows=rows)
