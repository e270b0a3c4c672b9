"""Write the table of all benchmarks from their cards.

python tools/zoo_page.py docs/zoo.md       # or - for standard output
"""

from __future__ import annotations

import re
import sys
from collections.abc import Sequence
from pathlib import Path

from benchwright import catalog
from benchwright.core.average import read_average
from benchwright.core.benchmark import Benchmark, Figured

PARITY = Path(__file__).resolve().parent.parent / "docs" / "parity.md"
"""The page whose headings say of which benchmarks outputs are recorded."""

HEAD = """# The benchmarks

Written by `make docs` from the cards; a test holds it current. `benchwright show NAME` says more of
one: sources with their digests, published scores, the first prompt. {count} benchmarks, {samples:,}
samples.

*Parity*: recorded outputs of other people's models are scored by the authors' rule, and
[the page of published scores](parity.md) compares. *Needs* names what a plain installation lacks:
an extra, or a [sandbox](sandbox.md) with a language. What is odd about the data stands in
[its own page](data_checks.md).
"""
KEPT = 5
"""Languages that are named; of more, their number is said."""


def page(names: Sequence[str]) -> str:
    """Return the page in Markdown."""
    benchmarks = {name: catalog.benchmark(name) for name in names}
    recorded = set(re.findall(r"(?m)^## (\S+)$", _parity()))
    samples = sum(one.card.size for one in benchmarks.values())
    columns = ("benchmark", "measures", "samples", "languages", "asked by", "metric", "licence",
               "source", "needs", "parity")  # fmt: skip
    lines = [
        HEAD.format(count=len(benchmarks), samples=samples),
        _row(columns),
        _row(["---:" if column == "samples" else "---" for column in columns]),
        *(_row(cells(one, parity=name in recorded)) for name, one in benchmarks.items()),
    ]
    return "\n".join(lines) + "\n"


def cells(benchmark: Benchmark, *, parity: bool) -> list[str]:
    """Return one benchmark's line."""
    card = benchmark.card
    many = len(card.languages) > KEPT
    figures = benchmark.figures if isinstance(benchmark, Figured) else ()
    metric = f"{card.metric.name}, {read_average(card.metric.average)}"
    metric += f"; {'; '.join(figure.name for figure in figures)}" if figures else ""
    first = card.sources[0]
    source = f"{first.kind} {first.location}" + (f" ({first.subset})" if first.subset else "")
    needs = [f"[{extra}]" for extra in card.extras] + list(card.runtimes)
    return [
        f"`{card.name}`: {card.title}",
        card.summary,
        f"{card.size:,}",
        f"{len(card.languages)}" if many else ", ".join(card.languages),
        ", ".join(benchmark.asks),
        metric,
        card.licence,
        source,
        ", ".join(needs),
        "yes" if parity else "",
    ]


def _parity() -> str:
    return PARITY.read_text(encoding="utf-8") if PARITY.is_file() else ""


def _row(row: Sequence[str]) -> str:
    escaped = (cell.replace("|", "\\|").replace("\n", " ") for cell in row)
    return f"| {' | '.join(escaped)} |"


def main(arguments: Sequence[str]) -> None:
    """Write the page to the path given, or to standard output."""
    if len(arguments) != 1 or (arguments[0].startswith("-") and arguments[0] != "-"):
        sys.exit(__doc__)
    text = page(catalog.benchmarks())
    if arguments[0] == "-":
        sys.stdout.write(text)
    else:
        Path(arguments[0]).write_text(text, encoding="utf-8")


if __name__ == "__main__":
    main(sys.argv[1:])
