"""BIG-bench's preferred score of one example by the released rules.

An answer in text is cut as the task's file says (by default at the first full stop) and compared
exactly; of options the likeliest counts its target score, ties broken by a digest as released.
BLEU of one answer stands for that of all (the figures have the latter).
"""

from __future__ import annotations

import json

from benchwright.core.example import Example
from benchwright.core.measurement import Outcome, Score
from benchwright.core.response import ContinuationScore, Response, said
from benchwright.core.sample import Sample
from benchwright.scorers._big_bench import (
    cut,
    log_probabilities,
    near,
    normalised,
    options_of,
    overlap,
    tie_broken,
    told,
    weights,
)
from benchwright.scorers._kit import question
from benchwright.scorers._rule import Rule

UNMEASURED = {"bleurt": "BLEURT", "log_likelihood": "the targets' log-likelihood"}
"""Preferred scores that need another model, or another question, than is asked here."""


def unmeasured(preferred: str) -> Score:
    """Return what a task gets whose preferred score is not measured here."""
    why = f"measured by {UNMEASURED[preferred]}, which is not to be had here"
    return Score(outcome=Outcome.UNSUPPORTED, explanation=why)


def right(answer: str, sample: Sample) -> float:
    """Return the preferred score of a cut answer by the released rules."""
    targets, preferred = json.loads(sample.metadata["targets"]), sample.tags["preferred"]
    if preferred == "numeric_match_with_0_1_relative_error":
        return float(near(answer, targets[0]))
    if preferred == "case_insensitive_str_match":
        return float(answer.strip().lower() in {one.strip().lower() for one in targets})
    found = overlap(answer, targets, preferred)
    if found is not None:
        return found
    options = options_of(sample)
    if options and answer in options:
        return weights(sample)[options.index(answer)]
    return float(answer in targets)


def _judge(sample: Sample, response: Response) -> Score:
    preferred = sample.tags["preferred"]
    if preferred in UNMEASURED:
        return unmeasured(preferred)
    if response.continuations:
        logs, scores = normalised(log_probabilities(sample, response)), weights(sample)
        best = tie_broken(logs)
        answer = told(sample, logs, scores, best)
        return Score(value=scores[best], answer=answer, explanation="the likeliest option")
    if not response.text.strip():
        return Score(explanation="no text")
    answer = cut(response.text, sample)
    return Score(value=right(answer, sample), answer=answer, explanation=preferred)


SCORER = Rule(
    "big_bench_paper",
    "1",
    _judge,
    others_score="some tasks are measured by BLEU or ROUGE, and some options are partly right",
)


def _asked(target: str, preferred: str, metadata: dict[str, str]) -> Sample:
    return question(
        "?", target, {"preferred": preferred}, {"targets": json.dumps([target]), **metadata}
    )


def _compared(*logs: float) -> Response:
    return Response(
        continuations=tuple(
            ContinuationScore(logprob=log, tokens=1, bytes=1, greedy=False) for log in logs
        ),
        finish="scored",
    )


_CHOICE = _asked("yes", "multiple_choice_grade", {"options": '["no", "yes"]', "scores": "[0, 1]"})
_NUMBER = _asked("1000", "exact_str_match", {})
_WORDS = _asked("the cat sat", "rougeLsum", {})
KIT = (
    Example(sample=_CHOICE, right=_compared(-2.0, -1.0), wrong=(_compared(-1.0, -2.0),)),
    Example(sample=_NUMBER, right=said("1000. Next"), wrong=(said("1,000"), said(" 1000"))),
    Example(sample=_WORDS, right=said("The cat sat"), wrong=(said("the dog ran"),)),
)
