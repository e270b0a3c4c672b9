"""``benchwright import``: other harnesses' logs, taken into the pool."""

from __future__ import annotations

from pathlib import Path

import click

from benchwright.cli.options import json_option, pool_option
from benchwright.cli.terminal import say_json, say_table


@click.command("import")
@click.argument(
    "paths", nargs=-1, required=True, metavar="FILE|FOLDER...", type=click.Path(path_type=Path)
)
@click.option(
    "--format", "format_name", default="", metavar="NAME",
    help="The logs' format, where it is not to be found out: lm_eval, inspect_ai, helm, "
    "opencompass, vlmevalkit, lmms_eval, evalscope, mteb, table.",
)  # fmt: skip
@click.option(
    "--benchmark", default="", metavar="NAME", help="Your word for which benchmark it is."
)
@click.option("--model", default="", metavar="NAME", help="Your word for which model it is.")
@click.option("--dry-run", is_flag=True, help="Read and check everything; keep nothing.")
@pool_option
@json_option("Print what was found as JSON.")
def command(
    paths: tuple[Path, ...],
    format_name: str,
    benchmark: str,
    model: str,
    dry_run: bool,
    pool: Path,
    as_json: bool,
) -> None:
    """Take the logs of other harnesses into the pool, with all that they say of their conditions.

    Folders are searched. Each log's own figures are computed again from the imported rows and
    shown beside what the log says. What a log does not say is marked unknown. The same again
    changes nothing. Exits with 1 if a log could not be read whole or a figure differs.
    """
    from benchwright.cli import COMPLETE, INCOMPLETE
    from benchwright.exchange.importing import import_logs

    found = import_logs(
        paths, pool=pool, format=format_name, benchmark=benchmark, model=model, dry_run=dry_run
    )
    if as_json:
        say_json({"event": "imported", "complete": found.complete, "import": found})
    else:
        say_table(found.to_table(), "table")
    click.get_current_context().exit(COMPLETE if found.complete else INCOMPLETE)
