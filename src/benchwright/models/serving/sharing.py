"""What a server's counts of cached tokens say about how it keeps prefixes."""

from __future__ import annotations

from typing import Literal

Kind = Literal["unknown", "slots", "tree", "none"]
"""``slots``: one prefix, one place; ``tree``: any place; ``none``: no reuse is to be seen."""

LOOKS = 4
"""Followers without any reuse after which none is expected."""

MEMORY = 32
"""Followers whose counts are weighed; older ones fade."""


class Sharing:
    """Belief about one server, from followers sent after or beside another of their prefix."""

    def __init__(self, kind: Kind = "unknown") -> None:
        """Believe ``kind`` until the server's counts say otherwise."""
        self._given = kind
        self._after = [0.0, 0.0]  # misses and hits of followers sent alone
        self._beside = [0.0, 0.0]  # … of those sent while another was out
        self._silent = False

    def learn(self, *, hit: bool, beside: bool) -> None:
        """Hear whether a follower's prefix was cached."""
        counts = self._beside if beside else self._after
        counts[hit] += 1
        if sum(counts) > MEMORY:
            counts[:] = [count / 2 for count in counts]

    def learn_nothing(self) -> None:
        """Hear that an answer came without counts of cached tokens."""
        self._silent = True

    @property
    def kind(self) -> Kind:
        """What the server is believed to be."""
        misses, hits = self._after
        beside_misses, beside_hits = self._beside
        if misses >= LOOKS and misses > 3 * (hits + beside_hits):
            return "none"
        if not beside_misses and not beside_hits:
            # Those that say nothing are, as far as is known, trees.
            return "tree" if self._silent and self._given == "unknown" else self._given
        # A slot that happens to hold the prefix is a hit too, so a few misses outweigh hits.
        return "tree" if beside_hits > 3 * beside_misses else "slots"
