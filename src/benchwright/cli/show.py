"""``benchwright show``: the card of a benchmark, or what a model, scorer or perturbation is."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from benchwright.cli.options import json_option
from benchwright.cli.terminal import say, say_json

if TYPE_CHECKING:
    from benchwright.core.benchmark import Card, ReferenceScore, Source

KINDS = ("benchmark", "model", "scorer", "perturbation")


@click.command("show")
@click.argument("name")
@json_option()
def command(name: str, as_json: bool) -> None:
    """Show the card of a benchmark, or what a model scheme, scorer or perturbation does.

    A card says what a benchmark measures, where its data comes from, how its authors make one
    number of it, and which scores others have published.
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
            _show_card(name, as_json)
        elif as_json:
            say_json({"kind": kind, "name": name, "about": catalog.about(kind, name)})
        else:
            say(f"{kind} {name}\n\n{catalog.about(kind, name)}")


def first_sentence(docstring: str) -> str:
    """Return the first line of a docstring, without its full stop."""
    return docstring.partition("\n")[0].rstrip(".").replace("``", "")


def _show_card(name: str, as_json: bool) -> None:
    import msgspec

    from benchwright import catalog

    benchmark = catalog.benchmark(name)
    if as_json:
        say_json({**msgspec.to_builtins(benchmark.card), "asks": benchmark.asks})
        return
    say("\n".join(_card_lines(benchmark.card, benchmark.asks)))


def _card_lines(card: Card, asks: tuple[str, ...]) -> list[str]:
    metric = card.metric
    policy = ", ".join(f"{outcome} {worth}" for outcome, worth in metric.policy.items())
    facts = {
        "version": card.version,
        "samples": f"{card.size:,}",
        "languages": ", ".join(card.languages),
        "made of": ", ".join(card.modalities),
        "licence": card.licence,
        "paper": card.paper,
        "asked by": f"{', '.join(asks)} (the first by default)",
        "metric": f"{metric.name}, {metric.average}",
        "not scored": policy or "counts as wrong; a temporary failure is left out",
        "take within": f"--take N/{card.stratum}" if card.stratum else "--take N",
    }
    lines = [f"{card.name}: {card.title}", "", *_wrapped(card.summary), ""]
    lines += [f"  {label:12}{fact}" for label, fact in facts.items()]
    if card.sources:
        lines += ["", "Sources, the preferred first"]
        lines += [line for source in card.sources for line in _source_lines(source)]
    if card.reference_scores:
        lines += ["", "Published scores"]
        lines += [_reference_line(score) for score in card.reference_scores]
    if card.notes:
        lines += ["", *_wrapped(card.notes)]
    return [*lines, "", f"Run it: benchwright run {card.name} --model SCHEME:NAME"]


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
