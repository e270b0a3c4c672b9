"""What the items of a table belong to: short names, and what the scores mean."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence

import numpy as np
from msgspec import Struct, field

from benchwright.analysis.responses.table import Floats, Group, Scale
from benchwright.core.errors import DataError, DescriptionError, UnknownName


class Origin(Struct, frozen=True, kw_only=True):
    """What the rows of one group have in common: only these may be compared."""

    benchmark: str
    """``name@version``, or whatever a file calls it."""
    conditions: str = ""
    """Digest of how it was asked."""
    asked: str = ""
    """The conditions in a few words."""
    scorer: str = ""
    """Who judged."""
    size: int = 0
    """Samples of the full benchmark; 0 where unknown."""
    lower: bool = False
    """Whether the benchmark's card says that lower is better."""

    @property
    def base(self) -> str:
        """The benchmark's name without its version."""
        return self.benchmark.partition("@")[0]


class Declared(Struct, frozen=True, kw_only=True):
    """What the caller says of the scores of groups, by their names or their benchmarks'."""

    scales: Mapping[str, str] = field(default_factory=dict)
    """Group → one of ``Scale``'s values."""
    bounds: Mapping[str, tuple[float, float]] = field(default_factory=dict)
    """Group → lowest and highest score possible, as recorded."""
    lower: Collection[str] = ()
    """Groups in which a lower score is better."""

    def check(self, known: Iterable[str]) -> None:
        """Refuse what is said of groups that are not there, and what cannot be.

        Raises:
            UnknownName: no group or scale goes by a name.
            DescriptionError: bounds are not a finite lower and higher number.
        """
        names = set(known)
        for name in (*self.scales, *self.bounds, *self.lower):
            if name not in names:
                raise UnknownName("group of items", name, names)
        for scale in self.scales.values():
            if scale not in list(Scale):
                raise UnknownName("scale", scale, [one.value for one in Scale])
        for name, (low, high) in self.bounds.items():
            if not (np.isfinite(low) and np.isfinite(high) and low < high):
                raise DescriptionError(
                    f"The bounds of {name!r} are its lowest and its highest possible score, "
                    f"not {low:g} and {high:g}."
                )

    def about(self, origin: Origin, name: str) -> tuple[str, tuple[float, float] | None, bool]:
        """Return scale, bounds and whether lower is better, of the group shown as ``name``."""
        names = (name, origin.benchmark, origin.base)
        scale = next((self.scales[name] for name in names if name in self.scales), "")
        bounds = next((self.bounds[name] for name in names if name in self.bounds), None)
        return scale, bounds, origin.lower or any(name in self.lower for name in names)


def group_names(origins: Sequence[Origin]) -> list[str]:
    """Return a short unique name for every origin: ``mmlu``, else ``mmlu (letters, 5-shot)``."""
    shared: dict[str, list[Origin]] = {}
    for origin in origins:
        shared.setdefault(origin.base, []).append(origin)
    return [_name(origin, shared[origin.base]) for origin in origins]


def _name(origin: Origin, namesakes: list[Origin]) -> str:
    forms = (
        lambda one: one.base,
        lambda one: f"{one.base} ({one.asked or one.conditions or one.benchmark})",
        lambda one: f"{one.base} ({one.asked or one.conditions}; {one.scorer})",
        lambda one: f"{one.benchmark} ({one.asked or one.conditions}; {one.scorer})",
    )
    for form in forms:
        if len({form(one) for one in namesakes}) == len(namesakes):
            return form(origin)
    return f"{origin.benchmark} ({origin.asked}; {origin.scorer}; {origin.conditions})"


def described(origin: Origin, name: str, scores: Floats, declared: Declared) -> Group:
    """Turn ``scores`` in place so that higher is better, and say what they mean.

    Scores within [0, 1] are bounded (binary where all are 0 or 1), others unbounded, unless
    bounds or a scale are declared. Percentages are never guessed.

    Raises:
        DataError: the scores are not what was declared of them.
    """
    scale, bounds, lower = declared.about(origin, name)
    least, most = (float(scores.min()), float(scores.max())) if len(scores) else (0.0, 1.0)
    if bounds is not None and (least < bounds[0] or most > bounds[1]):
        raise DataError(
            f"{name}: its scores go from {least:g} to {most:g}, which is outside of the declared "
            f"bounds {bounds[0]:g} to {bounds[1]:g}."
        )
    within = bounds is not None or (least >= 0 and most <= 1)
    low, high = bounds or (0.0, 1.0)
    if lower:
        low, high = (high, low) if within else (0.0, -1.0)
    if (low, high) != (0.0, 1.0):
        # (x − low) / (high − low), in place: a group may be most of the memory.
        scores -= np.float32(low)
        scores /= np.float32(high - low)
        scores += np.float32(0)
    whole = within and bool(((scores == 0) | (scores == 1)).all())
    found = Scale.BINARY if whole else Scale.BOUNDED if within else Scale.UNBOUNDED
    wanted = Scale(scale) if scale else found
    if (wanted is Scale.BINARY and not whole) or (wanted is Scale.BOUNDED and not within):
        raise DataError(
            f"{name}: its scores go from {least:g} to {most:g} and are not {wanted.value}; "
            "declare their bounds (0 and 100 for percentages)."
        )
    return Group(
        name=name,
        scale=wanted,
        low=low,
        high=high,
        size=origin.size,
        benchmark=origin.benchmark,
        conditions=origin.conditions,
        asked=origin.asked,
        scorer=origin.scorer,
    )
