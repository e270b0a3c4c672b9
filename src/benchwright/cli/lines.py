"""Events as lines: for people without a terminal, and for machines."""

from __future__ import annotations

import time
from collections.abc import Callable

import msgspec

from benchwright.cli import progress as words
from benchwright.cli.terminal import say, say_json
from benchwright.evaluation.events import Event, Progress, Started, Warned

PAUSE = 5.0
"""Seconds between two lines at least."""
STEP = 0.05
"""Share of the rows between two lines, unless ``PATIENCE`` runs out first."""
PATIENCE = 60.0
"""Seconds after which a line comes although little has happened."""


class PlainLines:
    """Prints a line now and then on standard error."""

    def __init__(self, now: Callable[[], float] = time.monotonic) -> None:
        """Measure time by ``now``, in seconds."""
        self._now = now
        self._kept = 0
        self._said_at = now()
        self._said_share = 0.0

    def __call__(self, event: Event) -> None:
        """Print ``event`` if it is time."""
        match event:
            case Started():
                self._kept = event.kept
                self._said_at, self._said_share = self._now(), 0.0
                say(words.headline(event), err=True)
            case Progress():
                if self._due(event):
                    say(self._line(event), err=True)
            case Warned():
                say(f"warning: {event.message}", err=True)
            case _:
                pass  # how it ended stands beside the table

    def _due(self, progress: Progress) -> bool:
        waited = self._now() - self._said_at
        share = words.share(progress)
        if waited < PAUSE or (share - self._said_share < STEP and waited < PATIENCE):
            return False
        self._said_at, self._said_share = self._now(), share
        return True

    def _line(self, progress: Progress) -> str:
        return " · ".join(
            [
                f"{progress.done:,} / {progress.total:,}",
                f"{words.rate(progress, self._kept):.1f}/s",
                words.estimate(progress),
                words.outcomes(progress),
                words.tokens(progress),
                words.money(progress.cost),
                f"{words.time_left(progress, self._kept)} left",
            ]
        )


def json_line(event: Event) -> None:
    """Print ``event`` as one JSON object, its kind under ``event``."""
    fields = msgspec.to_builtins(event)
    say_json({"event": type(event).__name__.lower(), **fields})
