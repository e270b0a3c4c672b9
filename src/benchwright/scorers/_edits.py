"""Edit distance."""

from __future__ import annotations

from collections.abc import Sequence


def distance(one: Sequence[object], other: Sequence[object]) -> int:
    """Return the Levenshtein distance: fewest insertions, deletions and replacements.

    Time is the product of the lengths: callers bound them.
    """
    row = list(range(len(other) + 1))
    for i, left in enumerate(one, 1):
        above, row[0] = row[0], i
        for j, right in enumerate(other, 1):
            above, row[j] = row[j], min(row[j] + 1, row[j - 1] + 1, above + (left != right))
    return row[-1]
