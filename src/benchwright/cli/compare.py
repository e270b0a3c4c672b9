"""``benchwright compare``: what separates models on the samples that they have in common."""

from __future__ import annotations

from pathlib import Path

import click

from benchwright.cli.options import pool_option, table_options
from benchwright.cli.terminal import say_table


@click.command("compare")
@click.argument("models", nargs=-1, required=True, metavar="A [B] [C]...")
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
@click.option("--power", is_flag=True, help="What the comparison can show: samples needed …")
@click.option(
    "--difference", type=float, metavar="X",
    help="With --power: ask about a true difference of X, not the observed one.",
)  # fmt: skip
@click.option(
    "--chance", type=click.FloatRange(0, 1, min_open=True, max_open=True), default=0.8,
    show_default=True, help="With --power: the probability wanted of showing it.",
)  # fmt: skip
@pool_option
@table_options
def command(
    models: tuple[str, ...],
    on: tuple[str, ...],
    contrast: str | None,
    fold: str | None,
    anyway: bool,
    where: str,
    confidence: float,
    power: bool,
    difference: float | None,
    chance: float,
    pool: Path,
    form: str,
    as_json: bool,
) -> None:
    """Compare model A with model B, paired by sample: difference, interval, p-value.

    What is not comparable is refused, and the difference named. Without B, A is compared with
    itself, and --contrast says what differs: `compare smollm2 --contrast ask`. With three models or
    more all pairs are compared, and the intervals hold for all lines at once.
    """
    from benchwright import compare, open_pool

    first, second, *others = (*models, "") if len(models) == 1 else models
    with open_pool(pool) as opened:
        found = compare(
            opened, first, second, *others, on=on, contrast=contrast, anyway=anyway, fold=fold,
            where=where, confidence=confidence,
        )  # fmt: skip
    table = found.power(difference, chance=chance) if power else found.to_table()
    say_table(table, "json" if as_json else form)
