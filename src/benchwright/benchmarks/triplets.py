"""Figures of questions in threes: one proper question, and one each on what it rests on.

MMEvalPro (Huang et al. 2025, arXiv:2407.00468, section 3.3; chenllliang/MMEvalPro,
``auto_score.py``): a proper question is genuinely solved only if what must be seen for it and what
must be known for it are answered rightly too. Samples carry the tags ``triplet``, ``type`` and
``source``. A triplet that lacks a question is not genuinely solved; the released script would judge
it by the questions that are there.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence

from benchwright.benchmarks.shares import mean, told
from benchwright.core.benchmark import Figure, Row

ORIGIN, PERCEPTION, KNOWLEDGE = "Origin", "Perception", "Knowledge"
"""Values of the tag ``type``."""

Rows = Sequence[Row]


def genuine(rows: Rows) -> float | None:
    """Return the share of triplets of which all three questions are right; None without rows."""
    triplets = _triplets(rows)
    whole = {ORIGIN, PERCEPTION, KNOWLEDGE}
    solved = sum(whole == right.keys() and all(right.values()) for right in triplets)
    return solved / len(triplets) if triplets else None


def of_type(kind: str) -> Callable[[Rows], float | None]:
    """Return the accuracy of the questions of one type."""
    return lambda rows: mean(row for row in rows if row.tags.get("type") == kind)


def gap(rows: Rows) -> float | None:
    """Return the share of triplets solved but not genuinely: origin less genuine accuracy."""
    origin, whole = of_type(ORIGIN)(rows), genuine(rows)
    return None if origin is None or whole is None else origin - whole


def consistency(kind: str) -> Callable[[Rows], float | None]:
    """Return how often the question of ``kind`` is right where the proper one is."""

    def of(rows: Rows) -> float | None:
        solved = [right for right in _triplets(rows) if right.get(ORIGIN)]
        return sum(right.get(kind, False) for right in solved) / len(solved) if solved else None

    return of


def macro(figure: Callable[[Rows], float | None]) -> Callable[[Rows], float | None]:
    """Return the mean over sources of ``figure`` within each.

    The authors round each source to a hundredth of a percent first; this does not.
    """

    def of(rows: Rows) -> float | None:
        sources: dict[str, list[Row]] = {}
        for row in rows:
            sources.setdefault(row.tags.get("source", ""), []).append(row)
        found = [value for group in sources.values() if (value := figure(group)) is not None]
        return sum(found) / len(found) if found else None

    return of


def figures() -> tuple[Figure, ...]:
    """Return the authors' figures; the mean of the scores is the average accuracy."""
    parts = {"origin": ORIGIN, "perception": PERCEPTION, "knowledge": KNOWLEDGE}
    named: dict[str, tuple[str, Callable[[Rows], float | None]]] = {
        "genuine accuracy": ("share of triplets with all three questions right", genuine),
        "genuine accuracy, macro": ("mean over the sources of the same", macro(genuine)),
        "average accuracy, macro": ("mean over the sources of the accuracy", macro(mean)),
        **{
            f"{name} accuracy": (f"accuracy of the {name} questions", of_type(kind))
            for name, kind in parts.items()
        },
        "consistency gap": ("origin accuracy less genuine accuracy", gap),
        "perception consistency": (
            "perception right where origin is right",
            consistency(PERCEPTION),
        ),
        "knowledge consistency": (
            "knowledge right where origin is right",
            consistency(KNOWLEDGE),
        ),
    }
    return tuple(
        Figure(
            name=name,
            about=f"{about}, 0 to 1 (Huang et al. 2025)",
            of=of,
            unit="triplet",
            lower_is_better=name == "consistency gap",
        )
        for name, (about, of) in named.items()
    )


def _triplets(rows: Iterable[Row]) -> list[dict[str, bool]]:
    """Return for every triplet which types are there, and whether they are right."""
    found: dict[tuple[str, str], dict[str, bool]] = {}
    for row in told(rows):
        key = row.tags.get("triplet", ""), row.tags.get("source", "")
        found.setdefault(key, {})[row.tags.get("type", "")] = row.value == 1
    return list(found.values())
