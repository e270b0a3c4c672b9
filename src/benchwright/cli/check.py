"""``benchwright check``: does a benchmark, model, scorer or perturbation keep its contract?"""

from __future__ import annotations

from pathlib import Path

import click

from benchwright.cli.options import json_option
from benchwright.cli.terminal import say, say_json

KINDS = ("benchmark", "scorer", "perturbation", "model")


@click.command("check")
@click.argument("names", nargs=-1, required=True, metavar="NAME...")
@click.option(
    "--data",
    type=click.Path(exists=True, file_okay=False, path_type=Path),
    default=None,
    help="The folder of benchmark data.",
)
@json_option("Print one JSON object a name.")
def command(names: tuple[str, ...], data: Path | None, as_json: bool) -> None:
    """Run the public contract suite on benchmarks, models, scorers and perturbations.

    NAME is a name of the catalogue, built in or added by another package, or a model written
    SCHEME:NAME. Built-ins pass the same suite. Exit code: 0 all kept, 3 a contract is broken.
    """
    broken = False
    for name in names:
        for kind, problems in _check(name, data):
            broken = broken or bool(problems)
            if as_json:
                say_json({"kind": kind, "name": name, "problems": problems})
            else:
                say(f"{kind} {name}: " + ("keeps its contract" if not problems else "breaks it"))
                for problem in problems:
                    say(f"  - {problem}")
    click.get_current_context().exit(3 if broken else 0)
