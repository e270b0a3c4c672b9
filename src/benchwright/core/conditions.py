"""How a benchmark was asked: what must be equal for two measurements to be comparable."""

from __future__ import annotations

import msgspec
from msgspec import Struct, field

from benchwright.core.canonical import canonical, digest


class Conditions(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """The protocol asked for. The variant, sampling seed and transport are not part of it."""

    solver: str
    """``name@version`` of the solver; ``recorded:<source>`` for recorded outputs."""
    options: dict[str, str] = field(default_factory=dict)
    """The solver's options."""
    ask: str = ""
    """Way of asking: ``letters``, ``options``, ``generate``."""
    layout: str = ""
    """Prompt layout: ``raw`` text or ``chat`` turns, and the name of its wording."""
    system: str = ""
    """System prompt."""
    shots: int = 0
    """Number of worked examples."""
    shots_source: str = ""
    """Where the shots come from."""
    shots_digest: str = ""
    """Digest of all that shots may be drawn from, in order."""
    generation: dict[str, str] = field(default_factory=dict)
    """Generation settings that shape the answer, as text."""
    perturbation: str = ""
    """``name@version`` of the perturbation family in use."""
    opponent: str = ""
    """For pairwise judging: the model compared with."""

    def digest(self) -> str:
        """Return the 16 hexadecimal characters that name these conditions."""
        return digest(canonical(self), 8)

    def label(self) -> str:
        """Return the conditions in a few words, for tables."""
        if self.solver.startswith("recorded:"):
            return self.solver
        words = [self.ask or self.solver, f"{self.shots}-shot"]
        if self.layout:
            words.append(self.layout)
        if self.perturbation:
            words.append(self.perturbation)
        return ", ".join(words)


def differences(one: Conditions, other: Conditions) -> dict[str, tuple[str, str]]:
    """Return the fields in which two conditions differ, with both values as text."""
    left, right = msgspec.to_builtins(one), msgspec.to_builtins(other)
    return {
        name: (str(left.get(name, "")), str(right.get(name, "")))
        for name in sorted(left.keys() | right.keys())
        if left.get(name) != right.get(name)
    }
