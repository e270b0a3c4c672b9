"""The live panel: what a run has done, costs and estimates so far, while it goes on."""

from __future__ import annotations

import time
from types import TracebackType
from typing import Self

from rich.console import Console, Group, RenderableType
from rich.constrain import Constrain
from rich.live import Live
from rich.panel import Panel
from rich.progress_bar import ProgressBar
from rich.table import Table
from rich.text import Text

from benchwright.cli import progress as words
from benchwright.cli.terminal import clean, one_line
from benchwright.evaluation.events import Event, Progress, Started, Warned

FRAME = 0.2
"""Seconds between two redraws at least."""

STYLES = {"scored": "green", "failed": "red", "unsupported": "red"}
"""Outcomes that are neither a verdict nor a failure are yellow."""


class LivePanel:
    """Draws the panel on standard error; a context manager that is called with events."""

    def __init__(self, console: Console | None = None) -> None:
        """Draw on ``console``, by default standard error."""
        self._console = console or Console(stderr=True, highlight=False)
        self._live = Live(console=self._console, auto_refresh=False, transient=True)
        self._started: Started | None = None
        self._drawn_at = 0.0

    def __enter__(self) -> Self:
        """Begin to draw."""
        self._live.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """Take the panel away, whatever happened."""
        self._live.stop()

    def __call__(self, event: Event) -> None:
        """Show ``event``."""
        match event:
            case Started():
                self._started = event
                self._drawn_at = 0.0
            case Progress() if self._started is not None:
                if time.monotonic() - self._drawn_at >= FRAME or event.done == event.total:
                    self._drawn_at = time.monotonic()
                    drawn = panel(self._started, event)
                    # The terminal's own echo of Ctrl-C finds room at the end of the last line.
                    narrow = Constrain(drawn, self._console.width - len("^C") - 1)
                    self._live.update(narrow, refresh=True)
            case Warned():
                self._console.print(Text(f"warning: {clean(event.message)}", style="yellow"))
            case _:
                pass  # how it ended stands beside the table


def panel(started: Started, progress: Progress) -> RenderableType:
    """Return the panel of one moment."""
    head = Table.grid(expand=True, padding=(0, 2))
    head.add_column(no_wrap=True)
    head.add_column(ratio=1)
    head.add_column(justify="right", no_wrap=True)
    head.add_row(
        Text(f"{progress.done:,} / {progress.total:,}", style="bold"),
        ProgressBar(total=max(progress.total, 1), completed=progress.done),
        Text(f"{words.time_left(progress, started.kept)} left"),
    )
    facts = Table.grid(padding=(0, 2))
    facts.add_column(style="dim", no_wrap=True)
    facts.add_column()
    facts.add_row("score", Text(words.estimate(progress), style="bold"))
    facts.add_row("outcomes", _outcomes(progress))
    facts.add_row(
        "speed", f"{words.rate(progress, started.kept):.1f} rows/s, {_requests(progress)}"
    )
    facts.add_row("used", f"{words.tokens(progress)}, {words.money(progress.cost)}")
    title = Text(one_line(f"{started.model} · {', '.join(dict.fromkeys(started.benchmarks))}"))
    below = Text(f"template {one_line(started.template)}, {started.kept:,} rows kept", style="dim")
    return Panel(
        Group(head, facts),
        title=title,
        subtitle=below,
        title_align="left",
        subtitle_align="left",
        padding=(0, 1),
    )


def _outcomes(progress: Progress) -> Text:
    text = Text()
    for name, count in sorted(progress.outcomes.items(), key=lambda item: (-item[1], item[0])):
        text.append(", " if text else "")
        text.append(f"{count:,} {name}", style=STYLES.get(name, "yellow"))
    return text or Text("nothing yet")


def _requests(progress: Progress) -> str:
    said = [f"{progress.asked:,} asked", f"{progress.in_flight:,} in flight"]
    if progress.reused:
        said.append(f"{progress.reused:,} kept answers reused")
    if progress.retries:
        said.append(f"{progress.retries:,} retries")
    return ", ".join(said)
