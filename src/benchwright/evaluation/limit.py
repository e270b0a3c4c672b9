"""The machine's limit: how many tokens a second a model's backend can evaluate here, at best.

Measured when asked for (``benchwright time --measure``), kept in the user's cache (``limits/``) by
model, settings and machine, so that a run's speed can be held against it and a faster format of
the same weights can be named.
"""

from __future__ import annotations

from importlib.metadata import version
from pathlib import Path

from msgspec import Struct

from benchwright.cache import cache_folder, machine, recall, remember
from benchwright.core.canonical import canonical, digest
from benchwright.core.model import Limited, Model
from benchwright.evaluation.probe import format_of
from benchwright.evaluation.record import now

NOTABLE = 1.1
"""A format is named as faster from this ratio on: less is within what measurements scatter."""


class Limit(Struct, frozen=True, kw_only=True):
    """What was measured of one model on one machine."""

    tokens_per_second: float
    """Tokens that the backend evaluates in a second, in full batches and nothing else."""
    model_key: str
    """Key of the model."""
    engine: str
    """Engine family."""
    weights: str
    """Digest of the weights as given; formats of the same weights share it."""
    format: str
    """Numeric format of the weights."""
    threads: str
    """Threads used."""
    machine: dict[str, str]
    """Processor, cores, memory, system."""
    version: str
    """The version of Benchwright that measured."""
    measured_at: str
    """ISO 8601, UTC."""


class Faster(Struct, frozen=True, kw_only=True):
    """A format in which the same weights are faster on this machine."""

    format: str
    """The format."""
    ratio: float
    """Its limit by that of the format in use."""

    def __str__(self) -> str:
        """Return the finding as one sentence."""
        return (
            f"{self.format} ran at {self.ratio:.1f} × this format's rate on this machine "
            f"(--weights {self.format}; another model to every table)"
        )


def measure(model: Model) -> Limit | None:
    """Measure ``model``'s limit now and keep it; None where it offers no such measurement.

    Raises:
        ModelError: the backend failed.
    """
    if not isinstance(model, Limited):
        return None
    identity = model.identity
    found = Limit(
        tokens_per_second=round(model.limit(), 1),
        model_key=identity.key(),
        engine=identity.fields.get("engine", ""),
        weights=identity.fields.get("weights", ""),
        format=format_of(identity),
        threads=identity.notes.get("threads", ""),
        machine=machine(),
        version=version("benchwright"),
        measured_at=now(),
    )
    remember(_place(identity.key(), found.threads), found)
    return found


def kept(model_key: str, threads: str) -> Limit | None:
    """Return the limit measured earlier on this machine with so many ``threads``; None if none."""
    return recall(_place(model_key, threads), Limit)


def faster(model_key: str, threads: str) -> Faster | None:
    """Return the fastest other format of the same weights here, if it is notably faster.

    Only what was measured is known: without a kept limit of both formats there is nothing to say.
    """
    own = kept(model_key, threads)
    if own is None or not own.weights:
        return None
    here = machine()
    others = [
        other
        for path in sorted(_folder().glob("*.json"))
        if (other := recall(path, Limit)) is not None
        and (other.engine, other.weights, other.threads) == (own.engine, own.weights, threads)
        and other.format != own.format
        and other.machine == here
    ]
    best = max(others, key=lambda other: other.tokens_per_second, default=None)
    if best is None or best.tokens_per_second < NOTABLE * own.tokens_per_second:
        return None
    return Faster(format=best.format, ratio=best.tokens_per_second / own.tokens_per_second)


def _folder() -> Path:
    return cache_folder() / "limits"


def _place(model_key: str, threads: str) -> Path:
    return _folder() / f"{digest(canonical([model_key, threads, machine()]), 16)}.json"
