"""What was chosen, when, why and how likely: enough to compute the estimate again."""

from __future__ import annotations

from typing import Literal

from msgspec import Struct, field

from benchwright.analysis.adaptive.estimate import Estimate
from benchwright.core.canonical import digest

Stage = Literal["shared", "local", "probe"]
"""``shared``: chosen, the same for every model; ``local``: chosen for models of this strength;
``probe``: drawn at random."""

Procedure = Literal["stratified", "two-stage"]
"""How items are chosen."""


FORM = 1
"""Raised when the same record would give other choices or another estimate."""


class Asked(Struct, frozen=True, kw_only=True):
    """Whose answers to what: rows of the pool that differ in the sample alone."""

    model_key: str
    """Digest of what the model is."""
    benchmark: str
    """``name@version``."""
    conditions: str
    """Digest of how it was asked."""
    scorer: str
    """The scorer's identity."""

    def name(self, seed: int) -> str:
        """Return 32 hexadecimal characters that name the choices made for it with ``seed``."""
        return digest(
            "\0".join(
                (self.model_key, self.benchmark, self.conditions, self.scorer, str(seed))
            ).encode(),
            16,
        )


class Choice(Struct, frozen=True, kw_only=True):
    """One item, in the order in which items were chosen."""

    item: str
    """Id of the sample."""
    stage: Stage
    """Why it was asked."""
    probability: float
    """How likely it was to be asked by then: 1 where it was chosen, n_h / N_h where drawn."""
    batch: int
    """Number of its batch, from 0."""


class Plan(Struct, frozen=True, kw_only=True):
    """How items are to be chosen, settled before the first answer."""

    procedure: Procedure
    """How."""
    why: str
    """Why so, in a sentence."""
    calibration: tuple[str, ...] = ()
    """Keys of the models that predictions are learnt from."""
    held_out: tuple[str, ...] = ()
    """Keys of the models whose errors say how wide intervals are."""
    widths: tuple[float, ...] = ()
    """Half-width at every level of the two-stage procedure, from the held-out models."""
    target: float = 0.0
    """Half-width wanted."""
    confidence: float = 0.95
    """Nominal coverage."""


class Record(Struct, frozen=True, kw_only=True):
    """The choices of one model on one benchmark, kept in the pool as ``choices/<name>.json``."""

    asked: Asked
    """Whose answers."""
    model: str
    """Display name of the model."""
    seed: int
    """Seed of the random order."""
    plan: Plan
    """How items were chosen."""
    chosen: tuple[Choice, ...] = ()
    """The items, in order."""
    fallback: str = ""
    """Why the two-stage procedure was given up; empty if it was not."""
    until: str = ""
    """The target of the last run, as the user put it."""
    stopped: str = ""
    """By which rule the last run stopped; empty while it goes on."""
    estimate: Estimate | None = None
    """The last estimate."""
    runs: list[str] = field(default_factory=list)
    """Ids of the runs that asked."""
    form: int = FORM
    """Which rules it was made by."""
