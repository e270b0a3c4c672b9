"""What is written to the terminal: text made harmless, tables in the form asked for."""

from __future__ import annotations

import sys
import unicodedata
from typing import TYPE_CHECKING, Any

import click

if TYPE_CHECKING:
    from benchwright.core.table import Table

FORMATS = ("table", "markdown", "latex", "csv", "json")
"""Forms in which a table can be printed."""

REORDERING = frozenset({"LRE", "RLE", "PDF", "LRO", "RLO", "LRI", "RLI", "FSI", "PDI"})
"""Bidirectional classes that make a line read otherwise than it is written."""

SHORT = 20
"""Characters up to which a column is not broken into lines; longer ones give way to it."""


def clean(text: str) -> str:
    """Return ``text`` with every character that could steer a terminal made visible.

    Model output, data files and servers' messages are untrusted: an escape sequence in an answer
    must not colour, move, hide or type anything. Line ends and tabs stay.
    """
    if text.isascii() and text.isprintable():
        return text
    return "".join(map(_visible, text))


def one_line(text: str) -> str:
    """Return ``text`` cleaned, with its line ends shown as signs."""
    return clean(text.replace("\r\n", "\n").replace("\n", "⏎").replace("\t", " "))


def say(text: str = "", *, err: bool = False) -> None:
    """Print one cleaned text, on standard error where ``err``."""
    click.echo(clean(text), err=err)


def say_json(value: Any) -> None:
    """Print ``value`` as one line of JSON."""
    import msgspec

    click.echo(msgspec.json.encode(value).decode())


def say_table(table: Table, form: str) -> None:
    """Print ``table`` in one of ``FORMATS``; a terminal gets it ruled and coloured."""
    if form == "json":
        click.echo(table.json())
    elif form == "csv":
        # A file gets the bytes as they are, a terminal never does.
        text = table.csv()
        click.echo(clean(text) if sys.stdout.isatty() else text, nl=False)
    elif form == "markdown":
        say(_flat(table).markdown())
    elif form == "latex":
        say(_flat(table).latex())
    elif sys.stdout.isatty():
        _say_ruled(_flat(table))
    else:
        say(str(_flat(table)))


def _flat(table: Table) -> Table:
    from benchwright.core.table import Table

    rows = tuple(
        tuple(one_line(cell) if isinstance(cell, str) else cell for cell in row)
        for row in table.rows
    )
    return Table(columns=table.columns, rows=rows, caption=clean(table.caption))


def _say_ruled(table: Table) -> None:
    from rich import box
    from rich.console import Console
    from rich.table import Table as Ruled
    from rich.text import Text

    ruled = Ruled(box=box.SIMPLE_HEAD, header_style="bold", pad_edge=False, padding=(0, 1, 0, 0))
    cells = table.cells()
    for number, name in enumerate(table.columns):
        numeric = any(isinstance(row[number], (int, float)) for row in table.rows)
        ruled.add_column(
            Text(name),
            justify="right" if numeric else "left",
            overflow="fold",
            no_wrap=all(len(row[number]) <= SHORT for row in cells),
        )
    for row in cells:
        ruled.add_row(*(Text(cell) for cell in row))
    console = Console(highlight=False)
    console.print(ruled)
    if table.caption:
        console.print(Text(table.caption, style="dim"))


def _visible(character: str) -> str:
    code = ord(character)
    if character in "\n\t":
        return character
    if code < 0x20:
        return chr(0x2400 + code)
    if code == 0x7F:
        return "␡"
    # C1 controls steer as C0 ones do, and half a surrogate pair cannot be encoded.
    steers = unicodedata.category(character) in ("Cc", "Cs", "Zl", "Zp")
    if steers or unicodedata.bidirectional(character) in REORDERING:
        return f"\\u{code:04x}"
    return character
