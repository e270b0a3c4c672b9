"""A picture with all that belongs to it: how it is read, and the same facts as a table."""

from __future__ import annotations

import math
import re
from importlib import resources
from typing import Any

from msgspec import Struct

from benchwright.core.table import Table
from benchwright.report.pictures.marks import e

_RIGHT = ' class="n"'

WARNED = 4
"""Most warnings under a picture."""

ROWS = 400
"""Most rows of the table that stands for a picture."""


class Picture(Struct, frozen=True, kw_only=True):
    """A picture, drawn."""

    name: str
    """What kind it is, in one word."""
    title: str
    """Its heading."""
    caption: str
    """How it is read, in plain words."""
    drawn: tuple[str, ...]
    """The SVG elements, one under the other; empty where there is nothing to draw."""
    narrow: tuple[str, ...] = ()
    """The same for the width of a phone; where empty, ``drawn`` is shown there too."""
    table: Table
    """The same facts, for those who do not see the picture."""
    beside: Table | None = None
    """What the picture marks, by name; its caption is the heading."""
    said: tuple[str, ...] = ()
    """What a reader should know besides; sentences."""
    warned: tuple[str, ...] = ()
    """What a reader must beware of; sentences."""

    def html(self) -> str:
        """Return the picture as a figure of the report's page."""
        wide = f'<div class="scroll wide">{"".join(self.drawn)}</div>' if self.drawn else ""
        slim = f'<div class="scroll slim">{"".join(self.narrow)}</div>' if self.narrow else ""
        aside = ""
        if self.beside is not None and self.beside.rows:
            aside = (
                f'<div class="aside"><h4>{e(self.beside.caption)}</h4>'
                f"{table_html(self.beside)}</div>"
            )
        both = " both" if self.narrow else ""
        return (
            f'<figure id="{self.name}" class="pictured {self.name}{both}"><h3>{e(self.title)}</h3>'
            f'<figcaption class="caption">{sentences(self.caption)}</figcaption>'
            f'<div class="beside"><div class="drawn">{wide}{slim}</div>{aside}</div>'
            f"{self._said()}{self._data()}</figure>"
        )

    def _said(self) -> str:
        shown = [f'<p class="facts">{sentences(" ".join(self.said))}</p>'] if self.said else []
        shown += [f'<p class="note">{sentences(words)}</p>' for words in self.warned[:WARNED]]
        left = len(self.warned) - WARNED
        if left > 0:
            shown.append(f'<p class="note">And {left:,} more of the kind.</p>')
        return "".join(shown)

    def _data(self) -> str:
        if not self.table.rows:
            return ""
        return (
            f'<details class="data"><summary>{e(self.title)}: as a table</summary>'
            f"{table_html(self.table)}</details>"
        )

    def svg(self) -> str:
        """Return the picture as an SVG file of its own, with its colours; "" without a drawing.

        Pictures of several elements give the first.
        """
        if not self.drawn:
            return ""
        sheets = resources.files("benchwright.report")
        root = sheets.joinpath("page.css").read_text(encoding="utf-8").split("}", 1)[0] + "}"
        style = sheets.joinpath("pictures.css").read_text(encoding="utf-8")
        ground = "svg{background:var(--ground);font-family:var(--sans)}"
        head, body = self.drawn[0].split(">", 1)
        _, _, width, height = re.findall(r'viewBox="(\S+) (\S+) (\S+) (\S+)"', head)[0]
        head = re.sub(r' style="[^"]*"', f' width="{width}" height="{height}"', head)
        words = f"<title>{e(self.title)}</title><desc>{sentences(self.caption)}</desc>"
        return f"{head}>{words}<style>{e_style(root + style + ground)}</style>{body}\n"


def sentences(words: str) -> str:
    """Return sentences escaped; beyond 3,000 characters they are cut."""
    shown = words if len(words) <= 3000 else words[:3000] + " …"
    return "".join(e(shown[start : start + 300]) for start in range(0, len(shown), 300))


def e_style(rules: str) -> str:
    """Return a style sheet as it may stand in XML."""
    return rules.replace("&", "&amp;").replace("<", "&lt;")


def table_html(table: Table) -> str:
    """Return a table in the page's hand: escaped, numbers at the right, what is cut is said."""
    numeric = table.numeric()
    shown = table.rows[:ROWS]

    def row(tag: str, cells: tuple[str, ...]) -> str:
        marked = zip(cells, numeric, strict=True)
        return "".join(f"<{tag}{right * _RIGHT}>{e(cell)}</{tag}>" for cell, right in marked)

    body = "".join(f"<tr>{row('td', tuple(map(_cell, cells)))}</tr>" for cells in shown)
    left = len(table.rows) - len(shown)
    note = f'<p class="note">The first {ROWS:,} of {len(table.rows):,} lines.</p>' if left else ""
    return (
        f'<div class="scroll"><table class="facts-table"><thead><tr>{row("th", table.columns)}'
        f"</tr></thead><tbody>{body}</tbody></table></div>{note}"
    )


def _cell(cell: Any) -> str:
    if cell is None or (isinstance(cell, float) and not math.isfinite(cell)):
        return "–"
    if isinstance(cell, int) and not isinstance(cell, bool):
        return f"{cell:,}".replace("-", "−")
    if isinstance(cell, float):
        return f"{cell:.3f}".replace("-0.000", "0.000").replace("-", "−")
    return str(cell)
