"""The option that the model finds likeliest, under a normalisation."""

from __future__ import annotations

import math
from collections.abc import Callable

from benchwright.core.errors import ScoringError
from benchwright.core.measurement import Score
from benchwright.core.response import Response
from benchwright.core.sample import LETTERS, Sample


def likeliest(sample: Sample, response: Response, length: Callable[[str], int], unit: str) -> Score:
    """Score the option with the greatest log-probability divided by ``length`` of its text.

    A tie goes to the first option, as in NumPy's argmax; the explanation gives the margin to the
    runner-up in nats (per ``unit``), 0 for a tie. Lengths are of the option's own text, without
    the space that a prompt puts before it.

    Raises:
        ScoringError: the response does not hold one number per option.
    """
    scores = response.continuations
    if not scores:
        return Score(explanation="no log-likelihoods came back")
    if len(scores) != len(sample.choices):
        raise ScoringError(
            f"sample {sample.id}: {len(scores)} log-likelihoods for {len(sample.choices)} options"
        )
    values = [
        score.logprob / (length(choice) or 1)
        for score, choice in zip(scores, sample.choices, strict=True)
    ]
    if True in map(math.isnan, values):
        raise ScoringError(f"sample {sample.id}: a log-likelihood is not a number")
    most = max(values)
    best = values.index(most)
    answer = LETTERS[best]
    rivals = values[:best] + values[best + 1 :]
    margin = _gap(most, max(rivals)) if rivals else math.inf
    told = "a tie, the first option wins" if margin == 0 else f"margin {margin:.4g} {unit}"
    return Score(value=float(answer == sample.target), answer=answer, explanation=told)


def _gap(best: float, rival: float) -> float:
    return 0.0 if best == rival else best - rival
