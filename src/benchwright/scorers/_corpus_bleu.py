"""BLEU over many sentences at once, as sacreBLEU computes it with its international tokenizer.

Papineni et al. 2002; exponential smoothing of orders without a match (Chen and Cherry 2014, method
3). Post 2018, arXiv:1804.08771, for the tokenizer: punctuation and symbols stand alone, but for
those between digits.
"""

from __future__ import annotations

import math
import unicodedata
from collections import Counter
from collections.abc import Callable, Iterable, Sequence

from msgspec import Struct

_ORDER = 4


class Counts(Struct):
    """What BLEU is made of, summed over sentences."""

    matched: list[int]
    """N-grams of each order that a reference has too."""
    found: list[int]
    """N-grams of each order."""
    length: int = 0
    """Words of the answers."""
    wanted: int = 0
    """Words of the references that are closest in length."""


def words(text: str) -> list[str]:
    """Return the words of ``text``, punctuation and symbols apart, pair by pair as sacreBLEU."""
    text = _apart(text, lambda one, other: one != "N" and other == "P", "{0} {1} ")
    text = _apart(text, lambda one, other: one == "P" and other != "N", " {0} {1}")
    return "".join(f" {one} " if _kind(one) == "S" else one for one in text).split()


def _apart(text: str, meets: Callable[[str, str], bool], form: str) -> str:
    kinds = [_kind(character) for character in text]
    pieces, place = [], 0
    while place < len(text):
        if place + 1 < len(text) and meets(kinds[place], kinds[place + 1]):
            pieces.append(form.format(text[place], text[place + 1]))
            place += 2
        else:
            pieces.append(text[place])
            place += 1
    return "".join(pieces)


def _kind(character: str) -> str:
    return unicodedata.category(character)[0]


def corpus_bleu(pairs: Iterable[tuple[str, Sequence[str]]]) -> float | None:
    """Return BLEU in [0, 1] of (answer, references) pairs; None without any."""
    total = Counts([0] * _ORDER, [0] * _ORDER)
    some = False
    for answer, references in pairs:
        some = True
        _add(total, words(answer), [words(reference) for reference in references])
    return _score(total) if some else None


def sentence_bleu(answer: str, references: Sequence[str]) -> float:
    """Return BLEU of one answer, orders that it is too short for left out."""
    counts = Counts([0] * _ORDER, [0] * _ORDER)
    _add(counts, words(answer), [words(reference) for reference in references])
    order = sum(found > 0 for found in counts.found)
    return _score(counts, order) if order else 0.0


def _add(total: Counts, own: list[str], references: Sequence[list[str]]) -> None:
    total.length += len(own)
    total.wanted += min((abs(len(one) - len(own)), len(one)) for one in references)[1]
    for size in range(1, _ORDER + 1):
        grams = _grams(own, size)
        most: Counter[tuple[str, ...]] = Counter()
        for reference in references:
            most |= _grams(reference, size)
        total.matched[size - 1] += sum((grams & most).values())
        total.found[size - 1] += sum(grams.values())


def _score(counts: Counts, order: int = _ORDER) -> float:
    logs, smoothing = 0.0, 1.0
    if not counts.matched[0]:
        return 0.0
    for matched, found in zip(counts.matched[:order], counts.found[:order], strict=True):
        if not found:
            return 0.0
        if not matched:
            smoothing *= 2
        logs += math.log(matched / found if matched else 1 / (smoothing * found)) / order
    short = counts.length < counts.wanted
    penalty = math.exp(1 - counts.wanted / counts.length) if short else 1.0
    return penalty * math.exp(logs)


def _grams(own: Sequence[str], size: int) -> Counter[tuple[str, ...]]:
    return Counter(zip(*(own[start:] for start in range(size)), strict=False))
