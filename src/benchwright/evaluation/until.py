"""What ``--until`` may be combined with."""

from __future__ import annotations

from benchwright.analysis.adaptive.goal import read_goal
from benchwright.core.errors import DescriptionError
from benchwright.evaluation.settings import RunSettings


def refusals(settings: RunSettings) -> list[str]:
    """Return what cannot be wanted together with ``--until``, a sentence each."""
    if not settings.until:
        return []
    problems: list[str] = []
    try:
        read_goal(settings.until)
    except DescriptionError as error:
        problems += error.problems
    if settings.take:
        problems.append("--until chooses the samples by itself: leave --take out.")
    if settings.subset:
        problems.append("--until asks for the whole benchmark's score: leave --subset out.")
    if settings.perturb:
        problems.append("--until asks samples as they are: leave --perturb out.")
    return problems
