"""What scorers share that put a question of their own about a response to a judge."""

from __future__ import annotations

import re

from benchwright.core.content import user
from benchwright.core.request import Generation, Origin, Request
from benchwright.core.sample import Sample

_QUOTES = re.compile(r"'+")
_DRESS = r"[\s*_`\"'(\[]*"
_YES_NO = re.compile(rf"(?:{_DRESS}[a-z ]{{1,24}}[?:])?{_DRESS}(yes|no)\b", re.IGNORECASE)


def judge_request(sample: Sample, text: str, generation: Generation, step: int = 0) -> Request:
    """Return the request that asks the judge ``text`` about a response to ``sample``."""
    return Request(
        messages=(user(text),),
        generation=generation,
        role="judge",
        origin=Origin(sample=sample.root, variant=sample.variant, step=step),
    )


def fenced(text: str) -> str:
    """Return ``text`` as it stands in a judge's question, its end marked.

    The mark is not in the text, so that a response cannot close it and speak to the judge itself.
    """
    longest = max(map(len, _QUOTES.findall(text)), default=0)
    fence = "'" * max(3, longest + 1)
    return f"{fence}\n{text}\n{fence}"


def read_yes_no(text: str) -> bool | None:
    """Return whether a judge's reply begins with yes or with no; None where with neither.

    A few words and a colon may stand before it ("Truthful: Yes").
    """
    match = _YES_NO.match(text)
    return match[1].lower() == "yes" if match else None
