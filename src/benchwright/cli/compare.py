"""``benchwright compare``: what separates two models on the samples that both have."""

from __future__ import annotations

from pathlib import Path

import click

from benchwright.cli.options import pool_option, table_options
from benchwright.cli.terminal import say_table


@click.command("compare")
@click.argument("a")
@click.argument("b", default="")
@click.option("--on", multiple=True, metavar="BENCHMARK", help="Only on these; else on all common.")
@click.option(
    "--contrast",
    default=None,
    metavar="FIELD[=ONE,OTHER]",
    help="The one thing besides the model that may differ: ask, shots, template, fold=plain,all …",
)
@click.option("--fold", default=None, metavar="FOLD", help="How variants become one: all, mean …")
@click.option("--anyway", is_flag=True, help="Compare what may not be compared; the caption says.")
@click.option("--where", default="", metavar="SQL", help="Only the measurements of a condition.")
@click.option(
    "--confidence", type=click.FloatRange(0, 1, min_open=True, max_open=True), default=0.95,
    show_default=True, help="Coverage of the intervals.",
)  # fmt: skip
@pool_option
@table_options
def command(
    a: str,
    b: str,
    on: tuple[str, ...],
    contrast: str | None,
    fold: str | None,
    anyway: bool,
    where: str,
    confidence: float,
    pool: Path,
    form: str,
    as_json: bool,
) -> None:
    """Compare model A with model B, paired by sample: difference, interval, p-value.

    What is not comparable is refused, and the difference named. Without B, A is compared with
    itself, and --contrast says what differs: `compare smollm2 --contrast ask`.
    """
    from benchwright import compare, open_pool

    with open_pool(pool) as opened:
        found = compare(
            opened, a, b, on=on, contrast=contrast, anyway=anyway, fold=fold, where=where,
            confidence=confidence,
        )  # fmt: skip
    say_table(found.to_table(), "json" if as_json else form)
