"""GSM8K's number: what follows the first ``####``, else the last number of the answer.

``####`` is the mark of the authors' solutions; the last number is the usual rule where a model
does not follow it, and a fallback: from an answer that was cut off it reads nothing. The two
rules are compared on every answer. Numbers are equal as decimals: ``1,000``, ``$1000`` and
``1000.0`` are the same.
"""

from __future__ import annotations

import re
from decimal import Decimal, InvalidOperation

from benchwright.core.measurement import Score
from benchwright.core.response import Response
from benchwright.core.sample import Sample
from benchwright.scorers._rule import Rule

_DIGITS = r"[0-9](?:[0-9,]*[0-9])?(?:\.[0-9]+)?"
_MARKED = re.compile(rf"####\s*\**\s*(-?)\s*\$?\s*({_DIGITS}|\.[0-9]+)")
_NUMBER = re.compile(rf"((?<![\w.)])-)?\$?(?<![\w.])({_DIGITS}|\.[0-9]+)")
_LONGEST = 200


def marked(text: str) -> str | None:
    """Return the number after the first ``####``."""
    match = _MARKED.search(text)
    return plain(match[1] + match[2]) if match else None


def last(text: str) -> str | None:
    """Return the last number of the text."""
    found = _NUMBER.findall(text)
    return plain("".join(found[-1])) if found else None


def plain(number: str) -> str | None:
    """Return a number's canonical decimal text: no separators, no trailing zeros."""
    digits = number.replace(",", "")
    if len(digits) > _LONGEST:
        return None
    try:
        value = Decimal(digits)
    except InvalidOperation:
        return None
    text = format(value, "f")
    text = text.rstrip("0").rstrip(".") if "." in text else text
    return "0" if text in {"-0", ""} else text


def _judge(sample: Sample, response: Response) -> Score:
    firm, loose = marked(response.text), last(response.text)
    answer = firm or loose
    target = plain(sample.target.replace("$", "").strip())
    return Score(
        value=None if answer is None else float(answer == target),
        answer=answer,
        explanation="after ####" if firm else "last number" if loose else "no number",
        strict_answer=firm,
        extractors_agree=firm == loose,
        fallback=firm is None,
    )


SCORER = Rule("gsm8k_number", "1", _judge)
