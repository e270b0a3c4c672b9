"""One instruction, one answer: kept or not, strictly and loosely."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import cache
from typing import Any

from benchwright.scorers._instructions.english import ENGLISH
from benchwright.scorers._instructions.french import FRENCH
from benchwright.scorers._instructions.japanese import JAPANESE
from benchwright.scorers._instructions.spanish import SPANISH

Verifier = Callable[[str, Mapping[str, Any]], bool]
"""(answer, the instruction's arguments) → whether the answer keeps it."""

LANGUAGES: Mapping[str, Mapping[str, Verifier]] = {
    "en": ENGLISH,
    "es": SPANISH,
    "fr": FRENCH,
    "ja": JAPANESE,
}
"""Language → kind of instruction → verifier."""


@cache
def verifier(kind: str) -> Verifier:
    """Return the verifier of a kind of instruction, ``keywords:existence`` or ``fr:keywords:…``.

    Raises:
        KeyError: nothing verifies this kind.
    """
    language, _, rest = kind.partition(":")
    if language in LANGUAGES:
        return LANGUAGES[language][rest]
    return ENGLISH[kind]


def kept(kind: str, arguments: Mapping[str, Any], answer: str) -> bool:
    """Return whether ``answer`` keeps the instruction, as it stands; an empty one keeps none.

    Args:
        kind: The registry's name, with or without ``en:`` for English.
        arguments: What the instruction names: ``{"num_words": 300, "relation": "at least"}``;
            entries that are None count as absent.
        answer: The whole answer.

    Raises:
        KeyError: nothing verifies this kind, or an argument that it needs is absent.
        MissingExtra: a language or sentences must be told, and ``[instructions]`` is absent.
    """
    given = {name: value for name, value in arguments.items() if value is not None}
    return bool(answer.strip()) and verifier(kind)(answer, given)


def kept_loosely(kind: str, arguments: Mapping[str, Any], answer: str) -> bool:
    """Return whether any of the eight loosened forms of ``answer`` keeps the instruction."""
    return any(kept(kind, arguments, form) for form in dict.fromkeys(loosened(answer)))


def loosened(answer: str) -> list[str]:
    """Return the answer, and it without its first line, its last, both; each also without ``*``."""
    lines = answer.split("\n")
    forms = [
        answer,
        "\n".join(lines[1:]).strip(),
        "\n".join(lines[:-1]).strip(),
        "\n".join(lines[1:-1]).strip(),
    ]
    return [*forms, *(form.replace("*", "") for form in forms)]
