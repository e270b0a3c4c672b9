"""``benchwright time``: where a run's time went, and what the machine could do."""

from __future__ import annotations

from pathlib import Path

import click

from benchwright.cli.options import json_option, pool_option
from benchwright.cli.terminal import say, say_json, say_table


@click.command("time")
@click.option("--run", default="", metavar="ID", help="A run's id or its beginning; else the last.")
@click.option(
    "--measure",
    default="",
    metavar="SCHEME:NAME",
    help="Measure this model's limit on this machine, in seconds, and keep it.",
)
@click.option(
    "--weights",
    "formats",
    multiple=True,
    metavar="FORMAT",
    help="With --measure: numeric format of the weights; several to compare.",
)
@pool_option
@json_option()
def command(
    *,
    run: str,
    measure: str,
    formats: tuple[str, ...],
    pool: Path,
    as_json: bool,
) -> None:
    """Say where a run's time went: model, engine, scoring, writing; tokens, rates and the limit.

    A model's limit on this machine is the rate of its backend alone, over full batches. Once
    measured it is kept in the user's cache, and later runs are held against it.
    """
    if measure:
        _measure(measure, formats or ("",), as_json=as_json)
        return
    if formats:
        raise click.UsageError("--weights belongs to --measure SCHEME:NAME.")
    _show(pool, run, as_json=as_json)


def _show(pool: Path, run: str, *, as_json: bool) -> None:
    import msgspec

    from benchwright import open_pool
    from benchwright.evaluation.account import account

    with open_pool(pool) as opened:
        found = account(opened, run)
    if as_json:
        fields = msgspec.to_builtins(found)
        del fields["parts"], fields["models"]  # drawn from ``measured``
        say_json(fields)
        return
    say_table(found.parts, "table")
    say()
    say_table(found.models, "table")
    for sentence in found.advice:
        say(f"· {sentence}")


def _measure(name: str, formats: tuple[str, ...], *, as_json: bool) -> None:
    import msgspec

    from benchwright import catalog
    from benchwright.core.errors import DescriptionError
    from benchwright.core.model import ModelSettings
    from benchwright.core.table import Table
    from benchwright.evaluation.limit import measure

    limits = []
    for form in formats:
        model = catalog.model(name, ModelSettings(format=form))
        try:
            found = measure(model)
        finally:
            model.close()
        if found is None:
            raise DescriptionError(
                f"{name} cannot be measured: only models in this process have a limit of their own."
            )
        limits.append(found)
        if not as_json and len(formats) > 1:
            say(f"{found.format}: {found.tokens_per_second:,.0f} tokens/s", err=True)
    if as_json:
        say_json(msgspec.to_builtins(limits))
        return
    first = limits[0].tokens_per_second
    rows = tuple(
        (one.format, one.tokens_per_second, one.tokens_per_second / first, one.threads)
        for one in limits
    )
    columns = ("format", "tokens / s", f"× {limits[0].format}", "threads")
    caption = f"{name}, full batches, nothing else; {limits[0].machine.get('processor', '')}."
    say_table(Table(columns=columns, rows=rows, caption=caption), "table")
