"""Reading a decision in no-limit hold'em: what is done, and for how much.

The corrected reading is ours: PokerBench's paper states what is compared (the kind of action, and
the amount of a bet or raise), not how an answer is read. The released rule is that of
richardzhuang0412/PokerBench@682def9, untrained_eval/report_eval_result.py.
"""

from __future__ import annotations

import re

from benchwright.core.measurement import Score
from benchwright.core.response import Response
from benchwright.core.sample import Sample
from benchwright.scorers._stated import without_thinking

ACTIONS = ("fold", "check", "call", "bet", "raise", "all in")
"""Kinds of action; the amount of a bet or raise is in big blinds."""

_WORD = (
    r"(?P<all>all[ -]?in|shove|jam)|(?P<kind>fold|check|call|bet|rais)(?:e|es|ed|ing|s|ting|ding)?"
)
_TO = r"(?:\s{1,3}(?:to|of|by|for|a|it|the|total|up)){0,3}"
_AMOUNT = r"(?:\s{0,3}[:(]?\s{0,3}\$?(?P<amount>[0-9]{1,6}(?:\.[0-9]{1,6})?))?"
_ACTION = re.compile(rf"(?<![\w'’-])(?:{_WORD})(?![\w-]){_TO}{_AMOUNT}")
_STATED = re.compile(
    r"(?<!current )(?<!previous )(?<!last )"
    r"(?:action|decision|answer|move|play|choice)\b[^.\n]{0,40}?(?:\bis\b|:)|"
    r"\bi(?: would|'d|’d| will|'ll|’ll| should|'m| am)\b(?! not)|\brecommend\b|\bbest to\b"
)
_DENIED = re.compile(
    r"(?:\bnot|n't|n’t|\bnever|\bwithout|\binstead of|\brather than)(?:\s+\w+)?\s*$"
)
_OPENING = re.compile(r"[\s*_`\"'(\[{:>-]*(?:i\s+)?")
_NUMBER = re.compile(r"\d+\.\d+|\d+")
_LONGEST = 8_000
_PLAIN = str.maketrans("", "", "*_`$")
_WITHIN = 120


def decision(text: str) -> tuple[str | None, str]:
    """Return (action with its amount, rule that read it), or (None, why not).

    In order: what the answer opens with; what follows the last "my action is", "I would" …; the
    first action named (fallback). An action that is denied ("not call") is none.
    """
    said = text.lower()[:_LONGEST].translate(_PLAIN)
    opening = _OPENING.match(said)
    if opening and (match := _ACTION.match(said, opening.end())):
        return written(match), "opening"
    for stated in reversed(list(_STATED.finditer(said))):
        if match := _first(said[stated.end() : stated.end() + _WITHIN]):
            return written(match), "stated"
    if match := _first(said):
        return written(match), "first named"
    return None, "no action"


def written(match: re.Match[str]) -> str:
    """Return an action as ``raise 11`` or ``call``."""
    if match["all"]:
        return "all in"
    kind = "raise" if match["kind"] == "rais" else match["kind"]
    if kind in {"bet", "raise"} and match["amount"]:
        return f"{kind} {float(match['amount']):g}"
    return kind


def kind_of(action: str) -> str:
    """Return the kind of an action written by ``decision`` or in the data; empty where none is."""
    match = _ACTION.search(action.lower())
    return written(match).split(" ")[0] if match else ""


def judge(sample: Sample, response: Response) -> Score:
    """Return 1 where the kind is the target's and, of a bet or raise, the amount to 2 decimals."""
    action, rule = decision(without_thinking(response.text))
    target, _ = decision(sample.target)
    return Score(
        value=None if action is None else float(_rounded(action) == _rounded(target or "")),
        answer=action,
        explanation=rule,
        fallback=rule == "first named",
    )


def judge_as_released(sample: Sample, response: Response) -> Score:
    """Return 1 where the released rule finds an exact match; the answer is what it took it for."""
    said, target = response.text.lower(), sample.target.lower()
    if not said.strip():
        return Score(explanation="no text")
    plain = ("call", "all in", "allin", "fold", "check")
    if target in said or any(word in target and word in said for word in plain):
        return Score(value=1.0, answer=target, explanation="as released")
    for kind in ("raise", "bet"):
        if kind in said and kind in target:
            amounts = [_NUMBER.search(text) for text in (said, target)]
            own, wanted = (match[0] if match else "" for match in amounts)
            right = bool(own and wanted) and float(own) == float(wanted)
            return Score(
                value=float(right), answer=f"{kind} {own}".strip(), explanation="as released"
            )
    return Score(value=0.0, answer=response.text.strip()[:80], explanation="as released")


def _first(text: str) -> re.Match[str] | None:
    for match in _ACTION.finditer(text):
        if not _DENIED.search(text[max(0, match.start() - 30) : match.start()]):
            return match
    return None


def _rounded(action: str) -> tuple[str, float]:
    kind, _, amount = action.partition(" ")
    return kind, round(float(amount), 2) if amount and kind in {"bet", "raise"} else 0.0
