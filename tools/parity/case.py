"""One recorded model on one benchmark: what was published, and what comes out here."""

from __future__ import annotations

from typing import NamedTuple


class Case(NamedTuple):
    """One line of the page."""

    benchmark: str
    """The catalogue's name."""
    model: str
    """The recorded model."""
    figure: str
    """Which number: ``accuracy``, ``no answer``, ``genuine accuracy`` …"""
    published: float
    """As published, in percent."""
    ours: float
    """By the authors' own rule, in percent, rounded as theirs is."""
    rule: str
    """The scorer that gave ours; the corrected one is shown beside it where they differ."""
    corrected: float | None = None
    """By our corrected rule, where it differs from the authors'."""
    rows: int = 0
    """Recorded answers."""
    explained: tuple[str, ...] = ()
    """Samples that explain a difference, with the reason: ``id: why``."""
    source: str = ""
    """Where the published value was read."""

    @property
    def difference(self) -> float:
        """Ours less published, in points."""
        return self.ours - self.published
