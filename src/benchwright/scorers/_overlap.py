"""How much two texts overlap: BLEU and ROUGE on lists of words.

BLEU is Papineni et al. 2002 for one sentence, smoothed as Chen and Cherry 2014, method 1 (NLTK's
``sentence_bleu`` with ``SmoothingFunction().method1`` gives the same on the same words). ROUGE is
Lin 2004 (the package ``rouge-score`` gives the same on the same words).
"""

from __future__ import annotations

import math
import re
from collections import Counter
from collections.abc import Sequence

_IDEOGRAM = r"[\u3040-\u30ff\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff]"
_LETTERS = rf"(?:(?!{_IDEOGRAM})\w)+"
_WORD = re.compile(rf"{_IDEOGRAM}|[0-9]+(?:[.,][0-9]+)*%?|{_LETTERS}(?:['’-]{_LETTERS})*|[^\w\s]")


def words(text: str) -> list[str]:
    """Return words, numbers and single punctuation marks; of Chinese and Japanese, characters."""
    return _WORD.findall(text)


def bleu(
    candidate: Sequence[str],
    references: Sequence[Sequence[str]],
    *,
    order: int = 4,
    smoothing: float = 0.1,
) -> float:
    """Return sentence BLEU in [0, 1] with equal weights up to n-grams of ``order``.

    An order above 1 without a match counts ``smoothing`` matches (0 smooths nothing). Of several
    references the one closest in length, the shorter first, decides the brevity penalty.
    """
    if not candidate or not any(references):
        return 0.0
    logs = 0.0
    for size in range(1, order + 1):
        own = _grams(candidate, size)
        most: Counter[tuple[str, ...]] = Counter()
        for reference in references:
            most |= _grams(reference, size)
        matched: float = sum((own & most).values())
        if not matched:
            if size == 1 or not smoothing:
                return 0.0
            matched = smoothing
        logs += math.log(matched / max(1, sum(own.values()))) / order
    length = len(candidate)
    closest = min((abs(len(one) - length), len(one)) for one in references)[1]
    penalty = 1.0 if length > closest else math.exp(1 - closest / length)
    return penalty * math.exp(logs)


def rouge_n(candidate: Sequence[str], reference: Sequence[str], size: int) -> float:
    """Return the F1 of shared n-grams of ``size`` words, in [0, 1]."""
    own, other = _grams(candidate, size), _grams(reference, size)
    return _f1(sum((own & other).values()), sum(own.values()), sum(other.values()))


def rouge_l(candidate: Sequence[str], reference: Sequence[str]) -> float:
    """Return the F1 of the longest common subsequence, in [0, 1]."""
    return _f1(common_length(candidate, reference), len(candidate), len(reference))


def common_length(one: Sequence[str], other: Sequence[str]) -> int:
    """Return the length of the longest common subsequence (Hyyrö 2004: a row is one integer)."""
    places: dict[str, int] = {}
    for index, word in enumerate(one):
        places[word] = places.get(word, 0) | 1 << index
    full = (1 << len(one)) - 1
    row = full
    for word in other:
        matched = row & places.get(word, 0)
        row = (row + matched | row - matched) & full
    return len(one) - row.bit_count()


def rouge_l_of_sets(candidate: str, reference: str) -> float:
    """Return ROUGE-L as the package ``rouge`` 1.0.1 computes it for two texts, in [0, 1).

    Texts are split into sentences at every full stop and into words at white space; a word counts
    once however often it occurs; what common subsequences with any sentence of the candidate
    cover is united over the sentences of the reference.
    """
    ours, theirs = _sentences(candidate), _sentences(reference)
    if not ours or not theirs:
        return 0.0
    covered: set[str] = set()
    for sentence in theirs:
        for own in ours:
            covered |= _common_words(sentence, own)
    precision = len(covered) / len({word for own in ours for word in own})
    recall = len(covered) / len({word for sentence in theirs for word in sentence})
    return 2 * precision * recall / (precision + recall + 1e-8)


def _sentences(text: str) -> list[list[str]]:
    return [" ".join(part.split()).split(" ") for part in text.split(".") if part]


def _common_words(one: Sequence[str], other: Sequence[str]) -> set[str]:
    """Return the words of the longest common subsequence that prefers to step back in ``other``."""
    table = [[0] * (len(other) + 1)]
    for word in one:
        above, row = table[-1], [0]
        for index, theirs in enumerate(other):
            row.append(above[index] + 1 if word == theirs else max(above[index + 1], row[-1]))
        table.append(row)
    found: set[str] = set()
    i, j = len(one), len(other)
    while i and j:
        if one[i - 1] == other[j - 1]:
            found.add(one[i - 1])
            i, j = i - 1, j - 1
        elif table[i - 1][j] > table[i][j - 1]:
            i -= 1
        else:
            j -= 1
    return found


def _grams(words_: Sequence[str], size: int) -> Counter[tuple[str, ...]]:
    return Counter(zip(*(words_[start:] for start in range(size)), strict=False))


def _f1(shared: int, own: int, other: int) -> float:
    return 2 * shared / (own + other) if shared else 0.0
