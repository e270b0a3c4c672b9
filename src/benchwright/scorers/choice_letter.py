r"""The letter of the option chosen, read by a chain of rules; the rule used is the explanation.

What stands in ``<think>`` is not read. In order, the first that reads an option holds:

1. ``whole``: the answer is the letter, but for its dress (brackets, bold, "option");
2. ``stated``: the last letter stated as the answer: "answer is X", "Answer: X", ``\boxed{X}``,
   "X is correct", "I choose X", ``<answer>X``, the word for answer in other languages. What is
   denied ("is not X"), supposed ("if the answer is X") or one of several ("A or B") is none;
3. ``stated text``: what is stated as the answer, later than any letter, is one option's text;
4. ``opening``: the answer begins with the letter, closed by punctuation or the line's end, and
   does not go on to repeat the list of options;
5. ``option text``: the answer is one option's text, an article before it aside;
6. ``mentioned`` (fallback): exactly one letter is called an option and not a wrong one;
7. ``named`` (fallback): exactly one option's text occurs in the answer;
8. ``alone`` (fallback): exactly one letter stands alone at the end, or in brackets; the words "A"
   and "I" are no letters.

The strict extractor beside it knows rules 1, 2 and 4 only, and reads nothing from an answer that
states two different letters.
"""

from __future__ import annotations

from benchwright.core.measurement import Score
from benchwright.core.response import Response
from benchwright.core.sample import Sample
from benchwright.scorers._choice import (
    alone,
    letters_of,
    mentioned,
    named,
    opening,
    places,
    readable,
    same_text,
    stated_text,
    whole,
)
from benchwright.scorers._rule import Rule

FALLBACKS = frozenset({"mentioned", "named", "alone"})
"""Rules that read what may be said in passing: void where the answer was cut off."""


def extract(text: str, sample: Sample) -> tuple[str | None, str]:
    """Return (letter, name of the rule that read it), or (None, why not)."""
    letter, rule, _ = _read(text, sample)
    return letter, rule


def strict(text: str, sample: Sample) -> str | None:
    """Return the letter that the answer states outright and never contradicts."""
    return _read(text, sample)[2]


def _read(text: str, sample: Sample) -> tuple[str | None, str, str | None]:
    """Return the letter, the rule that read it, and what the strict extractor reads."""
    letters, text = letters_of(sample), readable(text)
    if letter := whole(text, letters):
        return letter, "whole", letter
    said, first = places(text, letters), opening(text, sample)
    firm = {place.letter for place in said} | ({first} if first else set())
    outright = firm.pop() if len(firm) == 1 else None
    if told := stated_text(text, sample, said[-1].at if said else -1):
        return told.letter, "stated text", outright
    if said:
        return said[-1].letter, "stated", outright
    if first:
        return first, "opening", outright
    return *_in_passing(text, sample), outright


def _in_passing(text: str, sample: Sample) -> tuple[str | None, str]:
    letters = letters_of(sample)
    for rule, found in (
        ("option text", same_text(text, sample)),
        ("mentioned", mentioned(text, letters)),
        ("named", named(text, sample)),
        ("alone", alone(text, letters)),
    ):
        if len(found) == 1:
            return found[0], rule
    return None, "no rule reads one option"


def _judge(sample: Sample, response: Response) -> Score:
    text = response.text
    if not text.strip():
        return Score(explanation="no text")
    letter, rule, firm = _read(text, sample)
    return Score(
        value=None if letter is None else float(letter == sample.target),
        answer=letter,
        explanation=rule,
        strict_answer=firm,
        extractors_agree=letter == firm,
        fallback=rule in FALLBACKS,
    )


SCORER = Rule("choice_letter", "3", _judge)
