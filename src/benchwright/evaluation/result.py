"""What a run returns: its table, its state, and the next useful command."""

from __future__ import annotations

from typing import Literal

from msgspec import Struct, field

from benchwright.core.run import Run
from benchwright.core.table import Table

Status = Literal["complete", "incomplete", "defects"]
EXIT_CODES: dict[Status, int] = {"complete": 0, "incomplete": 1, "defects": 3}


class Preview(Struct, frozen=True, kw_only=True):
    """What a run would ask, from ``--dry-run``."""

    prompts: list[str]
    """The first prompts of every way of asking, exactly as they would be rendered."""
    requests: int
    """First requests of all flows; flows of several turns ask more."""
    kept: int
    """How many of these the pool holds already."""
    tokens_in: int
    """About how many prompt tokens the missing ones have: 4 bytes a token."""
    tokens_out: int
    """The most that they may generate."""
    cost: float | None
    """US dollars at the price given, prompts and full answers; None without a price."""


class RunResult(Struct, frozen=True, kw_only=True):
    """What came of a run; shows itself as its table."""

    run: Run
    """The record kept in the pool."""
    status: Status
    """``complete``, ``incomplete`` (answers are missing) or ``defects``."""
    table: Table
    """Scores with intervals, coverage and outcomes."""
    figures: Table | None = None
    """What the benchmarks' authors report besides; None where that is nothing."""
    reason: str = ""
    """Why it is not complete."""
    next_command: str = ""
    """The next useful command."""
    warnings: list[str] = field(default_factory=list)
    """What the user should know."""
    remarks: list[str] = field(default_factory=list)
    """What is known of the run itself: which check was made, where the time went."""
    preview: Preview | None = None
    """What would be asked, if this was a dry run."""

    @property
    def exit_code(self) -> int:
        """0 complete, 1 incomplete, 3 defects."""
        return EXIT_CODES[self.status]

    def __str__(self) -> str:
        """Return the table as text."""
        return "\n\n".join(map(str, filter(None, (self.table, self.figures))))

    def _repr_html_(self) -> str:
        return "".join(table._repr_html_() for table in (self.table, self.figures) if table)
