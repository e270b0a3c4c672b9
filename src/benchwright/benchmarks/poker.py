"""PokerBench's files and figures."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterator, Sequence

from benchwright.core.benchmark import Data, Figure, Row
from benchwright.core.content import Text
from benchwright.core.errors import DataError
from benchwright.core.sample import Sample
from benchwright.models.records import records
from benchwright.scorers._poker import kind_of

STAGES = ("preflop", "postflop")
_STREETS = ("river", "turn", "flop")
_POSITION = re.compile(r"your position is (\w+)")


def read(data: Data, split: str) -> Iterator[Sample]:
    """Yield the test scenarios, those before the flop first.

    Raises:
        DataError: a record has no instruction or no known action.
    """
    for stage in STAGES:
        path = data.path(split if stage == "preflop" else stage)
        for row, (line, record) in enumerate(records(path)):
            asked, target = record.get("instruction"), record.get("output")
            if not isinstance(asked, str) or not isinstance(target, str) or not kind_of(target):
                raise DataError(f"{path.name}, record {line}: no scenario with an action")
            street = next((name for name in _STREETS if f"The {name} comes" in asked), "preflop")
            position = _POSITION.search(asked)
            yield Sample(
                id=f"{stage}/{row}",
                input=(Text(asked),),
                target=target,
                tags={
                    "stage": stage,
                    "street": street,
                    "action": kind_of(target),
                    "position": position[1] if position else "unknown",
                },
            )


def _right(row: Row) -> float:
    return row.value or 0.0


def _same_kind(row: Row) -> float:
    return float(row.answer is not None and kind_of(row.answer) == kind_of(row.target))


def by_item(rows: Sequence[Row]) -> float | None:
    """Return the exact matches' share of all scenarios."""
    return sum(map(_right, rows)) / len(rows) if rows else None


def kinds_by_item(rows: Sequence[Row]) -> float | None:
    """Return the share of all scenarios in which the kind of action is right."""
    return sum(map(_same_kind, rows)) / len(rows) if rows else None


def kinds(rows: Sequence[Row]) -> float | None:
    """Return the share of right kinds, before and after the flop weighing the same."""
    stages: dict[str, list[float]] = defaultdict(list)
    for row in rows:
        stages[row.tags.get("stage", "")].append(_same_kind(row))
    means = [sum(values) / len(values) for values in stages.values()]
    return sum(means) / len(means) if means else None


_SCORERS = ("poker_action", "poker_action_paper")
FIGURES = (
    Figure(
        name="action accuracy",
        about="The kind of action is the solver's, amount left aside; in [0, 1], before and after "
        "the flop weighing the same (arXiv:2501.08328, section on evaluation).",
        of=kinds,
        scorers=_SCORERS,
    ),
    Figure(
        name="action accuracy, by item",
        about="The same with every scenario weighing the same.",
        of=kinds_by_item,
        scorers=_SCORERS,
    ),
    Figure(
        name="exact match, by item",
        about="The score with every scenario weighing the same.",
        of=by_item,
        scorers=_SCORERS,
    ),
)
"""What the authors report beside exact match, and both weightings."""
