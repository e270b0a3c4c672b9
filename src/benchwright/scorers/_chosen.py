"""The option that an answer chooses where options are mathematical: by letter, text or value."""

from __future__ import annotations

import re

from msgspec import Struct

from benchwright.core.measurement import Score
from benchwright.core.response import Response
from benchwright.core.sample import LETTERS, Sample
from benchwright.scorers._equivalence import same
from benchwright.scorers._final import boxes, final, spoken
from benchwright.scorers.choice_letter import FALLBACKS, extract

_LETTER = re.compile(
    r"(?:\\(?:text|textbf|mathrm|mathbf) *\{ *)?[(\[]?(?P<letter>[A-Za-z])(?:[)\].:}]|$)(?!\w).*",
    re.DOTALL,
)
_SEVERAL = re.compile(r"[(\[]?[A-Z][)\]]? *(?:,|;|&|and\b|or\b) *[(\[]?[A-Z][)\]]?(?!\w)")


class Chosen(Struct, frozen=True, gc=False):
    """What was read."""

    letter: str | None
    """The option, or None where the answer names none."""
    rule: str
    """Which step read it."""
    fallback: bool = False
    """Whether only a fallback step did."""


def option(answer: str, choices: tuple[str, ...]) -> str | None:
    """Return the letter of the option that ``answer`` names by letter or by text, or None."""
    said = answer.strip().strip("*$` ").strip()
    letters = LETTERS[: len(choices)]
    texts = [letter for letter, choice in zip(letters, choices, strict=True) if said == choice]
    if len(texts) == 1:
        return texts[0]
    match = None if _SEVERAL.match(said) else _LETTER.match(said)
    if match and match["letter"].upper() in letters:
        return match["letter"].upper()
    equal = [letter for letter, choice in zip(letters, choices, strict=True) if same(said, choice)]
    return equal[0] if len(equal) == 1 else None


def chosen(text: str, sample: Sample) -> Chosen:
    """Return the option that ``text`` chooses among the sample's.

    A box goes first, then what a letter's or text's statement says, then an option's value where
    the answer states it, then the fallbacks of ``choice_letter``.
    """
    closed = boxes(spoken(text)[-4_000:])
    if closed and (letter := option(closed[-1][2], sample.choices)):
        return Chosen(letter, "box")
    letter, rule = extract(text, sample)
    if letter and rule not in FALLBACKS:
        return Chosen(letter, rule)
    found = final(text)
    if found and (by_value := option(found.answer, sample.choices)):
        return Chosen(by_value, found.rule, found.fallback)
    return Chosen(letter, rule, letter is not None)


def score(sample: Sample, response: Response) -> Score:
    """Return the score of the option chosen; a stated value that is no option's is wrong."""
    read = chosen(response.text, sample)
    if read.letter is None:
        found = final(response.text)
        if found is None or found.fallback:
            return Score(explanation=read.rule)
        return Score(value=0.0, answer=found.answer, explanation=f"{found.rule}: no option's")
    return Score(
        value=float(read.letter == sample.target),
        answer=read.letter,
        explanation=read.rule,
        fallback=read.fallback,
    )
