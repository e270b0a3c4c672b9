"""Reading BBH's answers: letters, words of a small set, numbers, sorted words, closing brackets."""

from __future__ import annotations

import re
from collections.abc import Callable

from msgspec.structs import replace

from benchwright.core.sample import LETTERS, Sample
from benchwright.scorers._stated import Statement, bold, last_line, plain, statements
from benchwright.scorers._typed import Reader, brackets, number, several, word_of, words_among
from benchwright.scorers.choice_letter import extract as extract_letter

_LETTER = re.compile(r"\(([A-Z])\)")
_OPTION = re.compile(r"^\(([A-Z])\) ?(.*)$", re.MULTILINE)
_SETS = ({"yes", "no"}, {"true", "false"}, {"valid", "invalid"})
_NUMBER = re.compile(r"-?[0-9]+(?:\.[0-9]+)?")
_LISTED = re.compile(r"List:(.*)", re.DOTALL)
_SEQUENCE = re.compile(r"Input:(.*)", re.DOTALL)


def canonical(target: str) -> str:
    """Return a target in the form in which answers are read."""
    letter = _LETTER.fullmatch(target)
    return letter[1] if letter else " ".join(target.split()).lower()


def read_answer(text: str, sample: Sample) -> tuple[str | None, str]:
    """Return (answer, name of the rule that read it), or (None, why not)."""
    if _LETTER.fullmatch(sample.target):
        return _letter(text, sample)
    reader = _reader(sample)
    if reader is None:
        return _text(text)
    for statement in statements(text):
        if (answer := reader(statement)) is not None:
            return _whole_sequence(answer, sample), statement.rule
    whole = Statement(start=0, line=text.strip(), rest=text.strip(), rule="whole")
    if "\n" not in whole.line and len(whole.line) < 400 and (answer := reader(whole)) is not None:
        return _whole_sequence(answer, sample), "whole"
    return _fallback(text, sample, reader)


def _letter(text: str, sample: Sample) -> tuple[str | None, str]:
    options = dict(_OPTION.findall(sample.text))
    letters = LETTERS[: max((LETTERS.index(letter) + 1 for letter in options), default=5)]
    choices = tuple(options.get(letter, "").strip() for letter in letters)
    said = next(iter(statements(text)), None)
    if said and several(plain(said.line)):
        return None, "several options are stated"
    letter, rule = extract_letter(text, replace(sample, choices=choices))
    if rule == "alone" and several(text, anywhere=True):
        return None, "several options are named"
    return letter, rule


def _reader(sample: Sample) -> Reader | None:
    target = sample.target
    for words in _SETS:
        if target.lower() in words:
            return word_of(words)
    if _NUMBER.fullmatch(target):
        return number
    if set(target.replace(" ", "")) <= set("()[]{}<>"):
        return brackets
    listed = _LISTED.search(sample.text)
    if listed and sorted(listed[1].split()) == sorted(target.split()):
        return words_among(frozenset(listed[1].lower().split()), len(target.split()))
    return None


def _whole_sequence(answer: str, sample: Sample) -> str:
    """Return only the closing part where the answer repeats the sequence that it completes."""
    match = _SEQUENCE.search(sample.text)
    opening = " ".join(match[1].split()) if match else ""
    if opening and answer.startswith(f"{opening} "):
        return answer.removeprefix(opening).strip()
    return answer


def _fallback(text: str, sample: Sample, reader: Reader) -> tuple[str | None, str]:
    tries: list[tuple[str, Callable[[], list[str]]]] = [
        ("bold", lambda: bold(text)),
        ("last line", lambda: [last_line(text)]),
        ("first line", lambda: [text.strip().partition("\n")[0]]),
        ("last lines", lambda: text.strip().split("\n\n")[-4:][::-1]),
    ]
    for rule, pieces in tries:
        for piece in pieces():
            said = Statement(start=0, line=piece, rest=piece, rule=rule)
            if (answer := reader(said)) is not None:
                return _whole_sequence(answer, sample), rule
    return None, "nothing of the kind asked is stated"


def _text(text: str) -> tuple[str | None, str]:
    for statement in statements(text):
        if said := plain(statement.line):
            return " ".join(said.split()).lower(), statement.rule
    said = plain(text)
    if said and "\n" not in said:
        return " ".join(said.split()).lower(), "whole"
    return None, "no answer is stated"
