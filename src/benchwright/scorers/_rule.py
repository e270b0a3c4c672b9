"""A scorer that is a name, a version and a pure function."""

from __future__ import annotations

from collections.abc import Callable

from msgspec import Struct

from benchwright.core.measurement import Score
from benchwright.core.response import Response
from benchwright.core.sample import Sample


class Rule(Struct, frozen=True):
    """A pure scorer; a ``Scorer``."""

    name: str
    """The catalogue's name."""
    version: str
    """Raised whenever any verdict could change."""
    judge: Callable[[Sample, Response], Score]
    """(sample, response) → score."""
    require: Callable[[], None] | None = None
    """Raises ``MissingExtra`` where a library is absent that some verdict needs; called before
    anything is asked, so that what is installed never decides a verdict."""
    form_only: str = ""
    """Why an answer without sense may score 1: form is verified, not sense; empty where not."""
    others_score: str = ""
    """Why another sample's right answer earns points beyond chance, as where likeness is scored."""

    def __call__(self, sample: Sample, response: Response) -> Score:
        """Judge ``response`` to ``sample``."""
        return self.judge(sample, response)


def verdict(
    answer: str | None, target: str, explanation: str, *, strict: str | None = None
) -> Score:
    """Return the score of a letter (or other short answer) that must equal the target."""
    if answer is None:
        return Score(explanation=explanation, strict_answer=strict)
    return Score(
        value=float(answer == target), answer=answer, explanation=explanation, strict_answer=strict
    )
