"""What the cards of imported benchmarks learn from one log after another."""

from __future__ import annotations

from collections.abc import Sequence

from msgspec.structs import replace

from benchwright.exchange.imported import Taken
from benchwright.pool import Pool


def tell_cards(pool: Pool, taken: Sequence[Taken]) -> None:
    """Write into the cards of ``pool`` the sizes, and which scores fall, that logs so far tell.

    The size of the whole benchmark decides what an interval is about; a log of a part of it does
    not say more than how much of it there is at least.
    """
    told: dict[str, int] = {}
    lower: dict[str, set[str]] = {}
    for one in taken:
        lower.setdefault(one.benchmark, set()).update(one.lower_is_better)
        told[one.benchmark] = max(told.get(one.benchmark, 0), one.size)
    with pool.connect() as connection:
        there = dict(
            connection.execute(
                "SELECT benchmark, count(DISTINCT id) FROM samples WHERE variant = ''"
                " AND list_contains(?, benchmark) GROUP BY benchmark",
                [list(told)],
            ).fetchall()
        )
    for benchmark, size in told.items():
        card, _ = pool.card(benchmark)
        known = max(card.size, size, there.get(benchmark, 0))
        falling = lower[benchmark].union(card.metric.lower_is_better)
        metric = replace(card.metric, lower_is_better=tuple(sorted(falling)))
        pool.save_card(benchmark, replace(card, size=known, metric=metric), {"": known})
