r"""Reading an answer of a known type from what a text states: a word, a number, a list, brackets.

A reader is given one statement and returns the answer in its canonical form, or None where the
statement holds none.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Collection

from benchwright.scorers._stated import Statement, plain
from benchwright.scorers.gsm8k_number import plain as plain_number

Reader = Callable[[Statement], str | None]

STATED = frozenset({"stated", "heading", "tagged", "boxed"})
"""Rules by which an answer is stated outright; the others are guesses at where it stands."""

_NUMBER = re.compile(
    r"(?<![\w.])([-+\u2212]?)\s?\$?([0-9](?:[0-9,]*[0-9])?(?:\.[0-9]+)?|\.[0-9]+)(?!\w)"
)
_WORD = re.compile(r"[A-Za-z]+")
_NUMBERING = re.compile(r"(?m)^\s*(?:[0-9]{1,3}[.)]|[-*•])\s")
_BRACKETS = set("()[]{}<>")
_SEVERAL = re.compile(
    r"(?<!\w)(?:both |either )?\(?[A-Z]\)?(?:,| or| and|/| &) ?\(?[A-Z]\)?(?![\w'])"
)
CALLED = {
    "zero": "0", "one": "1", "two": "2", "three": "3", "four": "4", "five": "5", "six": "6",
    "seven": "7", "eight": "8", "nine": "9", "ten": "10", "eleven": "11", "twelve": "12",
    "thirteen": "13", "fourteen": "14", "fifteen": "15", "sixteen": "16", "seventeen": "17",
    "eighteen": "18", "nineteen": "19", "twenty": "20",
}  # fmt: skip
"""Number in words → its digits."""


def several(text: str, *, anywhere: bool = False) -> bool:
    """Return whether ``text`` begins with (or holds) several options: "(A) or (B)", "A, C"."""
    return bool(_SEVERAL.search(text) if anywhere else _SEVERAL.match(text))


def word_of(words: Collection[str]) -> Reader:
    """Return a reader of the first of ``words`` (small letters) that a statement holds.

    "Not valid" is read as "invalid" where both are among the words; so is "not true" as "false".
    """
    opposite = {"valid": "invalid", "true": "false", "plausible": "implausible"}

    def read(statement: Statement) -> str | None:
        negated = False
        for match in _WORD.finditer(plain(statement.line)[:400]):
            said = match[0].lower()
            if said in words:
                return opposite[said] if negated and opposite.get(said) in words else said
            if said not in {"deductively", "logically", "a", "an", "the"}:
                negated = said == "not"
        return None

    return read


def number(statement: Statement) -> str | None:
    """Return the number stated: the one after the last ``=``, else the first."""
    line = plain(statement.line.replace("\\,", "").replace("{,}", ","))[:400]
    after = line.rpartition("=")[2]
    match = _NUMBER.search(after) or _NUMBER.search(line)
    if match:
        return plain_number(match[1].replace("\u2212", "-").replace("+", "") + match[2])
    called = re.match(r"[A-Za-z]+", line)
    return CALLED.get(called[0].lower()) if called else None


def words_among(allowed: Collection[str], count: int) -> Reader:
    """Return a reader of a list of ``allowed`` words, in the order said, over several lines.

    The list ends after ``count`` words, or with the first line that holds none after one that did.
    Foreign words inside the list are part of it. Where nothing states the list outright, only one
    that holds every word is read.
    """

    def read(statement: Statement) -> str | None:
        found: list[str] = []
        firm = statement.rule in STATED or (
            statement.rule == "whole" and _mostly(_pieces(statement.line), allowed)
        )
        for line in _NUMBERING.sub(" ", statement.rest).split("\n"):
            here = _span(_pieces(line), allowed)
            if found and not here and line.strip():
                break
            found += here
            if len(found) >= count:
                break
        if not firm and not set(allowed) <= set(found):
            return None
        return " ".join(found) or None

    return read


def brackets(statement: Statement) -> str | None:
    """Return the brackets stated, one space between.

    Words may stand beside them only where the answer is stated outright.
    """
    line = statement.rest if statement.rule == "boxed" else statement.line
    line = line.replace("\\", "").replace("**", "").replace("`", "").replace("$", "")
    line = line.strip().rstrip(".").strip("\"'“” ")
    if re.search(r"\w", line):
        if statement.rule not in STATED:
            return None
        line = _longest_run(line)
    found = [character for character in line if character in _BRACKETS]
    return " ".join(found) or None


def _longest_run(line: str) -> str:
    runs = re.split(r"[^()\[\]{}<>\s]+", line)
    return max(runs, key=lambda run: sum(character in _BRACKETS for character in run))


def _pieces(line: str) -> list[str]:
    stripped = [piece.strip(".,;:*\"'`()[]$_").lower() for piece in re.split(r"[\s,;>→<]+", line)]
    return [piece for piece in stripped if piece]


def _span(pieces: list[str], allowed: Collection[str]) -> list[str]:
    """Return the part of a line that lists: all of it where most words do, else from first to last.

    "And" before the last word belongs to no list.
    """
    places = [place for place, piece in enumerate(pieces) if piece in allowed]
    if not places:
        return []
    kept = pieces if _mostly(pieces, allowed) else pieces[places[0] : places[-1] + 1]
    return [piece for piece in kept if piece != "and" or piece in allowed]


def _mostly(pieces: list[str], allowed: Collection[str]) -> bool:
    return 3 * sum(piece in allowed for piece in pieces) >= 2 * len(pieces)
