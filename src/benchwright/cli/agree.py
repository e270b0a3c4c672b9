"""``benchwright agree``: whether benchmarks order models alike, and which questions mislead."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from benchwright.cli.options import Sections, json_option, section
from benchwright.cli.terminal import FORMATS, clean, one_line, say, say_json, say_table

if TYPE_CHECKING:
    from benchwright.analysis.agreement.answers import Text
    from benchwright.analysis.agreement.items import Items
    from benchwright.analysis.agreement.keys import Suspect
    from benchwright.analysis.agreement.redundancy import Twins
    from benchwright.analysis.responses.table import Responses

STRATEGIES = ("random", "top", "bottom", "middle", "somewhere")
WIDEST = 14
"""Benchmarks up to which a terminal gets their matrix."""
LONGEST = 700
"""Characters of a question that are shown."""

what = section("What is compared")
how = section("How")
items = section("Items of one benchmark")


def _numbers(context: click.Context, option: click.Parameter, said: str) -> tuple[int, ...]:
    del context
    try:
        found = tuple(int(one) for one in said.split(",") if one.strip())
    except ValueError:
        found = (-1,)
    if any(one < 2 for one in found):
        raise click.BadParameter("numbers of models, 2 or more: 5,10,20", param=option)
    return found


@click.command("agree", cls=Sections)
@click.argument("files", nargs=-1, metavar="[FILE]...", type=click.Path(path_type=Path))
@what(
    "--pool", type=click.Path(file_okay=False, path_type=Path), default="pool", show_default=True,
    help="The folder of measurements; not read where files are named.",
)  # fmt: skip
@what("--where", default="", metavar="SQL", help="Only rows of a condition.")
@what("--lower", multiple=True, metavar="BENCHMARK", help="Lower is better there; repeatable.")
@what(
    "--repeated", type=click.Choice(("refuse", "mean", "best")), default="refuse",
    show_default=True, help="Several scores of a model on a benchmark of a file.",
)  # fmt: skip
@what(
    "--match-names", is_flag=True,
    help="Models whose names differ in case, owner or punctuation only are one.",
)  # fmt: skip
@how(
    "--reference", default="aggregate", show_default=True, metavar="NAME",
    help="Compare with the aggregate of the others, or with one benchmark.",
)  # fmt: skip
@how(
    "--inclusive", is_flag=True,
    help="The aggregate holds the benchmark that is compared with it, as in BenchBench.",
)  # fmt: skip
@how(
    "--least", type=click.IntRange(1), metavar="N",
    help="Benchmarks a model of the aggregate must be on; else a third of them.",
)  # fmt: skip
@how(
    "--correlation", "kind", type=click.Choice(("kendall", "pearson", "spearman")),
    default="kendall", show_default=True, help="What agreement is.",
)  # fmt: skip
@how(
    "--strategy", type=click.Choice(STRATEGIES), default="random", show_default=True,
    help="Which models a draw takes: any, best, worst, between, or neighbours somewhere.",
)  # fmt: skip
@how(
    "--take", default="5,10,20", show_default=True, callback=_numbers, metavar="N,N",
    help="Models of a draw, beside all common ones.",
)  # fmt: skip
@how("--draws", type=click.IntRange(1), default=10, show_default=True, help="Draws of a size.")
@how("--seed", type=int, default=0, show_default=True, help="Of the draws.")
@how(
    "--confidence", type=click.FloatRange(0, 1, min_open=True, max_open=True), default=0.95,
    show_default=True, help="Coverage of the intervals over models.",
)  # fmt: skip
@items("--items", "benchmark", default="", metavar="BENCHMARK", help="Analyse its items instead.")
@items(
    "--suspects", type=click.IntRange(1), metavar="N",
    help="Show the N questions whose key is most in doubt, with their text.",
)  # fmt: skip
@click.option("--format", "form", type=click.Choice(FORMATS), default="table", help="How to print.")
@json_option("Print all that was found as one JSON object.")
def command(
    files: tuple[Path, ...],
    pool: Path,
    where: str,
    lower: tuple[str, ...],
    repeated: str,
    match_names: bool,
    reference: str,
    inclusive: bool,
    least: int | None,
    kind: str,
    strategy: str,
    take: tuple[int, ...],
    draws: int,
    seed: int,
    confidence: float,
    benchmark: str,
    suspects: int | None,
    form: str,
    as_json: bool,
) -> None:
    """Say whether benchmarks put models in the same order, and how sure that is.

    Each benchmark is compared with the mean win rate on the others, over all common models and over
    draws of fewer. FILE has a row a score: model, scenario (or benchmark) and score, or model and a
    column per benchmark; with a column item it holds answers to single questions, as a pool does.
    """
    as_json = as_json or form == "json"
    with _opened(files, pool) as sources:
        if benchmark or suspects:
            _items(sources, benchmark, where, suspects, "json" if as_json else form)
            return
        from benchwright.analysis.agreement.agree import agree

        found = agree(
            *sources, where=where, reference=reference, kind=kind, strategy=strategy,  # type: ignore[arg-type]
            takes=take, draws=draws, seed=seed, lower=lower, repeated=repeated,  # type: ignore[arg-type]
            match_names=match_names, inclusive=inclusive, least=least, confidence=confidence,
        )  # fmt: skip
    if as_json:
        notes = found.board.notes
        say_json({"agreement": found.lines, "pairs": found.pairs, "notes": notes})
        return
    if form != "table" or len(found.board.scenarios) <= WIDEST:
        say_table(found.to_matrix(), form)
        say()
    say_table(found.to_table(), form)


@contextmanager
def _opened(files: Sequence[Path], pool: Path) -> Iterator[tuple[object, ...]]:
    """Yield the named files, or the pool."""
    if files:
        yield tuple(files)
        return
    from benchwright.pool.opening import open_pool

    with open_pool(pool) as opened:
        yield (opened,)


def _items(
    sources: tuple[object, ...], benchmark: str, where: str, suspects: int | None, form: str
) -> None:
    """Print the item analysis of a benchmark, or the questions whose keys are in doubt."""
    from benchwright.analysis.responses.reading import read_responses

    source = sources[0] if len(sources) == 1 else list(sources)
    table = read_responses(source, where)
    if suspects:
        _suspects(source, table, benchmark, where, suspects, form)
        return
    from benchwright.analysis.agreement.items import analyse, group_items
    from benchwright.analysis.agreement.redundancy import MOST_ITEMS, redundant
    from benchwright.analysis.agreement.tables import items_table, twins_table
    from benchwright.analysis.estimators.choice import fit
    from benchwright.analysis.responses.narrowing import narrowed
    from benchwright.analysis.responses.table import Scale

    number, places = group_items(table, benchmark)
    group = table.groups[number]
    table = narrowed(table, groups=[group.name])
    found = analyse(table)
    bounded = group.scale in (Scale.BINARY, Scale.BOUNDED)
    twins: tuple[Twins, ...] = ()
    if bounded and places.stop - places.start <= MOST_ITEMS:
        twins = redundant(table, fit(table, "rasch")[0])
    if form == "json":
        say_json(_as_json(found, twins))
        return
    say_table(items_table(found), form)
    if twins:
        say()
        say_table(twins_table(twins), form)


def _as_json(found: Items, twins: Sequence[Twins]) -> dict[str, Any]:
    columns = ("answered", "difficulty", "discrimination", "shrunk", "inverted", "ceiling", "floor")
    return {
        "benchmark": found.group.name,
        "models": found.models,
        "alpha": found.alpha,
        "item": found.names,
        **{name: getattr(found, name).tolist() for name in columns},
        "near_duplicates": twins,
    }


def _suspects(
    source: object, table: Responses, benchmark: str, where: str, limit: int, form: str
) -> None:
    from benchwright.analysis.agreement.answers import read_answers, read_texts
    from benchwright.analysis.agreement.items import group_items
    from benchwright.analysis.agreement.keys import wrong_keys
    from benchwright.analysis.agreement.tables import suspects_table

    answers = read_answers(source, table, benchmark, where=where)
    found = wrong_keys(
        table, benchmark, answers=answers.given if answers.known else None,
        options=answers.options, limit=limit,
    )  # fmt: skip
    number, places = group_items(table, benchmark)
    keys = {one.item: answers.targets[one.place - places.start] for one in found}
    texts = read_texts(source, table.groups[number], [one.item for one in found])
    if form == "json":
        for one in found:
            say_json({"suspect": one, "key": keys[one.item], "question": texts.get(one.item)})
        return
    if form == "table" and texts:
        for place, one in enumerate(found):
            _say_suspect(place + 1, one, keys[one.item], texts.get(one.item))
    say_table(suspects_table(found), form)


def _say_suspect(place: int, one: Suspect, key: str | None, text: Text | None) -> None:
    said = f"key {key!r}: {one.hits} of {one.answered} models"
    if one.other is not None:
        said += f", {one.other!r}: {one.votes}"
    click.secho(one_line(f"━━ {place} · {one.item} · {said}"), bold=True)
    if text is not None:
        question = text.text if len(text.text) <= LONGEST else text.text[:LONGEST] + " […]"
        click.echo(clean(question))
        for number, choice in enumerate(text.choices):
            letter = chr(ord("A") + number) if number < 26 else str(number + 1)
            click.echo(one_line(f"  {letter}. {choice}"))
    click.echo()
