"""TMIQ's two kinds of answers: a command to an instrument, and an order of options.

All scales are ours: no code of the authors' is public (arXiv:2503.02123; the measures are known
from a public review of the paper).
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator

from benchwright.core.measurement import Score
from benchwright.core.response import Response
from benchwright.core.sample import LETTERS, Sample
from benchwright.scorers._stated import statements, without_thinking

_FENCE = re.compile(r"```[\w-]{0,20}\n?(.*?)```", re.DOTALL)
_TICKED = re.compile(r"`([^`\n]{1,200})`")
_COMMAND = re.compile(
    r"[:*]?[A-Za-z]+[0-9]*(?::[A-Za-z]+[0-9]*)*\??(?:[ \t]+[^;\n]*)?"
    r"(?:;[ \t]*[:*]?[A-Za-z]+[0-9]*(?::[A-Za-z]+[0-9]*)*\??(?:[ \t]+[^;\n]*)?)*;?"
)
_MARKED = re.compile(r"[:*?]")
_MNEMONIC = re.compile(r"(\*?)([A-Za-z]+)([0-9]*)(\??)")
_NUMBER = re.compile(
    r"[-+]?(?:[0-9]{1,15}(?:\.[0-9]{0,15})?|\.[0-9]{1,15})(?:[eE][-+]?[0-9]{1,3})?"
)
_RUN = re.compile(
    r"(?<![\w])\(?([A-J])\)?(?:\s{0,3}(?:,|>|≻|→|->|;|-|\n|\s)\s{0,3}\(?([A-J])\)?(?!\w))+"
)
_LINE = re.compile(r"^[ \t]*[0-9]{1,2}[.):][ \t]*[*_(]{0,3}([A-J])(?![\w'])", re.MULTILINE)
_LETTERED = re.compile(r"^[ \t]*[*_(]{0,3}([A-J])[.):]", re.MULTILINE)
_ONE = re.compile(r"(?<![\w'])([A-J])(?![\w'])")
_LONGEST = 8_000


def judge(sample: Sample, response: Response) -> Score:
    """Return the score of a command (exact after normalising) or of an order (best one first)."""
    text = without_thinking(response.text)[:_LONGEST]
    if sample.metadata.get("kind") == "ranked":
        return _ranked(sample, text)
    for said, rule in _commands(text):
        right = normal(said) == normal(sample.target)
        return Score(value=float(right), answer=said, explanation=rule)
    return Score(explanation="no command")


def normal(command: str) -> str:
    """Return commands with short mnemonics in capitals, one space, and numbers by their value.

    The short form of a mnemonic is its first four letters, three if the fourth is a vowel and
    there are more than four (SCPI-99, volume 1, 6.2.1); a leading colon says nothing.
    """
    parts = (part.strip() for part in command.strip().split(";"))
    return ";".join(_one(part) for part in parts if part)


def order(text: str, letters: str) -> str:
    """Return the letters in the order that a text gives; empty where it gives none.

    A numbered list, else the longest run of letters (the last of equal ones), else lines that
    begin with letters, else a single letter.
    """
    if len(listed := _distinct(_LINE.findall(text), letters)) > 1:
        return listed
    runs = [_distinct(_ONE.findall(match[0]), letters) for match in _RUN.finditer(text)]
    if runs and len(longest := max(reversed(runs), key=len)) > 1:
        return longest
    if len(lettered := _distinct(_LETTERED.findall(text), letters)) > 1:
        return lettered
    alone = _distinct(_ONE.findall(text), letters)
    return alone if len(alone) == 1 else ""


def rank_of(answer: str) -> tuple[int, int] | None:
    """Return (rank of the best, options) of an answer written here; rank 0: not ranked."""
    match = re.match(r"best at rank ([0-9]+) of ([0-9]+):", answer)
    return (int(match[1]), int(match[2])) if match else None


def _ranked(sample: Sample, text: str) -> Score:
    options = len(sample.target.split(", "))
    letters = LETTERS[:options]
    stated = [statement.rest.split("\n\n")[0] for statement in statements(text)]
    given = next(filter(None, (order(said, letters) for said in (*stated, text))), "")
    if not given:
        return Score(explanation="no order of options")
    best = sample.target[0]
    rank = given.index(best) + 1 if best in given else 0
    return Score(
        value=float(rank == 1),
        answer=f"best at rank {rank} of {options}: {', '.join(given)}",
        explanation="order given" if len(given) > 1 else "one option given",
    )


def _distinct(found: list[str], letters: str) -> str:
    return "".join(dict.fromkeys(letter for letter in found if letter in letters))


def _commands(text: str) -> Iterator[tuple[str, str]]:
    """Yield what may be the command, the most likely first, and the rule that found it."""
    if text.lstrip().startswith("{"):
        try:
            value = json.loads(text)
        except (ValueError, RecursionError):
            value = None
        if isinstance(value, dict) and isinstance(value.get("command"), str):
            yield value["command"].strip(), "command field"
    for fence in reversed(_FENCE.findall(text)):
        if lines := [line.strip() for line in fence.strip().split("\n") if _is_command(line)]:
            yield "; ".join(lines), "code"
    for statement in statements(text):
        if _is_command(line := statement.line.strip(" `*").rstrip(".")):
            yield line, "stated"
    ticked = [one.strip() for one in _TICKED.findall(text) if _is_command(one)]
    if ticked:
        yield ticked[-1], "in backticks"
    lines = [line.strip() for line in text.strip().split("\n") if line.strip()]
    if len(lines) == 1 and _COMMAND.fullmatch(lines[0]) and lines[0][:3].isupper():
        yield lines[0], "whole"
    known = [line.rstrip(".") for line in lines if _is_command(line)]
    if known:
        yield known[-1], "a line"


def _is_command(line: str) -> bool:
    plain = line.strip().rstrip(".")
    return bool(_COMMAND.fullmatch(plain) and _MARKED.search(plain.partition(" ")[0]))


def _one(command: str) -> str:
    head, _, arguments = " ".join(command.split()).removeprefix(":").partition(" ")
    path = ":".join(_short(part) for part in head.split(":"))
    given = ",".join(_argument(part.strip()) for part in arguments.split(",")) if arguments else ""
    return f"{path} {given}".strip()


def _short(mnemonic: str) -> str:
    match = _MNEMONIC.fullmatch(mnemonic)
    if match is None:
        return mnemonic.upper()
    star, word, number, query = match[1], match[2].upper(), match[3], match[4]
    if not star and len(word) > 4:
        word = word[:3] if word[3] in "AEIOU" else word[:4]
    return f"{star}{word}{number}{query}"


def _argument(text: str) -> str:
    if _NUMBER.fullmatch(text):
        return repr(float(text))
    return text if text[:1] in {'"', "'"} else text.upper()
