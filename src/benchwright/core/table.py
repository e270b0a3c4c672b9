"""A table that shows itself: in a terminal, a notebook, a paper or a spreadsheet."""

from __future__ import annotations

import csv
import html
import io
from typing import Any

import msgspec
from msgspec import Struct


class Table(Struct, frozen=True, kw_only=True):
    """Rows under named columns, with the caption that says what they mean."""

    columns: tuple[str, ...]
    """Column names."""
    rows: tuple[tuple[Any, ...], ...]
    """Cells: text, numbers or None; a Python float is shown with three decimals."""
    caption: str = ""
    """What was asked, how, under which policy, and how much of it was covered."""

    def __str__(self) -> str:
        """Return the table as aligned plain text."""
        cells = self.cells()
        widths = [max(map(len, column)) for column in zip(self.columns, *cells, strict=True)]
        lines = ["  ".join(n.ljust(w) for n, w in zip(self.columns, widths, strict=True)).rstrip()]
        lines.append("  ".join("-" * width for width in widths))
        for row, values in zip(cells, self.rows, strict=True):
            shown = (
                cell.rjust(width) if isinstance(value, (int, float)) else cell.ljust(width)
                for cell, value, width in zip(row, values, widths, strict=True)
            )
            lines.append("  ".join(shown).rstrip())
        return "\n".join([*lines, *([self.caption] if self.caption else [])])

    def _repr_html_(self) -> str:
        head = "".join(f"<th>{html.escape(name)}</th>" for name in self.columns)
        body = "".join(
            "<tr>" + "".join(f"<td>{html.escape(cell)}</td>" for cell in row) + "</tr>"
            for row in self.cells()
        )
        caption = f"<caption>{html.escape(self.caption)}</caption>" if self.caption else ""
        return f"<table>{caption}<thead><tr>{head}</tr></thead><tbody>{body}</tbody></table>"

    def markdown(self) -> str:
        """Return the table in GitHub's Markdown."""
        rows = [self.columns, ("---",) * len(self.columns), *self.cells()]
        lines = ["| " + " | ".join(c.replace("|", "\\|") for c in row) + " |" for row in rows]
        return "\n".join([*lines, *(["", self.caption] if self.caption else [])])

    def latex(self) -> str:
        """Return the table as a LaTeX ``tabular`` with booktabs rules, in a ``table`` float."""
        body = [" & ".join(map(_tex, row)) + r" \\" for row in self.cells()]
        return "\n".join(
            [
                r"\begin{table}",
                rf"\begin{{tabular}}{{{'l' * len(self.columns)}}}",
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


def _shown(cell: Any) -> str:
    if cell is None:
        return "–"
    if isinstance(cell, float):
        return f"{cell:.3f}"
    return str(cell)


def _tex(text: str) -> str:
    special = {"\\": r"\textbackslash{}", "~": r"\textasciitilde{}", "^": r"\textasciicircum{}"}
    for character in "&%$#_{}":
        special[character] = "\\" + character
    return "".join(special.get(character, character) for character in text)
