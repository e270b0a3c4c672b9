"""What a run announces while it goes on; the library itself prints nothing."""

from __future__ import annotations

from collections.abc import Callable

from msgspec import Struct, field


class Started(Struct, frozen=True, kw_only=True):
    """A run of one model begins to ask."""

    model: str
    """Display name of the subject."""
    template: str
    """Which chat template is in force, in words."""
    benchmarks: list[str]
    """``name@version`` of what is asked."""
    total: int
    """Rows wanted."""
    kept: int
    """Rows that the pool already holds."""


class Progress(Struct, frozen=True, kw_only=True):
    """How far a run is; announced a few times a second at most."""

    done: int
    """Rows made by this run so far, and kept ones."""
    total: int
    """Rows wanted."""
    asked: int
    """Requests sent to models."""
    reused: int
    """Requests answered from the pool."""
    in_flight: int
    """Requests out or waiting for their turn."""
    tokens_in: int
    """Prompt tokens of the requests sent."""
    tokens_out: int
    """Tokens that came back."""
    cost: float | None
    """Money spent by this run; None where a price is unknown."""
    seconds: float
    """Seconds since the run started."""
    outcomes: dict[str, int] = field(default_factory=dict)
    """Rows of this run by outcome."""
    estimate: tuple[float, float, float] | None = None
    """(value, low, high) of the current benchmark's score so far."""
    until: str = ""
    """Until when is asked, where that is not until everything was: ``2pt``, ``rank``."""
    retries: int = 0
    """Attempts that failed and were tried again."""

    @property
    def rate(self) -> float:
        """Rows a second."""
        return self.done / self.seconds if self.seconds > 0 else 0.0


class Warned(Struct, frozen=True, kw_only=True):
    """Something the user should know, though the run goes on."""

    message: str
    """What, where, and what to do."""


class Ended(Struct, frozen=True, kw_only=True):
    """A run of one model is over."""

    model: str
    """Display name of the subject."""
    status: str
    """``complete``, ``incomplete``, ``stopped`` or ``defects``."""
    reason: str = ""
    """Why it is not complete."""


Event = Started | Progress | Warned | Ended
Listener = Callable[[Event], None]


def ignore(event: Event) -> None:
    """Listen to nothing."""
    del event
