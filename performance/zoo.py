"""Every benchmark with choices, numbers or code on a real model, into one pool: how answers end.

``python performance/zoo.py MODEL --data FOLDER [--take 50] [--pool zoo-pool] [BENCHMARK...]``

MODEL is written SCHEME:NAME, as for ``benchwright run``. Every text benchmark of the zoo (or those
named) is asked in its default way, and by generation where that is another: ``--take`` samples of
each, drawn by seed. Left out, with the reason: benchmarks that need pictures, a judge, or no
language model. Each is bounded by ``--tokens`` new tokens an answer (its own limit where that is
smaller) and ``--minutes`` of asking; what is not done by then is asked by the same command later,
which asks nothing twice. The table goes to standard output and, with ``--out``, to a Markdown file.

A benchmark whose answers are mostly ``unparsed`` for a model that answers well is a defect of its
extraction: look at ``benchwright samples NAME --outcome unparsed --pool zoo-pool``.
"""

from __future__ import annotations

import argparse
import sys
import time
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import NamedTuple

from benchwright import catalog, open_pool, run
from benchwright.analysis.leaderboard import standings
from benchwright.benchmarks.loading import locate
from benchwright.core.benchmark import COMPARING, Asking, Benchmark
from benchwright.core.errors import BenchwrightError
from benchwright.core.measurement import Outcome
from benchwright.core.table import Table

TOKENS = 320
"""Most new tokens of an answer unless told otherwise: enough to reason briefly and conclude."""


class Wanted(NamedTuple):
    """One benchmark, asked one way."""

    benchmark: str
    ask: str
    tokens: int


def wanted(name: str, data: Path, tokens: int) -> Iterator[Wanted | str]:
    """Yield the ways of asking one benchmark, or why it is left out."""
    benchmark = catalog.benchmark(name)
    media = set(benchmark.card.modalities) - {"text"}
    if media:
        yield f"{name}: asks with {', '.join(sorted(media))}"
        return
    first = benchmark.asks[0]
    generating = [ask for ask in benchmark.asks if ask not in COMPARING]
    for ask in dict.fromkeys([first, *(generating[:1] if first in COMPARING else ())]):
        scorer = benchmark.scorer(Asking(ask=ask, chat=False))
        if getattr(scorer, "judges", False):
            yield f"{name}, {ask}: its scorer asks a judge"
        else:
            yield Wanted(name, ask, min(tokens, _own(benchmark, ask, data)))


def _own(benchmark: Benchmark, ask: str, data: Path) -> int:
    """Return the benchmark's own limit of new tokens; a large number where it generates none."""
    solver = benchmark.solver(Asking(ask=ask, chat=True), locate(benchmark.card, folder=data))
    return int(solver.conditions.generation.get("max_tokens", 1 << 20))


def asked(one: Wanted, told: argparse.Namespace) -> str:
    """Ask one benchmark one way; return why that was not done, or nothing."""
    began = time.monotonic()
    try:
        result = run(
            one.benchmark, model=told.model, ask=one.ask, take=str(told.take), pool=told.pool,
            data=str(told.data), max_tokens=None if one.ask in COMPARING else one.tokens,
            budget=(f"{told.minutes}min",), template=told.template, sandbox=told.sandbox,
            model_options=dict(option.split("=", 1) for option in told.option),
        )  # fmt: skip
    except BenchwrightError as error:
        return f"{one.benchmark}, {one.ask}: {str(error).partition(chr(10))[0]}"
    seconds = time.monotonic() - began
    sys.stderr.write(f"{one.benchmark}, {one.ask}: {result.status}, {seconds:.0f} s\n")
    return "" if result.status == "complete" else f"{one.benchmark}, {one.ask}: {result.reason}"


def table(pool: Path, notes: Sequence[str], caption: str) -> Table:
    """Return what the pool holds: outcomes, scores and time, benchmark by benchmark."""
    columns = ("benchmark", "asked", "n", *(one.value for one in Outcome), "score", "low", "high",
               "tokens out", "seconds")  # fmt: skip
    rows = []
    with open_pool(pool) as opened:
        spent = {
            (row["benchmark"], row["conditions"], row["scorer"]): row
            for row in opened.query(
                "select benchmark, conditions, scorer, sum(tokens_out) as tokens, "
                "sum(seconds) as seconds from measurements group by all"
            ).records()
        }
        for line in standings(opened):
            cell, score = line.cell, line.estimate
            used = spent[cell.benchmark, cell.conditions, cell.scorer]
            rows.append(
                (cell.benchmark.partition("@")[0], cell.asked, score.rows,
                 *(score.outcomes.get(one.value, 0) or None for one in Outcome),
                 score.value, score.low, score.high,
                 None if used["tokens"] is None else int(used["tokens"]),
                 None if used["seconds"] is None else round(used["seconds"]))
            )  # fmt: skip
    rare = {one.value for one in Outcome}
    kept = [
        place
        for place, name in enumerate(columns)
        if name not in rare or any(row[place] for row in rows)
    ]
    said = [caption, *(f"Not all: {note.rstrip('.')}" for note in notes)]
    return Table(
        columns=tuple(columns[place] for place in kept),
        rows=tuple(tuple(row[place] for place in kept) for row in rows),
        caption=". ".join(said) + ".",
    )


def arguments() -> argparse.Namespace:
    """Return what the command line says."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("model")
    parser.add_argument("benchmarks", nargs="*", metavar="BENCHMARK")
    parser.add_argument("--data", type=Path, required=True)
    parser.add_argument("--take", type=int, default=50)
    parser.add_argument("--tokens", type=int, default=TOKENS)
    parser.add_argument("--minutes", type=float, default=10)
    parser.add_argument("--pool", type=Path, default=Path("zoo-pool"))
    parser.add_argument("--template", default="auto")
    parser.add_argument("--sandbox", default="auto")
    parser.add_argument("--option", action="append", default=[], metavar="KEY=VALUE")
    parser.add_argument("--out", type=Path)
    return parser.parse_intermixed_args()


def main() -> None:
    """Ask all, then print the table."""
    told = arguments()
    notes: list[str] = []
    for name in told.benchmarks or catalog.benchmarks():
        try:
            ways = list(wanted(name, told.data, told.tokens))
        except BenchwrightError as error:
            notes.append(f"{name}: {str(error).partition(chr(10))[0].replace(str(told.data), '…')}")
            continue
        for one in ways:
            note = one if isinstance(one, str) else asked(one, told)
            notes += [note] if note else []
    caption = (
        f"{told.model.rpartition('/')[2]}: {told.take} samples each, at most {told.tokens} new "
        f"tokens an answer, greedy, {told.minutes:g} minutes a benchmark. Seconds: of the answers, "
        f"shared among those evaluated together"
    )
    found = table(told.pool, notes, caption)
    sys.stdout.write(f"{found}\n")
    if told.out:
        told.out.write_text(found.markdown(), encoding="utf-8")


if __name__ == "__main__":
    main()
