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


class SectionOption(click.Option):
    """An option that ``--help`` lists under a heading of its own."""

    section = ""


class Sections(click.Command):
    """A command whose ``--help`` lists its options under headings."""

    def format_options(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """Write one list of options per heading, in the order of their options."""
        groups: dict[str, list[tuple[str, str]]] = {}
        options = [one for one in self.get_params(ctx) if isinstance(one, click.Option)]
        for option in sorted(options, key=lambda one: not isinstance(one, SectionOption)):
            record = option.get_help_record(ctx)
            if record is not None:
                groups.setdefault(getattr(option, "section", "Options"), []).append(record)
        for heading, records in groups.items():
            with formatter.section(heading):
                formatter.write_dl(records)


def section(heading: str) -> Callable[..., Decorator]:
    """Return the decorator ``click.option``, its options listed under ``heading``."""

    class Option(SectionOption):
        section = heading

    def option(*declarations: str, **attributes: Any) -> Decorator:
        return click.option(*declarations, cls=Option, **attributes)

    return option


def from_file(ctx: click.Context, parameter: click.Parameter, path: Path | None) -> None:
    """Take the defaults of a command's options from a flat TOML file; all its faults at once."""
    del parameter
    if path is None:
        return
    import tomllib

    from benchwright.core.errors import DescriptionError, UnknownName

    try:
        said = tomllib.loads(path.read_text(encoding="utf-8"))
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as cause:
        raise DescriptionError(f"{path} is not TOML: {cause}") from cause
    known = {
        names[-1].lstrip("-").replace("-", "_"): parameter
        for parameter in ctx.command.params
        if (names := parameter.opts)
    }
    problems = [str(UnknownName(f"option in {path}", name, known)) for name in said.keys() - known]
    if problems:
        raise DescriptionError(*sorted(problems))
    ctx.default_map = {
        str(known[name].name): [f"{key}={item}" for key, item in value.items()]
        if isinstance(value, dict)
        else value
        for name, value in said.items()
    }


def _remember(ctx: click.Context, parameter: click.Parameter, value: bool) -> bool:
    del parameter
    ctx.meta[JSON] = value
    return value
