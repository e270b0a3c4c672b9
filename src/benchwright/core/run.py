"""What was run, with what, on what: enough to repeat it."""

from __future__ import annotations

from msgspec import Struct, field


class Measured(Struct, frozen=True, kw_only=True):
    """What was measured of a run itself: its time, its tokens, its parity."""

    model: str = ""
    """Display name of the model; empty for the run as a whole."""
    model_key: str = ""
    """The model's key."""
    metrics: dict[str, float] = field(default_factory=dict)
    """Metric → value: seconds, tokens, nats, as docs/time.md lists them."""


class Run(Struct, frozen=True, kw_only=True):
    """The record of one run, kept as ``runs/<id>.json``."""

    id: str
    """Sortable and unique: time, host and process."""
    command: str = ""
    """The command line, or ``python``."""
    started_at: str = ""
    """ISO 8601, UTC."""
    ended_at: str = ""
    """ISO 8601, UTC; empty while it runs or if it was killed."""
    status: str = "running"
    """``running``, ``complete``, ``incomplete``, ``stopped`` or ``defects``."""
    settings: dict[str, str] = field(default_factory=dict)
    """The resolved settings, as text."""
    models: dict[str, dict[str, str]] = field(default_factory=dict)
    """Role → the model's name, key, identity and notes."""
    benchmarks: dict[str, str] = field(default_factory=dict)
    """Benchmark name → ``name@version``."""
    conditions: list[str] = field(default_factory=list)
    """Digests of the conditions asked."""
    versions: dict[str, str] = field(default_factory=dict)
    """Package → version."""
    machine: dict[str, str] = field(default_factory=dict)
    """Processor, cores, memory, system."""
    counts: dict[str, int] = field(default_factory=dict)
    """Requests asked and kept, rows by outcome, defects."""
    seconds: dict[str, float] = field(default_factory=dict)
    """Where the time went."""
    measured: list[Measured] = field(default_factory=list)
    """Time, tokens and parity of the whole run and of each of its models."""
