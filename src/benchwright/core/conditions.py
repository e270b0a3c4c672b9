"""How a benchmark was asked: what must be equal for two measurements to be comparable."""

from __future__ import annotations

import msgspec
from msgspec import Struct, field

from benchwright.core.canonical import canonical, digest

UNKNOWN = "unknown"
"""What stands in a field of text that an imported log does not tell; never a guess."""

UNKNOWN_SHOTS = -1
"""The number of shots that an imported log does not tell."""

IMPORTED = "imported:"
"""How the solver of rows begins that another harness made; its name follows."""


class Conditions(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """The protocol asked for. The variant, sampling seed and transport are not part of it."""

    solver: str
    """``name@version`` of the solver; ``recorded:<source>`` for recorded outputs,
    ``imported:<harness>`` for another harness's measurements."""
    options: dict[str, str] = field(default_factory=dict)
    """The solver's options."""
    ask: str = ""
    """Way of asking: ``letters``, ``options``, ``generate``."""
    layout: str = ""
    """Prompt layout: ``raw`` text or ``chat`` turns, and the name of its wording."""
    system: str = ""
    """System prompt."""
    shots: int = 0
    """Number of worked examples; ``UNKNOWN_SHOTS`` where an imported log does not say."""
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
        unknown = self.unknown()
        words = [] if "ask" in unknown else [self.ask or self.solver]
        words += [] if "shots" in unknown else [f"{self.shots}-shot"]
        if self.layout and "layout" not in unknown:
            words.append(self.layout)
        if self.perturbation:
            words.append(self.perturbation)
        if unknown:
            words.append(f"unknown: {', '.join(name.replace('_', ' ') for name in unknown)}")
        imported, _, harness = self.solver.partition(":")
        named = f"{harness}: " if f"{imported}:" == IMPORTED else ""
        return named + ", ".join(words)

    def unknown(self) -> tuple[str, ...]:
        """Return the fields of which an imported log says nothing, in their order."""
        given = ((name, getattr(self, name)) for name in self.__struct_fields__)
        return tuple(name for name, value in given if value in _UNTOLD)


_UNTOLD = (UNKNOWN, UNKNOWN_SHOTS, {UNKNOWN: UNKNOWN})


def differences(one: Conditions, other: Conditions) -> dict[str, tuple[str, str]]:
    """Return the fields in which two conditions differ, with both values as text."""
    left, right = msgspec.to_builtins(one), msgspec.to_builtins(other)
    return {
        name: (str(left.get(name, "")), str(right.get(name, "")))
        for name in sorted(left.keys() | right.keys())
        if left.get(name) != right.get(name)
    }
