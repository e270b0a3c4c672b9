"""ROUGE of one text against one reference, as the package ``rouge-score`` computes it.

Lin 2004. Words are runs of a–z and 0–9 in small letters, not stemmed; sentences are lines, and a
full stop between spaces ends one (as T5's metric has it).
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence

from benchwright.scorers._overlap import rouge_n

_LONGEST = 2_000
"""Words of a text that are compared: the table below is the product of two lengths."""


def rouge(answer: str, reference: str, *, latin: bool = True) -> dict[str, float]:
    """Return ``rouge1``, ``rouge2`` and ``rougeLsum`` as F1 in [0, 1].

    ``latin=False`` counts the letters and digits of every script; the package knows a to z only.
    """
    pattern = re.compile(r"[a-z0-9]+" if latin else r"[^\W_]+")
    ours, theirs = _sentences(answer, pattern), _sentences(reference, pattern)
    own = [word for sentence in ours for word in sentence][:_LONGEST]
    other = [word for sentence in theirs for word in sentence][:_LONGEST]
    return {
        "rouge1": rouge_n(own, other, 1),
        "rouge2": rouge_n(own, other, 2),
        "rougeLsum": _summary(theirs, ours),
    }


def _sentences(text: str, pattern: re.Pattern[str]) -> list[list[str]]:
    lines = text.replace(" . ", " .\n").split("\n")
    found = [pattern.findall(line.lower()) for line in lines]
    return [sentence for sentence in found if sentence]


def _summary(reference: Sequence[Sequence[str]], answer: Sequence[Sequence[str]]) -> float:
    """Return the F1 of the union of longest common subsequences, sentence by sentence."""
    wanted, given = sum(map(len, reference)), sum(map(len, answer))
    if not wanted or not given or max(wanted, given) > _LONGEST:
        return 0.0
    left = Counter(word for sentence in reference for word in sentence)
    here = Counter(word for sentence in answer for word in sentence)
    hits = 0
    for sentence in reference:
        union: set[int] = set()
        for other in answer:
            union |= _common(sentence, other)
        for place in sorted(union):
            word = sentence[place]
            if left[word] > 0 and here[word] > 0:
                hits += 1
                left[word] -= 1
                here[word] -= 1
    return 2 * hits / (wanted + given)


def _common(reference: Sequence[str], other: Sequence[str]) -> set[int]:
    """Return places of ``reference`` that are in one longest common subsequence."""
    table = [[0] * (len(other) + 1)]
    for word in reference:
        above, row = table[-1], [0]
        for index, theirs in enumerate(other):
            row.append(above[index] + 1 if word == theirs else max(above[index + 1], row[-1]))
        table.append(row)
    found: set[int] = set()
    i, j = len(reference), len(other)
    while i and j:
        if reference[i - 1] == other[j - 1]:
            found.add(i - 1)
            i, j = i - 1, j - 1
        elif table[i][j - 1] > table[i - 1][j]:
            j -= 1
        else:
            i -= 1
    return found
