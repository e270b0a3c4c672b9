"""What a reader may say of a ranking, in sentences that all hold at once."""

from __future__ import annotations

from collections.abc import Sequence

from benchwright.analysis.ranking.result import Ranked

NAMED = 4
"""Models that a sentence names; the rest are counted."""


def claims_of_all(
    parts: Sequence[Sequence[Ranked]], separated: Sequence[int], confidence: float
) -> list[str]:
    """Return what may be claimed of every component; lone models share a sentence.

    Args:
        parts: every component's places, best first.
        separated: pairs of each that the data separate.
        confidence: probability that every claim holds.
    """
    if len(parts) == 1:
        return [claims_of(parts[0], separated[0], confidence)]
    found = [
        f"Component {number}: {claims_of(lines, pairs, confidence)}"
        for number, (lines, pairs) in enumerate(zip(parts, separated, strict=True), 1)
        if len(lines) > 1
    ]
    alone = [lines[0].model for lines in parts if len(lines) == 1]
    if len(alone) == 1:
        found.append(f"{alone[0]} is alone: there is no rank to claim.")
    elif alone:
        found.append(f"{listed(alone)} are each alone: there is no rank to claim.")
    return found


def claims_of(lines: Sequence[Ranked], separated: int, confidence: float) -> str:
    """Return what may be claimed of the models of one component.

    Args:
        lines: their places, best first.
        separated: pairs of them that the data separate.
        confidence: probability that every claim holds.
    """
    known = [line for line in lines if line.tier > 0]
    if len(known) < 2:
        return f"{lines[0].model} is alone: there is no rank to claim." if lines else ""
    pairs = len(known) * (len(known) - 1) // 2
    said = f"May be claimed at {confidence:.0%}, all at once: {_best(known)}"
    if separated == 0:
        return f"{said}; no two models are separated."
    every = "all" if separated == pairs else f"{separated:,} of {pairs:,}"
    return f"{said}; {every} pairs are separated, in {max(line.tier for line in known)} tiers."


def _best(lines: Sequence[Ranked]) -> str:
    top = [line.model for line in lines if line.claim_low == 1]
    if len(top) == 1:
        return f"{top[0]} is the best of {len(lines):,}"
    if len(top) == len(lines):
        return f"any of the {len(lines):,} models may be the best"
    return f"the best of {len(lines):,} is one of {listed(top)}"


def listed(names: Sequence[str]) -> str:
    """Return names as a sentence has them; of many the first few, and how many more."""
    if len(names) > NAMED + 1:
        return f"{', '.join(names[:NAMED])} and {len(names) - NAMED} more"
    return f"{', '.join(names[:-1])} and {names[-1]}"
