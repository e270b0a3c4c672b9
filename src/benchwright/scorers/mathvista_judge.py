"""MathVista's protocol: a judge takes the answer out of the response, the released rule scores it.

The authors' judge is GPT-4 with five examples; the wording here is ours. What the judge gives is
scored by ``mathvista_paper``, so of options the one nearest in spelling counts, however far; a
judge that finds no answer says so, and then there is no verdict, not a guess.
"""

from __future__ import annotations

from msgspec import Struct

from benchwright.core.content import Text
from benchwright.core.example import Example
from benchwright.core.flow import Flow, ask
from benchwright.core.measurement import Outcome, Score
from benchwright.core.request import Generation
from benchwright.core.response import RequestFailed, Response, said
from benchwright.core.sample import Sample
from benchwright.scorers._judging import fenced, judge_request
from benchwright.scorers.mathvista_paper import SCORER as PAPER

_ASKED = (
    "Below are a question and a response to it. Write down the final answer that the response "
    "gives, and nothing else: for a question with options the letter, for a number the number "
    "without its unit, for a list the list as [1, 2]. Do not solve the question yourself. If the "
    "response gives no answer, write NONE.\n\nQuestion:\n{question}\n\nResponse:\n{response}\n\n"
    "Final answer:"
)
_GENERATION = Generation(max_tokens=64)
_LONGEST = 8_000


class ByJudge(Struct, frozen=True):
    """Asks a judge for the answer; a ``Scorer``."""

    name: str = "mathvista_judge"
    version: str = "1"
    judges: bool = True
    replies: tuple[str, str] = ("1000", "NONE")
    """What a judge writes of a right and of a wrong response, for the contract's samples."""

    def __call__(self, sample: Sample, response: Response) -> Flow[Score]:
        """Score what the judge takes out of ``response``."""
        if not response.text.strip():
            return Score(explanation="nothing to take an answer from")
        text = _ASKED.format(question=sample.text, response=fenced(response.text[-_LONGEST:]))
        try:
            reply = yield from ask(judge_request(sample, text, _GENERATION))
        except RequestFailed as failed:
            return Score(outcome=Outcome.UNJUDGED, explanation=f"the judge failed: {failed}")
        found = reply.text.strip().strip("*`'\" \n").removesuffix(".")
        if not found:
            return Score(outcome=Outcome.UNJUDGED, explanation="the judge wrote nothing")
        if found.upper() == "NONE":
            return Score(explanation="the judge finds no answer")
        return PAPER.judge(sample, said(found))


KIT = (
    Example(
        sample=Sample(
            id="kit/integer",
            input=(Text("What is the volume?"),),
            target="1000",
            tags={"answer_type": "integer"},
        ),
        right=said("It holds 1000 g."),
        wrong=(said("It holds 250 g."),),
    ),
)
SCORER = ByJudge()
