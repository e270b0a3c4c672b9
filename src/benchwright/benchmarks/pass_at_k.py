"""pass@k: the chance that one of k answers is right, estimated from n ≥ k answers a question."""

from __future__ import annotations

from collections.abc import Sequence

from benchwright.core.benchmark import Figure, Row
from benchwright.core.measurement import Outcome

_NO_ANSWER = frozenset({Outcome.FAILED, Outcome.UNSUPPORTED, Outcome.UNJUDGED})
"""Outcomes of which nothing is known: they are no answers, neither right nor wrong."""


def pass_at_k(n: int, c: int, k: int) -> float:
    """Return the unbiased estimate of pass@k from ``c`` right ones of ``n`` answers.

    1 - C(n - c, k) / C(n, k), as a product (openai/human-eval, human_eval/evaluation.py; Chen et
    al. 2021, arXiv:2107.03374).

    Raises:
        ValueError: a number is no integer, or not 0 ≤ c ≤ n and 1 ≤ k ≤ n: pass@k of fewer than k
            answers is not known, and a share of tests passed is no right answer.
    """
    for name, value in (("n", n), ("c", c), ("k", k)):
        if isinstance(value, bool) or not isinstance(value, int):
            # Not a TypeError: where 2.0 comes from, 1.5 does too, and that is what is wrong.
            raise ValueError(  # noqa: TRY004 - see above
                f"pass@k counts answers: {name} must be an integer, not {value!r}"
            )
    if not 0 <= c <= n:
        raise ValueError(f"pass@k: of {n} answers {c} cannot be right")
    if not 1 <= k <= n:
        raise ValueError(f"pass@{k} is not known from {n} answers: k must be from 1 to n")
    missed = 1.0
    for i in range(n - c + 1, n + 1):
        missed *= max(0.0, 1 - k / i)
    return 1 - missed


def of_rows(rows: Sequence[Row], k: int) -> float | None:
    """Return the mean pass@k over the questions of ``rows``; None where it is not known.

    The answers to a question are its repeats. An answer without code, cut off or refused is one
    that is not right; one that never came, or could not be judged, is none. Not known is pass@k
    where a question has fewer than k answers, or a score that is neither 0 nor 1.
    """
    counts: dict[tuple[str, str], list[int]] = {}
    for row in rows:
        count = counts.setdefault((row.sample, row.variant), [0, 0])
        if row.outcome in _NO_ANSWER:
            continue
        if row.value not in {None, 0.0, 1.0}:
            return None
        count[0] += 1
        count[1] += row.value == 1.0
    if not counts or any(n < k for n, _ in counts.values()):
        return None
    return sum(pass_at_k(n, c, k) for n, c in counts.values()) / len(counts)


def _figure(k: int) -> Figure:
    def of(rows: Sequence[Row]) -> float | None:
        return of_rows(rows, k)

    return Figure(
        name=f"pass@{k}",
        about=f"The chance that one of {k} answers passes every test, 0 to 1; unbiased, from at "
        f"least {k} repeats of every question (openai/human-eval, human_eval/evaluation.py).",
        of=of,
    )


PASS_AT_K = tuple(_figure(k) for k in (5, 10, 100))
"""The figures of the papers; pass@1 is the mean of the scores, however many repeats."""
