"""``benchwright select``: few samples that tell what all would, and what they told."""

from __future__ import annotations

from contextlib import nullcontext
from pathlib import Path
from typing import TYPE_CHECKING

import click

from benchwright.cli.options import Sections, pool_option, section, table_options
from benchwright.cli.terminal import say, say_json, say_table

if TYPE_CHECKING:
    from benchwright.analysis.selecting.choosing import Chosen
    from benchwright.core.table import Table

choosing = section("What to choose")
learning = section("What to learn from")
estimating = section("What a subset told")

SOURCES = (".parquet", ".csv", ".tsv", ".jsonl", ".ndjson", ".json", ".gz", ".zst")
"""Endings of files that hold scores; every other word is a benchmark's name."""


@click.command("select", cls=Sections)
@click.argument("benchmark", default="", metavar="[BENCHMARK | FILE]")
@choosing("--items", default="", metavar="N | N%", help="How many items: a number or a share.")
@choosing(
    "--method",
    default="auto",
    show_default=True,
    metavar="NAME",
    help="random, stratified, anchor_points, tinybenchmarks, metabench, fluid, c_optimal, cod, "
    "facility_location, d_optimal, max_min; auto: c_optimal from 100 models on, else stratified.",
)
@choosing(
    "--anchors",
    default="",
    metavar="N | N%",
    help="Instead: common items for all models of a next run; a share is of --items, else of all.",
)
@choosing("--by", default="", metavar="TAG", help="Keep the shares of a tag's values.")
@choosing(
    "--quota",
    "quotas",
    multiple=True,
    metavar="GROUP=N",
    help="At least N items of a benchmark; several times for several.",
)
@choosing(
    "--weights",
    type=click.Choice(["items", "benchmarks"]),
    default="items",
    show_default=True,
    help="What counts alike in the mean to be estimated.",
)
@choosing("--seed", type=int, default=0, show_default=True, help="Seed of every random draw.")
@choosing(
    "--out",
    type=click.Path(dir_okay=False, path_type=Path),
    default=None,
    metavar="FILE",
    help="Write the subset, for `benchwright run --subset`.",
)
@learning("--where", default="", metavar="SQL", help="Only the measurements of a condition.")
@learning(
    "--family",
    default="",
    metavar="REGEX | none",
    help="Which models are kin, never on both sides of a split; else a name's first word.",
)
@learning(
    "--coverage",
    type=click.FloatRange(0, 1, min_open=True),
    default=0.8,
    show_default=True,
    help="Models that answered a smaller share of the items are left out.",
)
@learning("--evaluate", is_flag=True, help="Score every method on held-out models instead.")
@estimating(
    "--estimate",
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
    default=None,
    metavar="FILE",
    help="Estimate the full score of the pool's models from their answers to a subset.",
)
@pool_option
@table_options
def command(
    benchmark: str,
    items: str,
    method: str,
    anchors: str,
    by: str,
    quotas: tuple[str, ...],
    weights: str,
    seed: int,
    out: Path | None,
    where: str,
    family: str,
    coverage: float,
    evaluate: bool,
    estimate: Path | None,
    pool: Path,
    form: str,
    as_json: bool,
) -> None:
    """Choose few samples of a benchmark (or of a whole pool) that rank models like all of them.

    Learned from the models of --pool, or of a file of scores, that answered (nearly) all. What is
    written with --out is asked by `run --subset`; `select --estimate` then tells the full score.
    """
    from benchwright import open_pool
    from benchwright.analysis.selecting.choosing import choose, choose_anchors
    from benchwright.analysis.selecting.evaluate import first_word
    from benchwright.core.errors import DescriptionError

    form = "json" if as_json else form
    if estimate is not None:
        show_estimates(estimate, pool, where, form)
        return
    if not items and not anchors:
        raise DescriptionError("How many? --items 100, --items 3% or --anchors 20%.")
    if anchors and (method != "auto" or quotas or evaluate):
        raise DescriptionError(
            "--anchors are chosen in one way, from every benchmark its share: without --method, "
            "--quota and --evaluate."
        )
    is_file = benchmark.lower().endswith(SOURCES)
    name = "" if is_file else benchmark
    with nullcontext(benchmark) if is_file else open_pool(pool) as source:
        if anchors:
            chosen = choose_anchors(
                source, anchors, items=items, benchmark=name, where=where, by=by, seed=seed
            )
        else:
            chosen = choose(
                source, items, benchmark=name, where=where, method=method, by=by, weights=weights,
                seed=seed, quotas=quotas_of(quotas), compare=evaluate, coverage=coverage,
                family=family or first_word,
            )  # fmt: skip
    show(chosen, chosen.comparison() if evaluate else chosen.table, out, form)


def quotas_of(texts: tuple[str, ...]) -> dict[str, int]:
    """Return the quotas that ``GROUP=N`` texts mean; all their faults at once."""
    from benchwright.core.errors import DescriptionError

    found: dict[str, int] = {}
    problems = []
    for text in texts:
        name, _, count = text.rpartition("=")
        if name and count.isascii() and count.isdigit():
            found[name] = int(count)
        else:
            problems.append(f"--quota {text!r} is not GROUP=N.")
    if problems:
        raise DescriptionError(*problems)
    return found


def show(chosen: Chosen, table: Table, out: Path | None, form: str) -> None:
    """Print what was chosen, write it where wanted, and say what to do next."""
    from benchwright.analysis.selecting.file import write_subset

    if out is not None:
        write_subset(chosen.file, out)
    following = (
        f"benchwright run … --subset {out}"
        if out is not None
        else "the same with --out FILE, which `benchwright run --subset FILE` asks"
    )
    if form == "json":
        say_json(
            {
                "caption": table.caption,
                "rows": table.records(),
                "method": chosen.file.method,
                "samples": {part.benchmark: part.samples for part in chosen.file.parts},
                "expected": chosen.file.expected,
                "linkage": chosen.linkage,
                "notes": chosen.notes,
                "out": None if out is None else str(out),
            }
        )
        return
    say_table(table, form)
    for note in chosen.notes:
        say(f"note: {note}", err=True)
    say(f"next: {following}", err=True)


def show_estimates(file: Path, pool: Path, where: str, form: str) -> None:
    """Print the full scores that the pool's answers to a subset tell."""
    from benchwright import open_pool
    from benchwright.analysis.selecting.estimating import estimate, estimates_table
    from benchwright.analysis.selecting.file import read_subset

    subset = read_subset(file)
    with open_pool(pool) as opened:
        lines = estimate(opened, subset, where=where)
    say_table(estimates_table(lines, subset), form)
