"""Small drawings in SVG: intervals on a scale, and outcomes as a stacked bar.

Colours come from the page's style sheet by class, so that they follow its light and dark themes.
"""

from __future__ import annotations

import html
import math
from collections.abc import Sequence

from msgspec import Struct

WIDTH, NARROW, HEIGHT, EDGE = 280, 176, 22, 12
BAR = 190
_STEPS = (0.01, 0.02, 0.05, 0.1, 0.2, 0.25, 0.5, 1.0, 2.0)


class Scale(Struct, frozen=True, kw_only=True):
    """A horizontal scale from data to pixels."""

    low: float
    """Value at the left end."""
    high: float
    """Value at the right end."""
    ticks: tuple[float, ...]
    """Where grid lines stand."""
    share: bool
    """Whether values are shares, shown as percent."""
    signed: bool = False
    """Whether values are differences, shown with their sign."""
    width: int = WIDTH
    """Pixels from end to end."""

    def x(self, value: float) -> float:
        """Return the pixel of ``value``; what lies outside stands at the end."""
        part = (value - self.low) / (self.high - self.low)
        return round(EDGE + min(max(part, 0.0), 1.0) * (self.width - 2 * EDGE), 1)

    def label(self, value: float) -> str:
        """Return ``value`` as it is written at a tick."""
        shown = f"{100 * value:.0f}" if self.share else f"{value:g}"
        if self.signed and value > 0:
            return "+" + shown
        return shown.replace("-", "−")


def scale_for(
    values: Sequence[float], *, signed: bool = False, width: int = WIDTH, steps: int = 0
) -> Scale:
    """Return a scale that holds all of ``values`` (and 0 if signed), with a few round ticks.

    There are at most ``steps`` steps between the values, or as many as suit the ``width``.
    """
    held = [*values, 0.0] if signed else list(values)
    least, most = min(held, default=0.0), max(held, default=1.0)
    share = least >= (-1 if signed else 0) and most <= 1
    # No finer than numbers of this size can be told apart.
    span = max(most - least, 1e-9 * max(1.0, abs(least), abs(most)))
    unit = 1.0 if share else 10 ** math.floor(math.log10(span))
    most_ticks = steps or (5 if width >= WIDTH else 3)
    step = next((s * unit for s in _STEPS if span / (s * unit) <= most_ticks), unit)
    first, last = math.floor(least / step + 1e-9), math.ceil(most / step - 1e-9)
    if first == last:
        first, last = first - 1, last + 1
    if share and not signed:
        first, last = max(first, 0), min(last, round(1 / step))
    ticks = tuple(round(place * step, 10) for place in range(first, last + 1))
    return Scale(low=ticks[0], high=ticks[-1], ticks=ticks, share=share, signed=signed, width=width)


def axis(scale: Scale) -> str:
    """Return the labels of the scale's ticks."""
    texts = "".join(
        f'<text x="{scale.x(tick)}" y="12" text-anchor="middle">{scale.label(tick)}</text>'
        for tick in scale.ticks
    )
    return f'<svg class="axis" width="{scale.width}" height="16" aria-hidden="true">{texts}</svg>'


def interval(
    scale: Scale,
    value: float | None,
    low: float | None,
    high: float | None,
    *,
    chance: float | None = None,
    title: str = "",
) -> str:
    """Return a point with its interval on ``scale``; a dashed line marks a blind guess.

    A difference whose interval holds 0 is drawn hollow.
    """
    middle = HEIGHT / 2
    parts = [
        f'<line class="{"zero" if scale.signed and tick == 0 else "grid"}" '
        f'x1="{scale.x(tick)}" x2="{scale.x(tick)}" y1="0" y2="{HEIGHT}"/>'
        for tick in scale.ticks
    ]
    if chance is not None and scale.low <= chance <= scale.high:
        x = scale.x(chance)
        parts.append(f'<line class="chance" x1="{x}" x2="{x}" y1="0" y2="{HEIGHT}"/>')
    open_ended = scale.signed and low is not None and high is not None and low <= 0 <= high
    if low is not None and high is not None:
        parts.append(
            f'<line class="range" x1="{scale.x(low)}" x2="{scale.x(high)}" '
            f'y1="{middle}" y2="{middle}"/>'
        )
    if value is not None:
        name = "point open" if open_ended else "point"
        parts.append(f'<circle class="{name}" cx="{scale.x(value)}" cy="{middle}" r="4.5"/>')
    return (
        f'<svg class="interval" width="{scale.width}" height="{HEIGHT}" role="img" '
        f'aria-label="{html.escape(title)}"><title>{html.escape(title)}</title>'
        f"{''.join(parts)}</svg>"
    )


def stacked(counts: Sequence[tuple[str, int]]) -> str:
    """Return (name, count) pairs as one bar, a pixel of ground between the parts."""
    total = sum(count for _, count in counts)
    if not total:
        return ""
    parts, at = [], 0.0
    for name, count in counts:
        width = count / total * BAR
        # A part too small to see is still drawn: one lost answer in a thousand is news.
        shown = max(width - 1, 1.5)
        parts.append(
            f'<rect class="o-{name}" x="{at:.1f}" y="3" width="{shown:.1f}" height="14">'
            f"<title>{name}: {count:,} ({count / total:.1%})</title></rect>"
        )
        at += width
    said = ", ".join(f"{count} {name}" for name, count in counts)
    return (
        f'<svg class="stacked" width="{BAR + 2}" height="20" role="img" aria-label="{said}">'
        f"{''.join(parts)}</svg>"
    )


PATTERNS = (
    '<svg class="patterns" width="0" height="0" aria-hidden="true"><defs>'
    + "".join(
        f'<pattern id="hatch-{name}" width="5" height="5" patternUnits="userSpaceOnUse" '
        f'patternTransform="rotate(45)"><rect class="under-{name}" width="5" height="5"/>'
        f'<rect class="over-{name}" width="2.4" height="5"/></pattern>'
        for name in ("truncated", "unsupported")
    )
    + "</defs></svg>"
)
"""Hatchings, so that these outcomes are told from others by more than their colour."""
