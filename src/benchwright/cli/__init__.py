"""The command line: each command parses, calls one public function and prints.

Only this storey talks to a terminal. A command's module is imported when the command is named, and
imports what it needs when it runs, so that ``--help`` costs nothing that it does not show.
"""

from __future__ import annotations

import errno
import importlib
import keyword

import click

from benchwright.cli.options import JSON
from benchwright.cli.terminal import say, say_json
from benchwright.core.errors import (
    BenchwrightError,
    DefectsExceeded,
    DescriptionError,
    PoolError,
    ScoringError,
    interruptions,
)

COMMANDS = (
    "run",
    "score",
    "compare",
    "rank",
    "agree",
    "select",
    "samples",
    "query",
    "import",
    "export",
    "time",
    "report",
    "list",
    "show",
    "check",
    "doctor",
    "pool",
)
"""Every command, in the order a newcomer meets them; each is the module of that name
(``import_`` where Python keeps the name for itself)."""

COMPLETE, INCOMPLETE, WRONG, DEFECTS = range(4)
"""Exit codes: measured in full, measured in part, described wrongly, defects of our own."""


class Commands(click.Group):
    """The group of commands, imported one by one, whose errors end in text and an exit code."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        """Return the commands' names in reading order."""
        del ctx
        return list(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """Import and return one command; None where there is none of that name."""
        del ctx
        if cmd_name not in COMMANDS:
            return None
        word = f"{cmd_name}_" if keyword.iskeyword(cmd_name) else cmd_name
        module = importlib.import_module(f"benchwright.cli.{word}")
        command: click.Command = module.command
        return command

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        """Find the command, or name the nearest."""
        if args and args[0] not in COMMANDS and not args[0].startswith("-"):
            import difflib

            near = difflib.get_close_matches(args[0], COMMANDS, n=1)
            hint = f" Did you mean {near[0]}?" if near else " See benchwright --help."
            ctx.fail(f"There is no command {args[0]!r}.{hint}")
        return super().resolve_command(ctx, args)

    def invoke(self, ctx: click.Context) -> object:
        """Run the command; an error of the tree becomes text, all its problems and an exit code."""
        try:
            with interruptions():
                return super().invoke(ctx)
        except BenchwrightError as error:
            _show_error(error, as_json=bool(ctx.meta.get(JSON)))
            ctx.exit(_exit_code(error))
        except (click.ClickException, click.exceptions.Exit, click.Abort):
            raise
        except BrokenPipeError:
            raise
        except Exception as error:  # noqa: BLE001 - Python exits with 1: "measured in part"
            if isinstance(error, OSError) and error.filename:
                _show_error(BenchwrightError(str(error)), as_json=bool(ctx.meta.get(JSON)))
                ctx.exit(INCOMPLETE if error.errno == errno.ENOSPC else WRONG)
            import traceback

            say(traceback.format_exc(), err=True)
            say("This is a defect of Benchwright: please report it with the lines above.", err=True)
            ctx.exit(DEFECTS)


@click.group(cls=Commands, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(package_name="benchwright")
def cli() -> None:
    """Build, run, audit and rank benchmarks of language and multimodal models.

    Every answer is kept in a pool, sample by sample: the same command again asks only what is
    missing, and every later question is asked of the pool, not of the model.
    """


def main() -> None:
    """Run the command line."""
    cli()


def _exit_code(error: BenchwrightError) -> int:
    if isinstance(error, (DefectsExceeded, ScoringError)):
        return DEFECTS
    if isinstance(error, PoolError):
        return INCOMPLETE
    return WRONG


def _show_error(error: BenchwrightError, *, as_json: bool) -> None:
    problems = error.problems if isinstance(error, DescriptionError) else (str(error),)
    if as_json:
        say_json({"event": "error", "error": type(error).__name__, "problems": problems})
        return
    for problem in problems:
        prefix = click.style("error: ", fg="red", bold=True)
        click.echo(prefix, err=True, nl=False)
        say(problem, err=True)
