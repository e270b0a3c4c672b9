"""``benchwright check``: whether a benchmark, model, scorer or perturbation keeps its contract."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path

import click

from benchwright.cli.options import json_option
from benchwright.cli.terminal import say, say_json


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


def _check(name: str, data: Path | None) -> Iterator[tuple[str, Sequence[str]]]:
    """Yield (kind, what breaks the contract) for everything that goes by ``name``."""
    from benchwright import catalog
    from benchwright.core.errors import UnknownName
    from benchwright.testing import checks

    if ":" in name:
        yield "model", _problems(name)
        return
    found = {
        "benchmark": catalog.benchmarks(),
        "scorer": catalog.scorers(),
        "perturbation": catalog.perturbations(),
    }
    kinds = [kind for kind, names in found.items() if name in names]
    if not kinds:
        known = [known for names in found.values() for known in names]
        raise UnknownName("benchmark, scorer or perturbation", name, known)
    for kind in kinds:
        try:
            if kind == "benchmark":
                _check_benchmark(name, data)
            elif kind == "scorer":
                checks.check_scorer(catalog.scorer(name), catalog.kit(name) or checks.KIT)
            else:
                checks.check_perturbation(catalog.perturbation(name))
        except checks.ContractBroken as broken:
            yield kind, broken.problems
        else:
            yield kind, ()


def _check_benchmark(name: str, data: Path | None) -> None:
    from benchwright import catalog
    from benchwright.benchmarks.loading import locate
    from benchwright.testing.checks import check_benchmark

    benchmark = catalog.benchmark(name)
    check_benchmark(benchmark, locate(benchmark.card, folder=data))


def _problems(name: str) -> list[str]:
    from benchwright import catalog
    from benchwright.core.model import ModelSettings
    from benchwright.testing.model_contract import model_problems

    model = catalog.model(name, ModelSettings())
    try:
        return model_problems(model)
    finally:
        model.close()
