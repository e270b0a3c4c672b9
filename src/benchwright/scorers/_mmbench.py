"""MMBench's rules for reading an option (open-compass/VLMEvalKit), without its language model."""

from __future__ import annotations

import re
from itertools import pairwise

from benchwright.core.sample import LETTERS, Sample

NO_OPTION = "Z"
"""What the rules read from a refusal: no option."""

_FAILED = "Failed to obtain answer via API"
_REFUSALS = (
    "can't help with images of people",
    "can't process this file",
    "without the image provided",
    "cannot determine the answer",
)
_SPACED = str.maketrans(dict.fromkeys(".()[],:;!*#{}", " "))
_PHRASE = re.compile(r"(?i:\b(?:correct )?answer is) *\**([A-Da-d])\**(?!\w)")
_LAST = 4


def extract(text: str, sample: Sample, *, article_guard: bool) -> tuple[str | None, str]:
    """Return (letter or ``Z``, name of the rule), or (None, why not).

    ``article_guard`` refuses an "A" followed by a lower-case word: it is an article. The released
    code guards only when asked to be verbose.
    """
    if _FAILED in text:
        return None, "the interface failed"
    said = text.lower().replace("’", "'")
    if any(refusal in said for refusal in _REFUSALS):
        return NO_OPTION, "refusal"
    letters = LETTERS[: len(sample.choices)]
    if letter := _by_letter(text, letters, article_guard=article_guard):
        return letter, "option letter"
    if (match := _PHRASE.search(text)) and match[1].upper() in letters:
        return match[1].upper(), "answer is"
    options = [choice.lower() for choice in sample.choices]
    if len(text) > 2 * sum(map(len, options)):
        return None, "too long to be an option's text"
    named = [letter for letter, option in zip(letters, options, strict=True) if option in said]
    return (named[0], "option text") if len(named) == 1 else (None, "no rule reads one option")


def _by_letter(text: str, letters: str, *, article_guard: bool) -> str | None:
    tokens = [*text.translate(_SPACED).split(), ""]
    counted = [
        "" if article_guard and word == "A" and following[:1].islower() else word
        for word, following in pairwise(tokens)
    ]
    present = [letter for letter in letters if letter in counted]
    if len(present) == 1 and counted.index(present[0]) > len(counted) - _LAST - 1:
        return present[0]
    return NO_OPTION if not present and NO_OPTION in counted else None
