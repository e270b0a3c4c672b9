"""A question's true and false reference answers, kept in its metadata one a line."""

from __future__ import annotations

import math
from collections.abc import Iterable
from typing import NamedTuple

from benchwright.core.content import Text
from benchwright.core.errors import ScoringError
from benchwright.core.response import ContinuationScore, Response
from benchwright.core.sample import Sample


class References(NamedTuple):
    """What is known to be true and to be false; an answer may be listed as both."""

    true: tuple[str, ...]
    """True answers, each once."""
    false: tuple[str, ...]
    """False answers, each once."""

    @property
    def every(self) -> tuple[str, ...]:
        """All answers, each once, the true ones first."""
        return tuple(dict.fromkeys(self.true + self.false))


def kept(true: Iterable[str], false: Iterable[str]) -> dict[str, str]:
    """Return the metadata that ``references`` reads.

    Raises:
        ValueError: an answer is empty or has a line break.
    """
    lists = {"true": tuple(dict.fromkeys(true)), "false": tuple(dict.fromkeys(false))}
    for answers in lists.values():
        for answer in answers:
            if not answer or "\n" in answer:
                raise ValueError(f"{answer!r} cannot be kept as one line")
    return {name: "\n".join(answers) for name, answers in lists.items()}


def references(sample: Sample) -> References:
    """Return the reference answers of ``sample``.

    Raises:
        ValueError: it has no true or no false one.
    """
    true, false = (sample.metadata.get(name, "") for name in ("true", "false"))
    if not true or not false:
        raise ValueError(f"sample {sample.id} has no true and false reference answers")
    return References(tuple(true.split("\n")), tuple(false.split("\n")))


def logprobs(sample: Sample, response: Response) -> dict[str, float] | None:
    """Return the log-probability of every reference answer; None where none came back.

    Raises:
        ScoringError: the response does not hold one number per answer.
    """
    if not response.continuations:
        return None
    answers = references(sample).every
    if len(response.continuations) != len(answers):
        raise ScoringError(
            f"sample {sample.id}: {len(response.continuations)} log-likelihoods for "
            f"{len(answers)} reference answers"
        )
    values = [score.logprob for score in response.continuations]
    if any(map(math.isnan, values)):
        raise ScoringError(f"sample {sample.id}: a log-likelihood is not a number")
    return dict(zip(answers, values, strict=True))


def example(target: str = "Blue.") -> Sample:
    """Return a question with reference answers, for the scorers' contract."""
    return Sample(
        id="kit/references",
        input=(Text("What colour is the sky?"),),
        target=target,
        metadata=kept(("Blue.", "Sky blue."), ("Green.", "It has none.")),
    )


def weighed(*logprobs: float) -> Response:
    """Return a response of these log-probabilities, for the scorers' contract."""
    return Response(
        continuations=tuple(
            ContinuationScore(logprob=value, tokens=1, bytes=1, greedy=False) for value in logprobs
        ),
        finish="scored",
    )
