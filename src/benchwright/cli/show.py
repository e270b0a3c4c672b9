"""``benchwright show``: the card of a benchmark, or what a model, scorer or perturbation is."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from benchwright.cli.options import json_option
from benchwright.cli.terminal import say, say_json

if TYPE_CHECKING:
    from collections.abc import Sequence

    from benchwright.core.benchmark import Benchmark, Card, Figure, ReferenceScore, Source

KINDS = ("benchmark", "model", "scorer", "perturbation")
SHOWN = 45
"""Lines of a prompt that are shown."""


@click.command("show")
@click.argument("name")
@click.option(
    "--data",
    type=click.Path(exists=True, file_okay=False, path_type=Path),
    default=None,
    help="The folder of benchmark data, for a sample prompt; else BENCHWRIGHT_DATA.",
)
@json_option()
def command(name: str, data: Path | None, as_json: bool) -> None:
    """Show the card of a benchmark, or what a model scheme, scorer or perturbation does.

    A card says what a benchmark measures, where its data comes from, how its authors make one
    number of it, and which scores others have published. Where its data is in a folder here, its
    first prompt is shown as well; nothing is downloaded.
    """
    from benchwright import catalog
    from benchwright.core.errors import UnknownName

    names = {
        "benchmark": catalog.benchmarks(),
        "model": catalog.models(),
        "scorer": catalog.scorers(),
        "perturbation": catalog.perturbations(),
    }
    kinds = [kind for kind in KINDS if name in names[kind]]
    if not kinds:
        known = [known for group in names.values() for known in group]
        raise UnknownName("benchmark, model, scorer or perturbation", name, known)
    for kind in kinds:
        if kind == "benchmark":
            _show_card(name, data, as_json)
        elif as_json:
            say_json({"kind": kind, "name": name, "about": catalog.about(kind, name)})
        else:
            say(f"{kind} {name}\n\n{catalog.about(kind, name)}")


def first_sentence(docstring: str) -> str:
    """Return the first line of a docstring, without its full stop."""
    return docstring.partition("\n")[0].rstrip(".").replace("``", "")


def _show_card(name: str, folder: Path | None, as_json: bool) -> None:
    import msgspec

    from benchwright import catalog

    benchmark = catalog.benchmark(name)
    figures = catalog.figures(name)
    sample = _first_prompt(benchmark, folder)
    if as_json:
        told = {figure.name: figure.about for figure in figures}
        card = msgspec.to_builtins(benchmark.card)
        say_json({**card, "asks": benchmark.asks, "figures": told, "sample": sample})
        return
    lines = _card_lines(benchmark.card, benchmark.asks, figures)
    if sample is None:
        lines += ["", "Its first prompt: name the folder of its data with --data."]
    else:
        lines += ["", f"Its first prompt, as sent ({sample['asked']})", ""]
        lines += _cut(sample["prompt"])
    say("\n".join([*lines, "", f"Run it: benchwright run {name} --model SCHEME:NAME"]))


def _first_prompt(benchmark: Benchmark, folder: Path | None) -> dict[str, str] | None:
    """Return the first sample as asked by default; None where no folder holds the data."""
    from benchwright.benchmarks.loading import locate
    from benchwright.core.benchmark import Asking
    from benchwright.core.errors import DataError, DescriptionError
    from benchwright.core.execution import Program
    from benchwright.core.request import Request, transcript
    from benchwright.core.sample import Presentation

    try:
        data = locate(benchmark.card, folder=folder, source="folder")
        first = next(iter(benchmark.samples(data)))
        try:
            solver = benchmark.solver(Asking(ask=benchmark.asks[0], chat=False), data)
        except DescriptionError:  # raw text cannot hold pictures
            solver = benchmark.solver(Asking(ask=benchmark.asks[0], chat=True), data)
    except (DataError, DescriptionError, StopIteration):
        return None
    wanted = next(solver(first, Presentation(), 0))
    several = [wanted] if isinstance(wanted, (Request, Program)) else list(wanted)
    request = next((one for one in several if isinstance(one, Request)), None)
    if request is None:
        return None
    compared = "".join(f"\n--> {text!r}" for text in request.continuations)
    return {
        "id": first.id,
        "asked": solver.conditions.label(),
        "prompt": transcript(request) + "⏎" + compared,
        "target": first.target,
    }


def _cut(prompt: str) -> list[str]:
    """Return the lines of a prompt, the middle of a long one left out."""
    lines = prompt.splitlines()
    if len(lines) <= SHOWN:
        return [f"  {line}" for line in lines]
    left = len(lines) - SHOWN
    ends = lines[: SHOWN // 3], lines[len(lines) - (SHOWN - SHOWN // 3) :]
    return [
        *(f"  {line}" for line in ends[0]),
        f"  … {left} more lines …",
        *(f"  {line}" for line in ends[1]),
    ]


def _card_lines(card: Card, asks: tuple[str, ...], figures: Sequence[Figure]) -> list[str]:
    metric = card.metric
    from benchwright.core.average import read_average

    policy = ", ".join(f"{outcome} {worth}" for outcome, worth in metric.policy.items())
    facts = {
        "version": card.version,
        "samples": f"{card.size:,}",
        "languages": ", ".join(card.languages),
        "made of": ", ".join(card.modalities),
        "licence": card.licence,
        "paper": card.paper,
        "asked by": f"{', '.join(asks)} (the first by default)",
        "metric": f"{metric.name}, {read_average(metric.average)} ({metric.average})",
        "not scored": policy or "counts as wrong; a temporary failure is left out",
        "take within": f"--take N/{card.stratum}" if card.stratum else "--take N",
        "needs": ", ".join(
            [f"benchwright[{extra}]" for extra in card.extras]
            + [f"a sandbox for {runtime}" for runtime in card.runtimes]
        ),
    }
    lines = [f"{card.name}: {card.title}", "", *_wrapped(card.summary), ""]
    lines += [f"  {label:12}{fact}" for label, fact in facts.items() if fact]
    if figures:
        lines += ["", "Further figures"]
        lines += [line for f in figures for line in _wrapped(f"{f.name}: {f.about}", indent=2)]
    if card.sources:
        lines += ["", "Sources, the preferred first"]
        lines += [line for source in card.sources for line in _source_lines(source)]
    if card.reference_scores:
        lines += ["", "Published scores"]
        lines += [_reference_line(score) for score in card.reference_scores]
    if card.notes:
        lines += ["", *_wrapped(card.notes)]
    return lines


def _source_lines(source: Source) -> list[str]:
    revision = f" at {source.revision}" if source.revision else ""
    lines = [f"  {source.kind:9} {source.location}{revision}"]
    pinned = len(source.digests)
    if pinned:
        lines.append(f"{'':12}{pinned} file{'s' * (pinned != 1)} pinned by sha256")
    if source.subset:
        lines.append(f"{'':12}only: {source.subset}")
    return lines + _wrapped(source.note, indent=12)


def _wrapped(text: str, *, indent: int = 0) -> list[str]:
    import shutil
    import textwrap

    margin = " " * indent
    width = max(shutil.get_terminal_size((100, 24)).columns, 60)
    return textwrap.wrap(text, width, initial_indent=margin, subsequent_indent=margin)


def _reference_line(score: ReferenceScore) -> str:
    return f"  {score.score:.4f}  {score.model}, {score.setting} (read at {score.read_at})"
