"""``benchwright rank``: models in order, with what may be claimed of the order."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import click

from benchwright.cli.options import Sections, json_option, section
from benchwright.cli.terminal import FORMATS, say, say_json, say_table

if TYPE_CHECKING:
    from benchwright.analysis.ranking.result import Ranking
    from benchwright.analysis.responses.query import Query

ESTIMATORS = ("auto", "mean", "additive", "rasch", "rasch2", "pairs")

what = section("What is ranked")
how = section("How")


@click.command("rank", cls=Sections)
@click.argument("files", nargs=-1, metavar="[FILE]...")
@what(
    "--pool", type=click.Path(file_okay=False, path_type=Path), default="pool", show_default=True,
    help="The folder of measurements; not read where files are named.",
)  # fmt: skip
@what("--where", default="", metavar="SQL", help="Only rows of a condition, as tag = 'law'.")
@what("--search", default="", metavar="WORDS", help="Only samples whose text holds these words.")
@what("--top", type=click.IntRange(1), metavar="N", help="With --search: the N best samples.")
@what("--threshold", type=float, metavar="X", help="With --search: relevance from X on.")
@what(
    "--column", "columns", multiple=True, metavar="OURS=THEIRS",
    help="A file's name for a column: item=question_id; repeatable.",
)  # fmt: skip
@what("--lower", multiple=True, metavar="BENCHMARK", help="Lower is better there; repeatable.")
@what(
    "--bounds", multiple=True, metavar="BENCHMARK=LOW,HIGH",
    help="Lowest and highest score; repeatable.",
)  # fmt: skip
@what(
    "--scale", "scales", multiple=True, metavar="BENCHMARK=SCALE",
    help="What scores mean: binary, bounded, unbounded, ordinal; repeatable.",
)  # fmt: skip
@what(
    "--duplicates", type=click.Choice(("error", "mean")), default="error", show_default=True,
    help="What two scores of one model and item in a file are.",
)  # fmt: skip
@what("--fold", default="plain", show_default=True, help="How variants become one: all, mean …")
@how(
    "--estimator", type=click.Choice(ESTIMATORS), default="auto", show_default=True,
    help="What predicts unanswered cells; auto: chosen by cross-validation.",
)  # fmt: skip
@how(
    "--weigh", type=click.Choice(("items", "benchmarks")), default="items", show_default=True,
    help="What counts the same.",
)  # fmt: skip
@how(
    "--population", type=click.Choice(("questions", "benchmark", "items")), default="questions",
    show_default=True, help="What intervals are about: questions like these …",
)  # fmt: skip
@how(
    "--confidence", type=click.FloatRange(0, 1, min_open=True, max_open=True), default=0.95,
    show_default=True, help="Coverage of the intervals.",
)  # fmt: skip
@how("--anyway", is_flag=True, help="One scale also for models that nothing links.")
@how("--seed", type=int, default=0, show_default=True, help="Of cross-validation and bootstrap.")
@click.option("--format", "form", type=click.Choice(FORMATS), default="table", help="How to print.")
@json_option("Print the whole ranking as JSON.")
def command(
    files: tuple[str, ...],
    pool: Path,
    where: str,
    search: str,
    top: int | None,
    threshold: float | None,
    columns: tuple[str, ...],
    lower: tuple[str, ...],
    bounds: tuple[str, ...],
    scales: tuple[str, ...],
    duplicates: str,
    fold: str,
    estimator: str,
    weigh: str,
    population: str,
    confidence: float,
    anyway: bool,
    seed: int,
    form: str,
    as_json: bool,
) -> None:
    """Rank the models of a pool, or of files that hold one score a row, with intervals.

    The first line says what may be claimed. `ranks` is each model's own interval, `claim` holds for
    all models at once; models of one tier are not separated. Files: Parquet, CSV, TSV or JSONL with
    the columns model, item, score, and benchmark where there are several.
    """
    from contextlib import AbstractContextManager, nullcontext

    from benchwright.analysis.ranking.rank import rank

    opened: AbstractContextManager[object]
    if files:
        opened = nullcontext(list(files))
    else:
        from benchwright.pool.opening import open_pool

        opened = open_pool(pool)
    with opened as source:
        found = rank(
            source,
            where=_query(where, search, top, threshold),
            estimator=estimator,
            weigh=weigh,  # type: ignore[arg-type]
            confidence=confidence,
            population=population,  # type: ignore[arg-type]
            anyway=anyway,
            seed=seed,
            fold=fold,
            scales=_pairs(scales, "--scale"),
            bounds=_bounds(bounds),
            lower=lower,
            columns=_pairs(columns, "--column"),
            duplicates=duplicates,  # type: ignore[arg-type]
        )
    if as_json:
        say_json(found)
        return
    if form == "table":
        _say_claims(found)
    say_table(found.to_table(claims=form != "table"), form)


def _say_claims(found: Ranking) -> None:
    import sys

    for claim in found.claims:
        say(claim)
    if not sys.stdout.isatty():  # a ruled table brings its own empty line
        say()


def _query(where: str, search: str, top: int | None, threshold: float | None) -> str | Query:
    from benchwright.core.errors import DescriptionError

    if not search:
        if top is not None or threshold is not None:
            raise DescriptionError("--top and --threshold choose among what --search finds.")
        return where
    from benchwright.analysis.responses.query import Query

    return Query(where=where, search=search, top=top, threshold=threshold)


def _pairs(said: Sequence[str], option: str) -> dict[str, str]:
    """Return ``NAME=VALUE`` arguments as a mapping; all faults at once."""
    from benchwright.core.errors import DescriptionError

    wrong = [one for one in said if not all(one.rpartition("=")[::2])]
    if wrong:
        raise DescriptionError(*(f"{option} takes NAME=VALUE, not {one!r}." for one in wrong))
    return {one.rpartition("=")[0]: one.rpartition("=")[2] for one in said}


def _bounds(said: Sequence[str]) -> dict[str, tuple[float, float]]:
    from benchwright.core.errors import DescriptionError

    found, problems = {}, []
    for name, value in _pairs(said, "--bounds").items():
        low, _, high = value.partition(",")
        try:
            found[name] = (float(low), float(high))
        except ValueError:
            problems.append(f"--bounds takes NAME=LOW,HIGH, not {name}={value}.")
    if problems:
        raise DescriptionError(*problems)
    return found
