"""``benchwright check``: whether a benchmark, model, scorer or perturbation keeps its contract."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import ExitStack
from pathlib import Path
from typing import TYPE_CHECKING

import click

from benchwright.cli.options import json_option
from benchwright.cli.terminal import say, say_json

if TYPE_CHECKING:
    from benchwright.testing.answering import Executor
    from benchwright.testing.data_checks.finding import Finding


@click.command("check")
@click.argument("names", nargs=-1, required=True, metavar="NAME...")
@click.option(
    "--data",
    type=click.Path(exists=True, file_okay=False, path_type=Path),
    default=None,
    help="The folder of benchmark data.",
)
@click.option(
    "--all", "whole", is_flag=True,
    help="Of a benchmark, score right answers, noise and others' answers on all samples.",
)  # fmt: skip
@json_option("Print one JSON object a name.")
def command(names: tuple[str, ...], data: Path | None, whole: bool, as_json: bool) -> None:
    """Run the public contract suite on benchmarks, models, scorers and perturbations.

    NAME is a name of the catalogue, built in or added by another package, or a model written
    SCHEME:NAME. Built-ins pass the same suite. Of a benchmark, what is odd about its data is
    counted, too: duplicates, options that are the same, favoured letters, damaged text. Exit code:
    0 all kept, 3 a contract is broken.
    """
    from msgspec.structs import asdict

    broken = False
    for name in names:
        for kind, problems, odd in _check(name, data, whole=whole):
            broken = broken or bool(problems)
            if as_json:
                findings = [{"check": check, **asdict(finding)} for check, finding in odd]
                say_json({"kind": kind, "name": name, "problems": problems, "findings": findings})
                continue
            say(f"{kind} {name}: " + ("keeps its contract" if not problems else "breaks it"))
            for problem in problems:
                say(f"  - {problem}")
            for check, finding in odd:
                if finding.count:
                    say(f"  {check}: {finding}")
    click.get_current_context().exit(3 if broken else 0)


Odd = Sequence[tuple[str, "Finding"]]


def _check(
    name: str, data: Path | None, *, whole: bool
) -> Iterator[tuple[str, Sequence[str], Odd]]:
    """Yield (kind, what breaks the contract, what is odd) of everything that goes by ``name``."""
    from benchwright import catalog
    from benchwright.core.errors import UnknownName
    from benchwright.testing import checks

    if ":" in name:
        yield "model", _problems(name), ()
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
        if kind == "benchmark":
            yield kind, *_benchmark(name, data, whole=whole)
            continue
        try:
            if kind == "scorer":
                checks.check_scorer(catalog.scorer(name), catalog.kit(name) or checks.KIT)
            else:
                checks.check_perturbation(catalog.perturbation(name))
        except checks.ContractBroken as broken:
            yield kind, broken.problems, ()
        else:
            yield kind, (), ()


def _benchmark(name: str, data: Path | None, *, whole: bool) -> tuple[Sequence[str], Odd]:
    """Return what breaks a benchmark's contract, and what is odd about its data."""
    from benchwright import catalog
    from benchwright.benchmarks.loading import locate
    from benchwright.testing import checks
    from benchwright.testing.data_checks import ALL, QUICK
    from benchwright.testing.data_checks.finding import material

    benchmark = catalog.benchmark(name)
    found = locate(benchmark.card, folder=data)
    problems: list[str] = []
    with ExitStack() as stack:
        needs = benchmark.card.runtimes if whole else ()
        execute = _sandbox(stack, needs) if needs else None
        try:
            checks.check_benchmark(benchmark, found, execute=execute)
        except checks.ContractBroken as broken:
            problems += broken.problems
        held = material(benchmark, found, execute)
        chosen = ALL if whole else QUICK
        odd = [(title, one) for title, check in chosen.items() for one in check(held)]
    problems += [str(one) for _, one in odd if one.broken]
    return problems, odd


def _sandbox(stack: ExitStack, needs: Sequence[str]) -> Executor:
    """Open a sandbox with all of ``needs``: whether reference solutions pass can only be run."""
    from benchwright.evaluation.executing import sandbox_for
    from benchwright.sandbox import open_sandbox

    return stack.enter_context(open_sandbox(sandbox_for(needs, "auto"))).run


def _problems(name: str) -> list[str]:
    from benchwright import catalog
    from benchwright.core.model import ModelSettings
    from benchwright.testing.model_contract import model_problems

    model = catalog.model(name, ModelSettings())
    try:
        return model_problems(model)
    finally:
        model.close()
