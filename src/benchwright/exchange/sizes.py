"""How many samples an imported benchmark has: what a log says, else what is there."""

from __future__ import annotations

from collections.abc import Sequence

from msgspec.structs import replace

from benchwright.exchange.imported import Taken
from benchwright.pool import Pool


def keep_sizes(pool: Pool, taken: Sequence[Taken]) -> None:
    """Write into the cards of ``pool`` the size that all that was imported so far tells.

    The size of the whole benchmark decides what an interval is about; a log of a part of it does
    not say more than how much of it there is at least.
    """
    told: dict[str, int] = {}
    for one in taken:
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
        pool.save_card(benchmark, replace(card, size=known), {"": known})
