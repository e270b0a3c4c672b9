"""A judge compares the response with an opponent's, in both orders.

The opponent's response stands in the sample's metadata under ``opponent``. A win is 1, a tie 0.5,
a defeat 0; the score is the mean of the two orders, so a judge that always prefers the first
place gives 0.5. A verdict that cannot be had or read leaves the sample ``unjudged``.
"""

from __future__ import annotations

from msgspec import Struct

from benchwright.core.content import user
from benchwright.core.errors import ScoringError
from benchwright.core.flow import Flow, ask_all
from benchwright.core.measurement import Outcome, Score
from benchwright.core.request import Generation, Origin, Request
from benchwright.core.response import RequestFailed, Response
from benchwright.core.sample import Sample
from benchwright.scorers._verdicts import judge_prompt, stated_verdict

_WORTH = {"1": (1.0, 0.0), "2": (0.0, 1.0), "tie": (0.5, 0.5)}
"""Verdict → worth to the first and to the second response."""


class PairwiseJudge(Struct, frozen=True):
    """A judging scorer; a ``Scorer`` that is a flow."""

    name: str = "pairwise_judge"
    """The catalogue's name."""
    version: str = "2"
    """Raised whenever any verdict could change."""
    judges: bool = True
    """That a judge is asked: its identity is part of the scorer's."""
    generation: Generation = Generation(max_tokens=256)
    """How the judge is asked."""

    def __call__(self, sample: Sample, response: Response) -> Flow[Score]:
        """Judge ``response`` against the opponent's.

        Raises:
            ScoringError: the sample has no opponent's response.
        """
        opponent = sample.metadata.get("opponent")
        if opponent is None:
            raise ScoringError(f"sample {sample.id}: no opponent's response in its metadata")
        own = response.text
        if not own.strip():
            return Score(explanation="nothing to judge")
        try:
            replies = yield from ask_all(
                [
                    self._request(sample, own, opponent, 0),
                    self._request(sample, opponent, own, 1),
                ]
            )
        except RequestFailed as failed:
            return Score(outcome=Outcome.UNJUDGED, explanation=f"the judge failed: {failed}")
        verdicts = [stated_verdict(reply.text) for reply in replies]
        told = "verdicts, response first and second: " + ", ".join(v or "?" for v in verdicts)
        first, second = verdicts
        if first is None or second is None:
            return Score(outcome=Outcome.UNJUDGED, explanation=told)
        value = (_WORTH[first][0] + _WORTH[second][1]) / 2
        return Score(value=value, answer=f"{first} {second}", explanation=told)

    def _request(self, sample: Sample, first: str, second: str, order: int) -> Request:
        text = judge_prompt(sample.text, sample.metadata.get("input", ""), first, second)
        return Request(
            messages=(user(text),),
            generation=self.generation,
            role="judge",
            origin=Origin(sample=sample.root, variant=sample.variant, step=order),
        )


SCORER = PairwiseJudge()
