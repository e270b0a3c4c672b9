"""How a run's events read, in words; the live panel and the plain lines say the same."""

from __future__ import annotations

from benchwright.evaluation.events import Progress, Started


def headline(started: Started) -> str:
    """Return what a run is about to do: model, benchmarks, template, rows, rows kept."""
    kept = f", {started.kept:,} kept" if started.kept else ""
    return " · ".join(
        [
            started.model,
            ", ".join(dict.fromkeys(started.benchmarks)),
            f"template {started.template}",
            f"{started.total:,} rows{kept}",
        ]
    )


def share(progress: Progress) -> float:
    """Return the share of rows done, 1.0 where none are wanted."""
    return progress.done / progress.total if progress.total else 1.0


def rate(progress: Progress, kept: int) -> float:
    """Return rows made a second; rows that were there before do not count."""
    return max(progress.done - kept, 0) / progress.seconds if progress.seconds > 0 else 0.0


def time_left(progress: Progress, kept: int) -> str:
    """Return the time left at the rate so far, or a dash before anything is known."""
    speed = rate(progress, kept)
    return clock((progress.total - progress.done) / speed) if speed else "–"


def clock(seconds: float) -> str:
    """Return ``1:05`` for 65 seconds, ``2:00:00`` for two hours."""
    minutes, rest = divmod(round(seconds), 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours}:{minutes:02}:{rest:02}" if hours else f"{minutes}:{rest:02}"


def money(cost: float | None) -> str:
    """Return a cost in US dollars; an unknown one is unknown, never zero."""
    if cost is None:
        return "cost unknown"
    return f"${cost:,.2f}" if cost >= 1 else f"${cost:.4f}"


def estimate(progress: Progress) -> str:
    """Return the score so far with its 95 % interval."""
    if progress.estimate is None:
        return "no score yet"
    value, low, high = progress.estimate
    if progress.until:
        reach = max(high - value, value - low)
        return f"{value:.3f} ± {reach:.3f} so far, asking until {progress.until}"
    return f"{value:.3f} [{low:.3f}, {high:.3f}] so far"


def outcomes(progress: Progress) -> str:
    """Return the outcomes with their counts, the most frequent first."""
    counts = sorted(progress.outcomes.items(), key=lambda item: (-item[1], item[0]))
    return ", ".join(f"{count:,} {name}" for name, count in counts) or "nothing yet"


def tokens(progress: Progress) -> str:
    """Return the tokens that went in and came out."""
    return f"{progress.tokens_in:,} tokens in, {progress.tokens_out:,} out"
