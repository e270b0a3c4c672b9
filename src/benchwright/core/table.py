"""A table that shows itself: in a terminal, a notebook, a paper or a spreadsheet."""

from __future__ import annotations

import csv
import html
import io
import math
from typing import Any

import msgspec
from msgspec import Struct


class Table(Struct, frozen=True, kw_only=True):
    """Rows under named columns, with the caption that says what they mean."""

    columns: tuple[str, ...]
    """Column names."""
    rows: tuple[tuple[Any, ...], ...]
    """Cells: text, numbers or None; a float is shown with three decimals, NaN like None."""
    caption: str = ""
    """What was asked, how, under which policy, and how much of it was covered."""

    def __str__(self) -> str:
        """Return the table as aligned plain text."""
        cells, numeric = self.cells(), self.numeric()
        widths = [max(map(len, column)) for column in zip(self.columns, *cells, strict=True)]
        rows = [self.columns, tuple("-" * width for width in widths), *cells]
        lines = [
            "  ".join(
                cell.rjust(width) if number else cell.ljust(width)
                for cell, width, number in zip(row, widths, numeric, strict=True)
            ).rstrip()
            for row in rows
        ]
        return "\n".join([*lines, *([self.caption] if self.caption else [])])

    def _repr_html_(self) -> str:
        style = [' style="text-align:right"' if number else "" for number in self.numeric()]

        def row(tag: str, cells: tuple[str, ...]) -> str:
            marked = zip(cells, style, strict=True)
            inner = "".join(f"<{tag}{how}>{html.escape(cell)}</{tag}>" for cell, how in marked)
            return f"<tr>{inner}</tr>"

        head = row("th", self.columns)
        body = "".join(row("td", cells) for cells in self.cells())
        caption = f"<caption>{html.escape(self.caption)}</caption>" if self.caption else ""
        return f"<table>{caption}<thead>{head}</thead><tbody>{body}</tbody></table>"

    def markdown(self) -> str:
        """Return the table in GitHub's Markdown."""
        rule = tuple("---:" if number else "---" for number in self.numeric())
        rows = [tuple(map(_plain, row)) for row in (self.columns, *self.cells())]
        lines = ["| " + " | ".join(row) + " |" for row in (rows[0], rule, *rows[1:])]
        return "\n".join([*lines, *(["", self.caption] if self.caption else [])])

    def latex(self) -> str:
        """Return the table as a LaTeX ``tabular`` with booktabs rules, in a ``table`` float."""
        sides = "".join("r" if number else "l" for number in self.numeric())
        body = [" & ".join(map(_tex, row)) + r" \\" for row in self.cells()]
        return "\n".join(
            [
                r"\begin{table}",
                rf"\begin{{tabular}}{{{sides}}}",
                r"\toprule",
                " & ".join(map(_tex, self.columns)) + r" \\",
                r"\midrule",
                *body,
                r"\bottomrule",
                r"\end{tabular}",
                rf"\caption{{{_tex(self.caption)}}}",
                r"\end{table}",
            ]
        )

    def csv(self) -> str:
        """Return the table as comma-separated values, numbers unrounded, without the caption."""
        out = io.StringIO()
        writer = csv.writer(out, lineterminator="\n")
        writer.writerow(self.columns)
        writer.writerows(self.rows)
        return out.getvalue()

    def json(self) -> str:
        """Return ``{"caption": …, "rows": [{column: cell}]}``, numbers unrounded."""
        rows = [dict(zip(self.columns, row, strict=True)) for row in self.rows]
        return msgspec.json.encode({"caption": self.caption, "rows": rows}).decode()

    def records(self) -> list[dict[str, Any]]:
        """Return the rows as dictionaries."""
        return [dict(zip(self.columns, row, strict=True)) for row in self.rows]

    def cells(self) -> list[tuple[str, ...]]:
        """Return the rows as they are shown: three decimals, a dash for None."""
        return [tuple(map(_shown, row)) for row in self.rows]

    def numeric(self) -> list[bool]:
        """Return which columns hold numbers and nothing else but empty cells."""
        columns = [[row[place] for row in self.rows] for place in range(len(self.columns))]
        return [
            any(_is_number(cell) for cell in column)
            and all(cell is None or _is_number(cell) for cell in column)
            for column in columns
        ]


def _is_number(cell: Any) -> bool:
    return isinstance(cell, (int, float)) and not isinstance(cell, bool)


def _shown(cell: Any) -> str:
    if cell is None or (isinstance(cell, float) and math.isnan(cell)):
        return "–"
    if isinstance(cell, float):
        # A p-value that rounds to nothing is small, not 0.
        return "<0.001" if 0 < cell < 0.0005 else f"{cell:.3f}".replace("-0.000", "0.000")
    return str(cell)


def _plain(text: str) -> str:
    """Return ``text`` as it may stand in a cell of a Markdown table."""
    return text.replace("|", "\\|").replace("\r", " ").replace("\n", " ")


def _tex(text: str) -> str:
    special = {"\\": r"\textbackslash{}", "~": r"\textasciitilde{}", "^": r"\textasciicircum{}"}
    for character in "&%$#_{}":
        special[character] = "\\" + character
    return "".join(special.get(character, character) for character in text)
