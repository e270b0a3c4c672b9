"""``benchwright report``: one HTML file that shows what a pool holds."""

from __future__ import annotations

from pathlib import Path
from typing import Literal

import click

from benchwright.cli.options import json_option
from benchwright.cli.terminal import FORMATS, say, say_json, say_table


@click.command("report")
@click.argument(
    "pool", type=click.Path(exists=True, file_okay=False, path_type=Path), required=False
)
@click.option(
    "-o",
    "--output",
    type=click.Path(dir_okay=False, path_type=Path),
    default="report.html",
    show_default=True,
    help="The file to write.",
)
@click.option(
    "--from",
    "files",
    multiple=True,
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
    metavar="FILE",
    help="Instead of a pool: a table of scores (Parquet, CSV, JSON Lines); the ranking page alone.",
)
@click.option(
    "--lower", multiple=True, metavar="BENCHMARK", help="With --from: lower is better on this one."
)
@click.option(
    "--column", "columns", multiple=True, metavar="OURS=THEIRS",
    help="With --from: the file's name for a column: item=question_id; repeatable.",
)  # fmt: skip
@click.option(
    "--duplicates", type=click.Choice(("error", "mean")), default="error", show_default=True,
    help="With --from: what a second score of a model on an item is.",
)  # fmt: skip
@click.option("--where", default="", metavar="SQL", help="Only the measurements of a condition.")
@click.option(
    "--texts",
    type=click.IntRange(min=0),
    default=20_000,
    show_default=True,
    metavar="N",
    help="The most samples whose prompt and answer go into the file.",
)
@click.option("--title", default="", help="The report's heading.")
@click.option(
    "--tables", is_flag=True,
    help="Write no file: print the scores and the benchmarks' further figures.",
)  # fmt: skip
@click.option(
    "--format",
    "form",
    type=click.Choice(FORMATS),
    default="table",
    help="With --tables: how to print.",
)
@json_option()
def command(
    pool: Path | None,
    output: Path,
    files: tuple[Path, ...],
    lower: tuple[str, ...],
    columns: tuple[str, ...],
    duplicates: Literal["error", "mean"],
    where: str,
    texts: int,
    title: str,
    tables: bool,
    form: str,
    as_json: bool,
) -> None:
    """Write one HTML file with ranking, leaderboards, outcomes and a browser of samples.

    POOL is the folder of a pool, `pool` unless given. The file asks nothing of any other place: it
    works from disk, in the dark and on paper.
    """
    from benchwright import open_pool, write_report
    from benchwright.analysis.responses import read_responses
    from benchwright.report.html import write_ranking

    if files and pool:
        raise click.UsageError("give a pool or --from FILE, not both.")
    if (lower or columns) and not files:
        raise click.UsageError("--lower and --column are for --from: a pool knows its own metrics.")
    if tables and files:
        raise click.UsageError("--tables is for a pool; `rank FILE` prints a file's ranking.")
    names = dict(one.partition("=")[::2] for one in columns)
    if not all(names.values()):
        raise click.UsageError("--column takes OURS=THEIRS, as item=question_id.")
    if files:
        table = read_responses(
            [str(file) for file in files], where, lower=lower, columns=names, duplicates=duplicates
        )
        write_ranking(table, output, title=title, where=where)
    elif tables:
        _say_tables(pool or Path("pool"), where, "json" if as_json else form)
        return
    else:
        folder = pool or Path("pool")
        with open_pool(folder) as opened:
            write_report(opened, output, where=where, title=title, limit=texts)
    size = output.stat().st_size
    if as_json:
        say_json({"file": str(output), "bytes": size})
    else:
        say(f"wrote {output} ({size / 1e6:.1f} MB): open it in a browser")


def _say_tables(folder: Path, where: str, form: str) -> None:
    from benchwright import catalog, open_pool
    from benchwright.analysis.figures import figures, figures_table
    from benchwright.analysis.leaderboard import leaderboard

    with open_pool(folder) as pool:
        scores = leaderboard(pool, where)
        further = figures_table(figures(pool, catalog.figures, where))
    if form == "json":
        rows = further.records() if further else []
        said = further.caption if further else ""
        say_json(
            {
                "caption": scores.caption,
                "rows": scores.records(),
                "figures": rows,
                "figures_caption": said,
            }
        )
        return
    say_table(scores, form)
    if further and form != "csv":  # two tables are not one file
        say()
        say_table(further, form)
