"""The strokes that all pictures share: numbers, names that fit, shapes as SVG text.

Names come from models, benchmarks and files that nobody checked: ``clean`` makes what would steer a
reader's eye (controls, marks that turn the direction of writing) visible, ``e`` escapes the rest.
"""

from __future__ import annotations

import html
import math
import unicodedata
from collections.abc import Sequence

LONGEST = 400
"""Characters of a name that are kept where it stands in full."""

SIZE = 12
"""Pixels of ordinary text."""

_REORDERING = frozenset({"LRE", "RLE", "LRO", "RLO", "PDF", "LRI", "RLI", "FSI", "PDI"})
_MARKS = "\u200e\u200f\u061c"
_NARROW, _WIDE = frozenset("iljtfrI.,:;|!'`()[]/ "), frozenset("mwMW@%")


def clean(text: str) -> str:
    """Return ``text`` on one line, with characters that steer or that XML forbids made visible."""
    cut_off = text if len(text) <= LONGEST else text[: LONGEST - 1] + "…"
    if cut_off.isascii() and cut_off.isprintable():
        return cut_off
    return "".join(map(_visible, cut_off))


def _visible(character: str) -> str:
    if character in "\n\r\t":
        return " "
    hidden = unicodedata.category(character) in ("Cc", "Cn", "Co", "Cs", "Zl", "Zp")
    turns = unicodedata.bidirectional(character) in _REORDERING or character in _MARKS
    return f"\\u{ord(character):04x}" if hidden or turns else character


def e(text: str) -> str:
    """Return ``text`` as it may stand in an element or an attribute, of HTML or XML."""
    return html.escape(clean(text))


def e_lines(lines: Sequence[str]) -> str:
    """Return several names as one attribute, a line for each."""
    return "&#10;".join(map(e, lines))


def length(text: str, size: float = SIZE) -> float:
    """Return about how many pixels ``text`` takes; fonts differ, so rather more than fewer."""
    return size * sum(map(_em, text))


def _em(character: str) -> float:
    if character in _NARROW:
        return 0.38
    if character in _WIDE:
        return 0.96
    if ord(character) < 0x2E80:
        if unicodedata.combining(character):
            return 0.0
        return 0.72 if character.isupper() else 0.61
    return 1.02


def cut(text: str, pixels: float, size: float = SIZE) -> str:
    """Return the cleaned ``text`` with its middle left out where it is longer than ``pixels``.

    The middle, because names that stand together differ at their ends: versions, sizes, settings.
    """
    shown = clean(text)
    if length(shown, size) <= pixels:
        return shown
    room = pixels - length("…", size)
    head, front = 0, 0.0
    while head < len(shown) and front + length(shown[head], size) <= 0.6 * room:
        front += length(shown[head], size)
        head += 1
    tail, back = len(shown), 0.0
    while tail > head and front + back + length(shown[tail - 1], size) <= room:
        tail -= 1
        back += length(shown[tail], size)
    return f"{shown[:head].rstrip()}…{shown[tail:].lstrip()}"


def short(names: Sequence[str]) -> list[str]:
    """Return ``names`` without the words that all of them begin or end with.

    Words end at a blank or one of ``_-/:@·``. Fewer than three names are left as they are.
    """
    if len(names) < 3 or len(set(names)) < len(names):
        return list(names)
    split = [_words(name) for name in names]
    least = min(map(len, split))
    head = next((n for n in range(least) if len({words[n] for words in split}) > 1), least)
    room = least - head
    tail = next((n for n in range(room) if len({words[-1 - n] for words in split}) > 1), room)
    kept = ["".join(words[head : len(words) - tail]).strip(" _-/:@·") for words in split]
    return kept if all(kept) and len(set(kept)) == len(kept) else list(names)


def _words(name: str) -> list[str]:
    found = [""]
    for character in name:
        found[-1] += character
        if character in " _-/:@·":
            found.append("")
    return [word for word in found if word]


def px(value: float) -> str:
    """Return a coordinate with at most one decimal and no needless zero."""
    return f"{round(value, 1) + 0.0:.1f}".removesuffix(".0")  # + 0.0: there is no −0


def number(value: float | None, *, share: bool, sign: bool = False) -> str:
    """Return a score as it is shown: percent with one decimal, or three digits."""
    if value is None or not math.isfinite(value):
        return "–"
    plus = "+" if sign else ""
    text = f"{100 * value:{plus}.1f}" if share else f"{value:{plus}.3g}"
    if not share and "e" in text:
        text = f"{value:{plus},.0f}" if abs(value) < 1e6 else text
    return text.replace("-", "−")


def counted(count: int, noun: str) -> str:
    """Return ``count`` with its noun, one or several."""
    return f"{count:,} {noun}{'' if count == 1 else 's'}"


def text(
    x: float, y: float, words: str, *, kind: str = "", anchor: str = "", turn: float | None = None
) -> str:
    """Return a text whose baseline begins (``anchor``: or ends) at a point; escapes ``words``."""
    told = f' class="{kind}"' if kind else ""
    side = f' text-anchor="{anchor}"' if anchor else ""
    turned = f' transform="rotate({px(turn)} {px(x)} {px(y)})"' if turn else ""
    return f'<text{told} x="{px(x)}" y="{px(y)}"{side}{turned}>{e(words)}</text>'


def line(x1: float, y1: float, x2: float, y2: float, kind: str) -> str:
    """Return a straight line."""
    return f'<line class="{kind}" x1="{px(x1)}" y1="{px(y1)}" x2="{px(x2)}" y2="{px(y2)}"/>'


def rect(
    x: float,
    y: float,
    width: float,
    height: float,
    kind: str,
    *,
    title: str = "",
) -> str:
    """Return a rectangle; ``title`` is what it says when it is pointed at."""
    shape = (
        f'<rect class="{kind}" x="{px(x)}" y="{px(y)}" width="{px(width)}" height="{px(height)}"'
    )
    return f"{shape}><title>{e(title)}</title></rect>" if title else f"{shape}/>"


def path(data: Sequence[str], kind: str) -> str:
    """Return all of ``data`` as one path: hundreds of marks of a kind cost one element."""
    return f'<path class="{kind}" d="{"".join(data)}"/>' if data else ""


def box(x: float, y: float, width: float, height: float) -> str:
    """Return a rectangle as a piece of a path."""
    return f"M{px(x)} {px(y)}h{px(width)}v{px(height)}h{px(-width)}z"


def svg(
    width: float,
    height: float,
    label: str,
    body: Sequence[str],
    *,
    least: float = 0,
    corner: tuple[float, float] = (0, 0),
) -> str:
    """Return the picture ``body``, from its ``corner`` on; never narrower than ``least`` pixels."""
    floor = f";min-width:{px(least)}px" if least else ""
    return (
        f'<svg class="picture" xmlns="http://www.w3.org/2000/svg" '
        f'viewBox="{px(corner[0])} {px(corner[1])} {px(width)} {px(height)}" '
        f'role="img" aria-label="{e(label)}" style="width:{px(width)}px{floor}">'
        f"{''.join(body)}</svg>"
    )
