"""``benchwright list``: what there is to run, ask, score and perturb with."""

from __future__ import annotations

import click

from benchwright.cli.options import table_options
from benchwright.cli.terminal import say_table

KINDS = ("benchmarks", "models", "scorers", "perturbations")


@click.command("list")
@click.argument("kinds", nargs=-1, type=click.Choice(KINDS), metavar="[KIND]...")
@table_options
def command(kinds: tuple[str, ...], form: str, as_json: bool) -> None:
    """List benchmarks, models (their schemes), scorers and perturbations.

    KIND is one or several of benchmarks, models, scorers and perturbations; all by default. Names
    added by other packages are among them. `benchwright show NAME` says more of one.
    """
    from benchwright import catalog
    from benchwright.core.table import Table

    names = {
        "benchmarks": catalog.benchmarks,
        "models": catalog.models,
        "scorers": catalog.scorers,
        "perturbations": catalog.perturbations,
    }
    rows = [
        (kind.removesuffix("s"), name, _about(kind, name))
        for kind in kinds or KINDS
        for name in names[kind]()
    ]
    caption = "A model is written SCHEME:NAME; `benchwright show NAME` says more."
    table = Table(columns=("kind", "name", "about"), rows=tuple(rows), caption=caption)
    say_table(table, "json" if as_json else form)


def _about(kind: str, name: str) -> str:
    from benchwright import catalog
    from benchwright.cli.show import first_sentence

    if kind == "benchmarks":
        short = catalog.summary(name)
        return f"{short.title}: {short.size:,} samples, {', '.join(short.modalities)}"
    return first_sentence(catalog.about(kind.removesuffix("s"), name))
