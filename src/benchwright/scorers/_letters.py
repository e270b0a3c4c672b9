"""Reading an option's letter from a text, in time linear in its length."""

from __future__ import annotations

import re

from benchwright.core.sample import LETTERS, Sample

_WRAPPED = re.compile(r"[\s*_`\"'(\[{$]*([A-Z])[\s*_`\"')\]}$.:,;!]*")
_OPENING = re.compile(r"[\s*_`\"'(\[{]*([A-Z])(?:[*_`\"']*[)\].:,;](?!\w)|[*_`\"']*[ \t]*(?:\n|$))")
_STATED = re.compile(
    r"(?i:\banswer|\bchoice|\boption)(?i:\s{1,9}is)?\s{0,9}[:=]?\s{0,9}(?i:(?:option|choice)\s)?"
    r"[*_`\"'(\[{$]{0,9}(?:\\(?:boxed|text)\{){0,2}([A-Z])(?![\w'’])"
)
_BOXED = re.compile(r"\\boxed\{ ?(?:\\text\{)?\(?([A-Z])\)?\}? ?\}")
_ALONE = re.compile(r"(?<![\w'’])([A-Z])(?![\w'’])")
_ARTICLE = re.compile(r"A\s+[a-z]")


def letters_of(sample: Sample) -> str:
    """Return the letters of the sample's options."""
    return LETTERS[: len(sample.choices)]


def whole(text: str, letters: str) -> str | None:
    """Return the letter where the text is nothing but it and punctuation round it."""
    return _allowed(_WRAPPED.fullmatch(text), letters)


def opening(text: str, letters: str) -> str | None:
    """Return the letter that the text begins with, closed by punctuation or the line's end."""
    return _allowed(_OPENING.match(text), letters)


def stated(text: str, letters: str) -> list[str]:
    """Return the letters stated as the answer ("answer is X", "Answer: X", boxed), in order."""
    found = [
        (match.start(1), match[1])
        for pattern in (_STATED, _BOXED)
        for match in pattern.finditer(text)
        if match[1] in letters and not _ARTICLE.match(text, match.start(1))
    ]
    return [letter for _, letter in sorted(set(found))]


def alone(text: str, letters: str) -> list[str]:
    """Return the distinct letters that stand alone; an "A" before a lower-case word is none."""
    return sorted(
        {
            match[1]
            for match in _ALONE.finditer(text)
            if match[1] in letters and not _ARTICLE.match(text, match.start(1))
        }
    )


def by_text(text: str, sample: Sample) -> list[str]:
    """Return the letters of options whose whole text occurs in ``text``, between word bounds.

    An option that lies within another option found there is not counted.
    """
    said = " ".join(text.split()).casefold()
    options = [" ".join(choice.split()).casefold() for choice in sample.choices]
    present = [
        index
        for index, option in enumerate(options)
        if option and re.search(rf"(?<!\w){re.escape(option)}(?!\w)", said)
    ]
    longest = [
        index
        for index in present
        if not any(options[index] in options[o] and options[index] != options[o] for o in present)
    ]
    return [LETTERS[index] for index in longest]


def _allowed(match: re.Match[str] | None, letters: str) -> str | None:
    return match[1] if match and match[1] in letters else None
