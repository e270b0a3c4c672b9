"""``benchwright query``: any question of the measurements, in SQL."""

from __future__ import annotations

from pathlib import Path

import click

from benchwright.cli.options import pool_option, table_options
from benchwright.cli.terminal import say_table


@click.command("query")
@click.argument("sql")
@pool_option
@table_options
def command(sql: str, pool: Path, form: str, as_json: bool) -> None:
    """Ask the pool a question in DuckDB's SQL, and print what it answers.

    The views are `measurements` (a row per model, sample, variant, repeat, conditions and scorer),
    `samples`, `runs` and `spend`; docs/pool.md describes their columns. Nothing is changed.
    """
    from benchwright import open_pool

    with open_pool(pool) as opened:
        table = opened.query(sql)
    say_table(table, "json" if as_json else form)
