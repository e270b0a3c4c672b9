"""``benchwright pool``: merge, compact, clean, forget and upgrade pools."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from benchwright.cli.options import json_option
from benchwright.cli.terminal import say, say_json

if TYPE_CHECKING:
    import msgspec

folder = click.argument(
    "pool", type=click.Path(exists=True, file_okay=False, path_type=Path), default="pool"
)


@click.group("pool")
def command() -> None:
    """Merge, compact, clean, forget and upgrade pools."""


@command.command("merge")
@click.argument("pool", type=click.Path(file_okay=False, path_type=Path))
@click.argument(
    "others",
    nargs=-1,
    required=True,
    metavar="OTHER...",
    type=click.Path(exists=True, file_okay=False, path_type=Path),
)
@json_option()
def merge(pool: Path, others: tuple[Path, ...], as_json: bool) -> None:
    """Take everything of the OTHER pools into POOL, which is made if there is none.

    The others are left as they are. The same again changes nothing.
    """
    from benchwright.pool import Pool

    with Pool.open(pool) as opened:
        for other in others:
            _tell({"merged": str(other)}, opened.merge(other), as_json)


@command.command("compact")
@folder
@json_option()
def compact(pool: Path, as_json: bool) -> None:
    """Join the small files of POOL into large ones, which are read faster."""
    from benchwright import open_pool

    with open_pool(pool) as opened:
        _tell({"compacted": str(pool)}, opened.compact(), as_json)


@command.command("gc")
@folder
@json_option()
def gc(pool: Path, as_json: bool) -> None:
    """Delete what nothing in POOL needs any more: retired files, leftovers of killed processes."""
    from benchwright import open_pool

    with open_pool(pool) as opened:
        _tell({"cleaned": str(pool)}, opened.gc(), as_json)


@command.command("forget")
@folder
@click.option("--model", default=None, metavar="NAME", help="By its name or key.")
@click.option("--run", default=None, metavar="ID", help="By its id.")
@click.option("--benchmark", default=None, metavar="NAME", help="By its name or name@version.")
@click.option(
    "--texts-of",
    default=None,
    metavar="BENCHMARK",
    help="Remove a benchmark's texts; keep what was answered and measured.",
)
@json_option()
def forget(
    pool: Path,
    model: str | None,
    run: str | None,
    benchmark: str | None,
    texts_of: str | None,
    as_json: bool,
) -> None:
    """Remove from POOL, for good, what matches all of the options given."""
    from benchwright import open_pool

    with open_pool(pool) as opened:
        forgotten = opened.forget(model=model, run=run, benchmark=benchmark, texts_of=texts_of)
        _tell({"forgotten": str(pool)}, forgotten, as_json)


@command.command("upgrade")
@folder
@json_option()
def upgrade(pool: Path, as_json: bool) -> None:
    """Bring POOL to today's form; of a pool that has it, make the list of parts anew."""
    from benchwright.pool import upgrade

    done = upgrade(pool)
    if as_json:
        say_json({"upgraded": str(pool), "done": done})
    else:
        for sentence in done:
            say(sentence)


def _tell(what: dict[str, str], counts: msgspec.Struct, as_json: bool) -> None:
    import msgspec

    fields = msgspec.structs.asdict(counts)
    if as_json:
        say_json({**what, **fields})
        return
    said = ", ".join(f"{value:,} {name.replace('_', ' ')}" for name, value in fields.items())
    say(f"{' '.join(f'{verb} {path}' for verb, path in what.items())}: {said}")
