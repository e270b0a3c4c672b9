"""Likely wrong keys: questions whose marked answer should be looked at by a person.

If the key of a question is wrong, models that are usually right do not miss it each in its own way:
they agree on another answer. Each model m is taken to be right with its own probability p and to
spread its errors evenly over the other K − 1 answers (Dawid and Skene's model with one parameter,
*Applied Statistics* 28, 1979). The evidence that answer j is right rather than the key is then

    Σ over models that gave j of w − Σ over models that gave the key of w,  w = ln p(K − 1)/(1 − p)

and the item's evidence is that of its best j. Without the answers (scores alone) it is the log of
the ratio of what was seen if the key is wrong to what was seen if it is right,

    Σ over models that missed of ln (1 − (1 − p)/(K − 1))/(1 − p) − Σ over models that hit of w.

Models share errors, so the evidence orders questions and is no probability: among MMLU's questions
that fourteen strong models unanimously answered otherwise, fewer than half had a wrong key
(``performance/wrong_keys.py``); the others were hard.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt
from msgspec import Struct

from benchwright.analysis.agreement.items import Column, group_items
from benchwright.analysis.responses.table import Responses, Scale
from benchwright.core.errors import DescriptionError

OPTIONS = 4
"""Answers to choose from, where nothing is known of them."""

HIT = 0.5
"""Score from which an answer counts as right."""


class Suspect(Struct, frozen=True, kw_only=True):
    """A question whose key is doubted."""

    item: str
    """Name of the item."""
    place: int
    """Its place among the table's items."""
    evidence: float
    """Log of the odds' ratio for a wrong key, as if models erred independently: for order only."""
    hits: int
    """Models that gave the key."""
    answered: int
    """Models that answered."""
    other: str | None = None
    """The answer that models agree on; None where only scores are known."""
    votes: int = 0
    """Models that gave it."""


def wrong_keys(
    responses: Responses,
    benchmark: str = "",
    *,
    answers: Sequence[str | None] | None = None,
    options: int | npt.ArrayLike = OPTIONS,
    limit: int | None = 100,
) -> tuple[Suspect, ...]:
    """Return the questions of a benchmark whose keys are most in doubt, the most doubtful first.

    Args:
        responses: the table.
        benchmark: name of the group; may be left out where there is only one.
        answers: what each observation's answer was, in the table's order (``read_answers``); None
            where it is not known, or was none. Without them scores alone decide.
        options: answers to choose from, for all items or one number per item of the benchmark.
        limit: the most to return; all with an answer where it is None.

    Raises:
        DescriptionError: the scores are not bounded, or the answers do not fit the table.
        UnknownName: the table has no such group.
    """
    number, places = group_items(responses, benchmark)
    if responses.groups[number].scale not in (Scale.BINARY, Scale.BOUNDED):
        raise DescriptionError(
            f"{responses.groups[number].name}: a key can be doubted only where answers are right or"
            f" wrong; its scores are {responses.groups[number].scale.value}."
        )
    if answers is not None and len(answers) != len(responses):
        raise DescriptionError(
            f"{len(answers)} answers do not fit a table of {len(responses)} observations."
        )
    many = np.broadcast_to(np.asarray(options, dtype=np.int64), (places.stop - places.start,))
    if (many < 2).any():
        raise DescriptionError("a question has at least two answers to choose from.")
    seen = _observed(responses, places, many)
    other: list[str | None] = [None] * len(many)
    votes = np.zeros(len(many), dtype=np.int64)
    if answers is None:
        evidence = seen.by_scores()
    else:
        evidence, other, votes = seen.by_answers(answers[seen.span])
    answered, hits = seen.answered(), seen.hits()
    order = np.argsort(-evidence, kind="stable")
    order = order[answered[order] > 0][:limit]
    return tuple(
        Suspect(
            item=responses.items[places.start + int(place)],
            place=places.start + int(place),
            evidence=float(evidence[place]),
            hits=int(hits[place]),
            answered=int(answered[place]),
            other=other[place],
            votes=int(votes[place]),
        )
        for place in order
    )


class _Observed(Struct, frozen=True, eq=False):
    """The observations of one benchmark, and what each weighs; n of them on I items."""

    span: slice
    """Where they stand in the table."""
    item: npt.NDArray[np.int64]
    """Item of every observation; shape [n]."""
    hit: npt.NDArray[np.bool_]
    """Whether the key was given; shape [n]."""
    weight: Column
    """What each model's word weighs; shape [n]."""
    missed: Column
    """What a miss weighs where the answer is unknown; shape [n]."""
    items: int
    """I."""

    def answered(self) -> npt.NDArray[np.int64]:
        """Observations of every item; shape [I]."""
        return np.bincount(self.item, minlength=self.items)

    def hits(self) -> npt.NDArray[np.int64]:
        """Models that gave the key; shape [I]."""
        return np.bincount(self.item[self.hit], minlength=self.items)

    def by_scores(self) -> Column:
        """Return every item's evidence where answers are not known; shape [I]."""
        each = np.where(self.hit, -self.weight, self.missed)
        return np.bincount(self.item, weights=each, minlength=self.items).astype(np.float64)

    def by_answers(
        self, answers: Sequence[str | None]
    ) -> tuple[Column, list[str | None], npt.NDArray[np.int64]]:
        """Return every item's evidence, the answer it is for, and how many gave that; shape [I]."""
        number: dict[str, int] = {}
        code = np.array(
            [-1 if text is None else number.setdefault(text, len(number)) for text in answers],
            dtype=np.int64,
        )
        told = ~self.hit & (code >= 0)
        width = max(len(number), 1)
        pair, place = np.unique(self.item[told] * width + code[told], return_inverse=True)
        weight = np.bincount(place, weights=self.weight[told], minlength=len(pair))
        count = np.bincount(place, minlength=len(pair))
        # The heaviest answer of each item, among equals the one that more models gave.
        order = np.lexsort((-count, -weight, pair // width))
        heads = order[np.unique(pair[order] // width, return_index=True)[1]]
        where = pair[heads] // width
        hits = self.weight * self.hit
        evidence = -np.bincount(self.item, weights=hits, minlength=self.items).astype(np.float64)
        evidence[where] += weight[heads]
        votes = np.zeros(self.items, dtype=np.int64)
        votes[where] = count[heads]
        names = list(number)
        other: list[str | None] = [None] * self.items
        for item, said in zip(where, pair[heads] % width, strict=True):
            other[item] = names[said]
        return evidence, other, votes


def _observed(responses: Responses, places: slice, options: npt.NDArray[np.int64]) -> _Observed:
    bounds = responses.start[places.start : places.stop + 1]
    span = slice(int(bounds[0]), int(bounds[-1]))
    item = np.repeat(np.arange(len(options)), np.diff(bounds))
    hit = responses.score[span] >= HIT
    who, models = responses.model[span], len(responses.models)
    asked = np.bincount(who, minlength=models)
    right = np.bincount(who, weights=hit, minlength=models)
    share = ((right + 1) / (asked + 2))[who]
    others = options[item] - 1
    # A model below chance tells nothing; it is no witness against what it says.
    weight = np.maximum(np.log(share * others / (1 - share)), 0.0)
    missed = np.log((1 - (1 - share) / others) / (1 - share))
    return _Observed(
        span=span,
        item=item,
        hit=hit,
        weight=weight,
        missed=np.where(weight > 0, missed, 0.0),
        items=len(options),
    )
