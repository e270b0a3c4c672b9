"""The score of an answer's calls, by whichever way they were made."""

from __future__ import annotations

from benchwright.core.measurement import Score
from benchwright.core.response import Response
from benchwright.core.sample import Sample
from benchwright.scorers._calls.checking import Rules, wrong
from benchwright.scorers._calls.python_calls import Call, Unreadable
from benchwright.scorers._calls.reading import Key, called, key_of, shown, written
from benchwright.scorers._stated import without_thinking

FORM_ONLY = "where no function fits, every answer that calls none is right, by the authors' rule"


def judge_written(sample: Sample, response: Response, *, paper: bool) -> Score:
    """Score the calls that the answer's text writes."""
    key = key_of(sample)
    if key is None:
        return Score(explanation="the sample names no functions")
    text = response.text if paper else without_thinking(response.text)
    if not text.strip():
        silent = paper and key.wanted == "none"
        return Score(value=1.0 if silent else None, explanation="no text")
    try:
        calls, rule = written(text, key.language, paper=paper)
    except Unreadable as cause:
        return _unread(key, str(cause))
    return _scored(key, calls, Rules(language=key.language, paper=paper), rule)


def judge_called(sample: Sample, response: Response) -> Score:
    """Score the calls of offered tools that the answer makes."""
    key = key_of(sample)
    if key is None:
        return Score(explanation="the sample names no functions")
    if not response.tool_calls:
        if not response.text.strip():
            return Score(explanation="neither text nor call")
        return _unread(key, "a text, no call")
    try:
        calls = called(response.tool_calls)
    except Unreadable as cause:
        value = float(key.wanted == "some")
        return Score(value=value, answer="an unreadable call", explanation=str(cause))
    return _scored(key, calls, Rules(language=key.language, native=True), "tool calls")


def _unread(key: Key, why: str) -> Score:
    if key.wanted == "none":
        return Score(value=1.0, answer="no call", explanation=why)
    return Score(explanation=why)


def _scored(key: Key, calls: list[Call], rules: Rules, rule: str) -> Score:
    if key.wanted == "calls":
        why = wrong(calls, key.answers, key.functions, rules)
    elif key.wanted == "some":
        why = "" if calls else "no call"
    else:
        why = "a call where no function fits" if calls else ""
    return Score(
        value=float(not why),
        answer=shown(calls),
        explanation=f"{rule}: {why}" if why else rule,
        fallback=rule in {"fenced", "line"},
    )
