"""A language model small enough to read: words for tokens, and a distribution drawn by hash.

It exists so that a stand-in's log-probabilities are consistent with one another: what it generates
greedily is what it scores highest, and an echoed prompt gets the very numbers that generating it
would have had.
"""

from __future__ import annotations

import hashlib
import math
import re

from benchwright.core.sample import LETTERS

WORDS = (*(f" {letter}" for letter in LETTERS[:10]), " Paris", " the", " of", " and", ".", ",")
"""The words that it can generate."""

ELSEWHERE = 0.05
"""Probability mass of all that it cannot generate."""

_TOKEN = re.compile(r"\s?[^\s.,]+|[.,]|\s")


def tokens(text: str) -> list[str]:
    """Return ``text`` in tokens: words with one white space before them, and full stops."""
    return _TOKEN.findall(text)


def distribution(context: str) -> list[tuple[str, float]]:
    """Return the words that may follow ``context`` with log-probabilities, the likeliest first."""
    weights = {word: math.exp(6 * share(context, word)) for word in WORDS}
    total = sum(weights.values()) / (1 - ELSEWHERE)
    ranked = sorted(weights.items(), key=lambda item: (-item[1], item[0]))
    return [(word, math.log(weight / total)) for word, weight in ranked]


def logprob(context: str, token: str) -> float:
    """Return the log-probability of ``token`` after ``context``."""
    known = dict(distribution(context)).get(token)
    return math.log(ELSEWHERE) - 4 - 6 * share(context, token) if known is None else known


def greedy(context: str, number: int) -> list[str]:
    """Return the ``number`` likeliest tokens after ``context``, one after the other."""
    said: list[str] = []
    for _ in range(number):
        said.append(distribution(context + "".join(said))[0][0])
    return said


def share(*purpose: str) -> float:
    """Return a number in [0, 1) that ``purpose`` decides."""
    hashed = hashlib.blake2b("\0".join(purpose).encode(), digest_size=8).digest()
    return int.from_bytes(hashed, "little") / 2**64


def answer(prompt: str, kind: str) -> str:
    """Return the answer to ``prompt``: a letter, a number, an echo, or ``kind`` as it is."""
    if kind == "letter":
        return f"The answer is ({LETTERS[int(share(prompt, kind) * 4)]})."
    if kind == "number":
        return f"The answer is {int(share(prompt, kind) * 1000)}."
    return prompt if kind == "echo" else kind
