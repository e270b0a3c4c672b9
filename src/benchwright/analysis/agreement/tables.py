"""What was found of benchmarks and items, as tables that say how to read them."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

import numpy as np

from benchwright.analysis.agreement.bat import FEWEST, Agreement
from benchwright.analysis.agreement.boards import Board
from benchwright.analysis.agreement.items import Items
from benchwright.analysis.agreement.keys import Suspect
from benchwright.analysis.agreement.redundancy import Twins
from benchwright.analysis.agreement.references import AGGREGATE
from benchwright.core.table import Table

SYMBOL = {"kendall": "tau", "pearson": "r", "spearman": "rho"}
"""Column heads of correlations."""


def agreement_table(
    lines: Sequence[Agreement],
    board: Board,
    *,
    takes: Sequence[int] = (),
    confidence: float = 0.95,
) -> Table:
    """Return a line per benchmark: agreement over all common models, and by draws of fewer.

    Args:
        lines: what ``agreement`` found, that over all common models among it.
        board: what it was asked of.
        takes: draws that were asked for; the caption says which could not be made.
        confidence: coverage of the lines' intervals.
    """
    if not lines:
        none = f"No benchmark has {FEWEST} models in common with the reference"
        return Table(columns=("benchmark",), rows=(), caption=". ".join([none, *board.notes]) + ".")
    symbol = SYMBOL[lines[0].kind]
    made = list(dict.fromkeys(line.take for line in lines if line.take))
    whole = {line.scenario: line for line in lines if not line.take}
    drawn = {(line.scenario, line.take): line for line in lines if line.take}
    columns = ["benchmark", "models", symbol, "low", "high", "p", "z"]
    columns += [f"{take} models" for take in made]
    rows = []
    for name, line in whole.items():
        row: list[Any] = [name, line.common, line.value, line.low, line.high, line.p, line.relative]
        rows.append((*row, *(_mean_and_sd(drawn.get((name, take))) for take in made)))
    one = lines[0]
    aggregate = "the aggregate of the others" if one.reference == AGGREGATE else one.reference
    said = [
        f"Agreement with {aggregate}",
        f"Intervals at {confidence:.0%} over {'families of ' if board.families else ''}models",
        "z: standard deviations above the mean of all benchmarks here",
    ]
    if made:
        said.append(f"By draws of fewer models ({one.strategy}): mean ± standard deviation")
    said += [f"None has {take} models in common with it" for take in takes if take not in made]
    flat = [name for name, line in whole.items() if math.isnan(line.value)]
    if flat:
        said.append(f"All common models score the same: {', '.join(flat)}")
    few = [name for name, line in whole.items() if line.common < 2 * FEWEST]
    if few:
        who = ", ".join(few) if len(few) <= 3 else f"{len(few)} of {len(whole)} benchmarks"
        said.append(f"Fewer than {2 * FEWEST} common models prove little: {who}")
    left = len(board.scenarios) - len(whole) - (one.reference in board.scenarios)
    if left:
        said.append(f"{left} benchmarks have too few models in common with it")
    said += board.notes
    return Table(columns=tuple(columns), rows=tuple(rows), caption=". ".join(said) + ".")


def matrix_table(pairs: Sequence[Agreement], names: Sequence[str]) -> Table:
    """Return the agreement of each benchmark with each, numbered to save room."""
    number = {name: place for place, name in enumerate(names)}
    cells: list[list[Any]] = [[None] * len(names) for _ in names]
    for place in range(len(names)):
        cells[place][place] = "1"
    for pair in pairs:
        if not math.isnan(pair.value):
            one, other = number[pair.scenario], number[pair.reference]
            cells[one][other] = cells[other][one] = f"{pair.value:.2f}"
    symbol = SYMBOL[pairs[0].kind] if pairs else "tau"
    return Table(
        columns=("", "benchmark", *(str(place + 1) for place in range(len(names)))),
        rows=tuple((place + 1, name, *cells[place]) for place, name in enumerate(names)),
        caption=f"{symbol} over all common models; a dash where fewer than {FEWEST} are common.",
    )


def items_table(found: Items, limit: int = 20) -> Table:
    """Return the items that stronger models most surely miss, under what is true of them all."""
    places = found.missed_by_the_strong(limit)
    rows = tuple(
        (
            found.names[place],
            int(found.answered[place]),
            float(found.difficulty[place]),
            float(found.discrimination[place]),
            float(found.shrunk[place]),
            float(found.inverted[place]),
        )
        for place in places
    )
    columns = ("item", "models", "mean", "discrimination", "shrunk", "inverted")
    return Table(columns=columns, rows=rows, caption=_about(found, len(rows)))


def twins_table(pairs: Sequence[Twins]) -> Table:
    """Return the pairs of items that are nearly the same question."""
    return Table(
        columns=("item", "twin", "models", "agreed", "z"),
        rows=tuple((one.a, one.b, one.models, one.agreed, one.z) for one in pairs),
        caption="Near-duplicates: answered alike beyond what their difficulty explains.",
    )


def suspects_table(suspects: Sequence[Suspect]) -> Table:
    """Return the questions whose keys are in doubt, the most doubtful first."""
    return Table(
        columns=("item", "evidence", "gave the key", "other answer", "gave it", "models"),
        rows=tuple(
            (one.item, one.evidence, one.hits, one.other, one.votes or None, one.answered)
            for one in suspects
        ),
        caption="Likely wrong keys, to be checked by a person; the evidence orders, it is no"
        " probability: hard questions look alike.",
    )


def _about(found: Items, shown: int) -> str:
    count = len(found.names)
    told = int((~np.isnan(found.discrimination)).sum())
    said = [
        f"{found.group.name}: {count} items, {found.models} models",
        f"Mean score {_number(found.difficulty)}",
        f"Items at the ceiling {found.ceiling.mean():.0%}, at the floor {found.floor.mean():.0%}",
        f"Mean discrimination {_number(found.discrimination)}, of {told} items that have one",
    ]
    if not math.isnan(found.alpha):
        said.append(f"Cronbach's alpha {found.alpha:.2f}")
    if shown:
        said.append(
            "Above: the items that stronger models most surely do worse on (inverted: how probable)"
        )
    else:
        said.append("No item is such that stronger models more likely do worse on it")
    return ". ".join(said) + "."


def _number(values: Any) -> str:
    known = values[~np.isnan(values)]
    return f"{known.mean():.3f}" if len(known) else "unknown"


def _mean_and_sd(line: Agreement | None) -> str | None:
    if line is None or math.isnan(line.value):
        return None
    return f"{line.value:.2f}" if math.isnan(line.sd) else f"{line.value:.2f} ± {line.sd:.2f}"
