from __future__ import annotations

import pytest

from benchwright.core.content import Text, ToolCall
from benchwright.core.measurement import Outcome, Score
from benchwright.core.response import ContinuationScore, Response
from benchwright.evaluation.outcome import decide

WORDS = (Text("the answer"),)
CALL = (ToolCall(id="1", name="f", arguments="{}"),)
LIKELY = (ContinuationScore(logprob=-1.0, tokens=1, bytes=1, greedy=True),)
READ = Score(value=1.0, answer="A")
NOTHING = Score()


@pytest.mark.parametrize(
    ("response", "score", "outcome"),
    [
        (Response(parts=WORDS), READ, Outcome.SCORED),
        (Response(parts=WORDS), Score(value=0.0), Outcome.SCORED),
        (Response(continuations=LIKELY, finish="scored"), READ, Outcome.SCORED),
        (Response(parts=WORDS, finish="content_filter"), READ, Outcome.REFUSED),
        (Response(parts=WORDS, finish="refusal"), NOTHING, Outcome.REFUSED),
        (Response(parts=WORDS), Score(outcome=Outcome.REFUSED), Outcome.REFUSED),
        (Response(parts=WORDS, finish="length"), READ, Outcome.SCORED),
        (
            Response(parts=WORDS, finish="length"),
            Score(value=1.0, fallback=True),
            Outcome.TRUNCATED,
        ),
        (Response(parts=WORDS), Score(value=1.0, fallback=True), Outcome.SCORED),
        (Response(parts=WORDS, finish="length"), NOTHING, Outcome.TRUNCATED),
        (Response(reasoning="hm", finish="length"), NOTHING, Outcome.TRUNCATED),
        (Response(), NOTHING, Outcome.EMPTY),
        (Response(parts=(Text(" \n"),)), NOTHING, Outcome.EMPTY),
        (Response(reasoning="only thinking"), NOTHING, Outcome.EMPTY),
        (Response(parts=CALL, finish="tool_calls"), NOTHING, Outcome.UNPARSED),
        (Response(parts=WORDS), NOTHING, Outcome.UNPARSED),
        (Response(parts=WORDS), Score(outcome=Outcome.UNJUDGED), Outcome.UNJUDGED),
        (Response(), Score(outcome=Outcome.UNJUDGED), Outcome.UNJUDGED),
    ],
)
def test_the_first_outcome_that_applies_holds(
    response: Response, score: Score, outcome: Outcome
) -> None:
    assert decide(response, score) is outcome
