"""The option that the model finds likeliest, under a normalisation."""

from __future__ import annotations

import math
from collections.abc import Callable

from benchwright.core.errors import ScoringError
from benchwright.core.measurement import Outcome, Score
from benchwright.core.response import Response
from benchwright.core.sample import LETTERS, Sample

SUM = "nats"
"""The unit of a sum that is divided by nothing."""


def likeliest(sample: Sample, response: Response, length: Callable[[str], int], unit: str) -> Score:
    """Score the option with the greatest log-probability divided by ``length`` of its text.

    A tie goes to the first option, as in NumPy's argmax; the explanation gives the margin to the
    runner-up in nats (per ``unit``), 0 for a tie. Lengths are of the option's own text, without
    the space that a prompt puts before it. Where what was scored is not the options' own text
    (their letters, or an ending that all share), there is no length to divide by: unsupported.

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
    if unit != SUM and not _are_the_options(sample, response):
        told = "what was scored is not the options' own text: nothing to divide by"
        return Score(outcome=Outcome.UNSUPPORTED, explanation=told)
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


def _are_the_options(sample: Sample, response: Response) -> bool:
    """Return whether each text scored is as long as its option, or by the space before it longer.

    A server that does not say how long the texts were is believed.
    """
    return all(
        not score.bytes or score.bytes - len(choice.encode()) in (0, 1)
        for score, choice in zip(response.continuations, sample.choices, strict=True)
    )


def _gap(best: float, rival: float) -> float:
    return 0.0 if best == rival else best - rival
