"""Options that several commands share."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import click

from benchwright.cli.terminal import FORMATS

JSON = "benchwright.json"
"""Where the click context remembers that a machine is reading, for errors as well."""

Decorator = Callable[[Callable[..., Any]], Callable[..., Any]]


def json_option(what: str = "Print JSON instead of text.") -> Decorator:
    """Return the option ``--json``, passed on as ``as_json``."""
    return click.option("--json", "as_json", is_flag=True, callback=_remember, help=what)


def table_options(function: Callable[..., Any]) -> Callable[..., Any]:
    """Add ``--format`` and ``--json``, passed on as ``form`` and ``as_json``."""
    form = click.option(
        "--format",
        "form",
        type=click.Choice(FORMATS),
        default="table",
        help="How to print the table.",
    )
    return form(json_option("Print the table as JSON: --format json.")(function))


def pool_option(function: Callable[..., Any]) -> Callable[..., Any]:
    """Add ``--pool``."""
    option = click.option(
        "--pool",
        type=click.Path(file_okay=False, path_type=Path),
        default="pool",
        show_default=True,
        help="The folder of measurements.",
    )
    return option(function)


def _remember(ctx: click.Context, parameter: click.Parameter, value: bool) -> bool:
    del parameter
    ctx.meta[JSON] = value
    return value
