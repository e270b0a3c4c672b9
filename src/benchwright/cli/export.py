"""``benchwright export``: measurements in forms that others read."""

from __future__ import annotations

from pathlib import Path

import click

from benchwright.cli.options import json_option, pool_option
from benchwright.cli.terminal import say, say_json


@click.command("export")
@click.option(
    "--to", required=True, type=click.Path(path_type=Path), metavar="FILE|FOLDER",
    help="A .parquet, .csv or .jsonl file; with --form a folder.",
)  # fmt: skip
@click.option(
    "--form", default="", metavar="NAME",
    help="parquet, csv, jsonl, lm_eval or inspect_ai; else the file's ending says.",
)  # fmt: skip
@click.option("--where", default="", metavar="SQL", help="Only the measurements of a condition.")
@pool_option
@json_option()
def command(to: Path, form: str, where: str, pool: Path, as_json: bool) -> None:
    """Write the pool's measurements: as one flat file, or as another harness's logs.

    A flat file holds every column of every measurement, and `import` reads it again. The forms
    lm_eval and inspect_ai are folders of logs that these harnesses' own tools read.
    """
    from benchwright import open_pool
    from benchwright.exchange.exporting import export

    with open_pool(pool) as opened:
        done = export(opened, to, form=form, where=where)
    if as_json:
        say_json({"event": "exported", "export": done})
        return
    shown = done.files[0] if len(done.files) == 1 else f"{len(done.files):,} files in {to}"
    say(f"{done.rows:,} measurements as {done.form}: {shown}")
    for sentence in done.said:
        say(sentence, err=True)
