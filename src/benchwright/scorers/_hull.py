"""Distance above the convex hull that a predicted formation energy comes to, in eV per atom.

The hull is fixed, so the predicted distance is the true one plus the error of the formation
energy (janosh/matbench-discovery@2c7f9fc, metrics/discovery.py). Released figures rest on energies
rounded to three decimals: 1,267 of 256,963 materials just above the hull count as stable there.
"""

from __future__ import annotations

import math
import re

from benchwright.core.errors import ScoringError
from benchwright.core.measurement import Score
from benchwright.core.response import Response
from benchwright.core.sample import Sample
from benchwright.scorers._stated import statements, without_thinking

THRESHOLD = 0.0
"""A material is stable at or below this distance, in eV per atom."""

_NUMBER = re.compile(
    r"(?<![\w.])[-+−]?(?:[0-9]+(?:\.[0-9]*)?|\.[0-9]+)(?:[eE][-+]?[0-9]{1,3})?(?![\w.]*[0-9])"
)
_MARK = " eV/atom, true "


def judge(sample: Sample, response: Response, *, decimals: int | None) -> Score:
    """Return 1 where the predicted formation energy puts the material on the right side.

    Args:
        sample: Its target is the true formation energy, its metadata ``hull`` the true distance.
        response: The predicted formation energy.
        decimals: To how many decimals energies are rounded first; None leaves them.

    Raises:
        ScoringError: the sample has no true energies.
    """
    try:
        formed, distance = float(sample.target), float(sample.metadata["hull"])
    except (KeyError, ValueError) as cause:
        raise ScoringError(f"sample {sample.id}: no true energies ({cause!r})") from cause
    predicted, rule = number(without_thinking(response.text))
    if predicted is None:
        return Score(explanation=rule)
    if decimals is not None:
        predicted, formed, distance = (round(e, decimals) for e in (predicted, formed, distance))
    said = distance + (predicted - formed)
    return Score(
        value=float((said <= THRESHOLD) == (distance <= THRESHOLD)),
        answer=f"{said!r}{_MARK}{distance!r}",
        explanation=rule,
        fallback=rule == "last number",
    )


def number(text: str) -> tuple[float | None, str]:
    """Return (number, rule): the whole text, the number stated as the answer, or the last one."""
    whole = _finite(text.strip())
    if whole is not None:
        return whole, "whole"
    for statement in statements(text):
        if (found := _NUMBER.search(statement.line)) and (value := _finite(found[0])) is not None:
            return value, "stated"
    for found_last in reversed(_NUMBER.findall(text[-2_000:])):
        if (value := _finite(found_last)) is not None:
            return value, "last number"
    return None, "no number"


def distances(answer: str) -> tuple[float, float] | None:
    """Return (predicted, true) of an answer as this module writes them."""
    predicted, mark, true = answer.partition(_MARK)
    return (float(predicted), float(true)) if mark else None


def _finite(text: str) -> float | None:
    if not _NUMBER.fullmatch(text):
        return None
    value = float(text.replace("−", "-"))
    return value if math.isfinite(value) else None
