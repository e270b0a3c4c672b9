"""Write the page of the command line from the commands' own help.

python tools/cli_page.py docs/cli.md       # or - for standard output
"""

from __future__ import annotations

import inspect
import sys
from collections.abc import Iterator
from pathlib import Path

import click

from benchwright.cli import cli
from benchwright.cli.options import SectionOption

HEAD = """# The command line

Written by `make docs` from each command's `--help`; a test holds it current.

Every command prints a table for people, and JSON with `--json` for machines; errors go to standard
error. Exit codes: 0 complete, 1 measured in part, 2 described wrongly, 3 defects.
"""


def commands(command: click.Command, ctx: click.Context) -> Iterator[tuple[str, str]]:
    """Yield (name, Markdown) of every command below ``command``."""
    if isinstance(command, click.Group):
        for name in command.list_commands(ctx):
            child = command.get_command(ctx, name)
            if child is not None:
                yield from commands(child, click.Context(child, info_name=name, parent=ctx))
        return
    yield ctx.command_path, "\n".join(section(command, ctx))


def section(command: click.Command, ctx: click.Context) -> Iterator[str]:
    """Yield the lines of one command's section."""
    yield f"## {ctx.command_path}\n"
    yield f"{inspect.cleandoc(command.help or '')}\n"
    usage = " ".join([ctx.command_path, *command.collect_usage_pieces(ctx)])
    yield f"```text\n{usage}\n```"
    heading = ""
    options = [one for one in command.get_params(ctx) if isinstance(one, click.Option)]
    for option in sorted(options, key=lambda one: not isinstance(one, SectionOption)):
        record = option.get_help_record(ctx)
        if record is None:
            continue
        group = option.section if isinstance(option, SectionOption) else "Options"
        if group != heading:
            yield f"\n**{group}**\n\n| option | meaning |\n|---|---|"
            heading = group
        name, meaning = (text.replace("|", "\\|") for text in record)
        yield f"| `{name}` | {meaning} |"
    yield ""


def page() -> str:
    """Return the whole page."""
    root = click.Context(cli, info_name="benchwright")
    sections = dict(commands(cli, root))
    index = "\n".join(f"- [`{name}`](#{name.replace(' ', '-')})" for name in sections)
    return "\n".join([HEAD, index, "", *sections.values()]).rstrip() + "\n"


def main() -> None:
    """Write the page to the path named."""
    target = sys.argv[1]
    if target == "-":
        sys.stdout.write(page())
    else:
        Path(target).write_text(page(), encoding="utf-8")


if __name__ == "__main__":
    main()
