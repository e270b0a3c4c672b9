"""When to stop: the width that was wanted, or a place among other models that is settled."""

from __future__ import annotations

import math
import re
from collections.abc import Sequence

from msgspec import Struct

from benchwright.analysis.adaptive.estimate import Estimate
from benchwright.analysis.student import t_quantile
from benchwright.core.errors import DescriptionError

LEAST = 30
"""Fewest answers on which a width is believed that rests on them."""
MARGIN = 0.01
"""Models nearer than this count as equal in rank, unless the user says otherwise."""

_FORM = re.compile(r"(?:(rank)(?::|$))?(?:([0-9]*\.?[0-9]+)(pt|%)?)?")


class Goal(Struct, frozen=True, kw_only=True):
    """What ends the asking."""

    text: str
    """As the user put it."""
    half: float | None
    """The half-width wanted, in units of the score; None where a place is wanted."""
    margin: float = MARGIN
    """Difference from which models are not equal in rank."""


class Rival(Struct, frozen=True, kw_only=True):
    """Another model on the same benchmark, asked and judged in the same way."""

    name: str
    """Its name."""
    value: float
    """Its score on the whole benchmark."""
    error: float = 0.0
    """Standard error of it; 0 where it answered everything."""


class Verdict(Struct, frozen=True, kw_only=True):
    """Whether the goal is met."""

    met: bool
    """Whether to stop."""
    why: str
    """By which rule, or what is still open."""


def read_goal(text: str) -> Goal:
    """Return the goal of ``2pt`` (points of a hundred), ``0.02`` (the score's own unit), ``rank``.

    ``rank:2pt`` says from which difference on two models are not equal.

    Raises:
        DescriptionError: ``text`` is none of these.
    """
    match = _FORM.fullmatch(text.strip().lower())
    if not match or not any(match.groups()) or (match[1] and text.strip().endswith(":")):
        raise DescriptionError(
            f"--until {text!r} is neither a half-width such as 2pt (points) or 0.02 (the score's "
            "own unit), nor rank, nor rank:2pt (with the difference from which models differ)."
        )
    number = float(match[2]) / (100 if match[3] else 1) if match[2] else MARGIN
    if not 0 < number < math.inf:
        raise DescriptionError(f"--until {text!r}: the width must be greater than 0.")
    if match[1]:
        return Goal(text=text, half=None, margin=number)
    return Goal(text=text, half=number)


def judged(goal: Goal, estimate: Estimate, rivals: Sequence[Rival] = ()) -> Verdict:
    """Return whether ``estimate`` meets ``goal``."""
    if estimate.n >= estimate.size:
        return Verdict(met=True, why="every item was asked")
    if goal.half is None and rivals:
        return _placed(goal, estimate, rivals)
    # Nobody to be placed among: known so well, others can be placed beside it.
    half = 2 * goal.margin if goal.half is None else goal.half
    alone = "no other model to be placed among; " if goal.half is None else ""
    source = "models held out" if estimate.how == "conformal" else "random draw"
    met = estimate.half <= half and (estimate.how == "conformal" or estimate.n >= LEAST)
    sign = "≤" if met else ">"
    return Verdict(met=met, why=f"{alone}± {estimate.half:.4f} {sign} {half:.4f} ({source})")


def _placed(goal: Goal, estimate: Estimate, rivals: Sequence[Rival]) -> Verdict:
    """Every other model must be separated, or equal within the margin, all at once.

    The intervals of the differences hold simultaneously (Bonferroni): with confidence 1 - α none
    of them misses.
    """
    if estimate.how != "design" or estimate.n < LEAST:
        return Verdict(met=False, why=f"fewer than {LEAST} random answers")
    each = 1 - (1 - estimate.confidence) / len(rivals)
    scale = t_quantile(each, estimate.df) / t_quantile(estimate.confidence, estimate.df)
    above, equal, open_ = 0, [], []
    for rival in rivals:
        half = math.hypot(scale * estimate.half, t_quantile(each, math.inf) * rival.error)
        off = rival.value - estimate.value
        if abs(off) > half:
            above += off > 0
        elif abs(off) + half <= goal.margin:
            equal.append(rival.name)
        else:
            open_.append(rival.name)
    if open_:
        return Verdict(met=False, why=f"not yet separated from {_some(open_)}")
    place = f"place {above + 1} of {len(rivals) + 1}"
    tied = f", equal within {goal.margin:g} with {_some(equal)}" if equal else ""
    return Verdict(met=True, why=f"{place} is settled{tied}")


def _some(names: Sequence[str]) -> str:
    shown = ", ".join(names[:3])
    return f"{shown} and {len(names) - 3} more" if len(names) > 3 else shown
