"""``Board``: what models score on scenarios, one number each, whoever measured them.

A scenario is a benchmark, a leaderboard or a part of one. A board is made of rows (model, scenario,
score) or of the benchmark means of a table of responses; ``sources`` reads it from files and pools.
"""

from __future__ import annotations

import math
import re
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from typing import Literal

import numpy as np
import numpy.typing as npt
from msgspec import Struct

from benchwright.analysis.responses.table import Responses
from benchwright.core.errors import DataError, UnknownName

Marks = npt.NDArray[np.float64]
"""Scores of models on scenarios, NaN where there is none; shape [M, S]."""

Repeated = Literal["refuse", "mean", "best"]
"""What becomes of several scores of one model on one scenario."""

_OWNER = re.compile(r"^.*/")
_NOT_TELLING = re.compile(r"[^a-z0-9+]")


class Board(Struct, frozen=True, eq=False, kw_only=True):
    """Scores of M models on S scenarios, higher is better everywhere."""

    models: tuple[str, ...]
    """Names of the models, each once."""
    scenarios: tuple[str, ...]
    """Names of the scenarios, each once."""
    scores: Marks
    """NaN where a model has no score; shape [M, S]."""
    families: tuple[str, ...] = ()
    """What models belong together (a base model, a maker), one per model; each its own if empty."""
    notes: tuple[str, ...] = ()
    """What was left out or joined on the way here."""

    def column(self, scenario: str) -> Marks:
        """Return the scores of one scenario; shape [M].

        Raises:
            UnknownName: there is no such scenario.
        """
        if scenario not in self.scenarios:
            raise UnknownName("scenario", scenario, self.scenarios)
        found: Marks = self.scores[:, self.scenarios.index(scenario)]
        return found

    def clusters(self) -> npt.NDArray[np.intp]:
        """Return the number of every model's family; shape [M]."""
        if not self.families:
            return np.arange(len(self.models))
        found: npt.NDArray[np.intp] = np.unique(self.families, return_inverse=True)[1]
        return found


def from_rows(
    rows: Iterable[tuple[str, str, float | None]],
    *,
    lower: Collection[str] = (),
    repeated: Repeated = "refuse",
    match_names: bool = False,
    families: Mapping[str, str] | None = None,
) -> Board:
    """Return the board of (model, scenario, score) rows; rows without a score are none.

    Args:
        lower: scenarios in which lower is better; their scores change sign.
        repeated: several scores of a model on a scenario are an error, or count with their mean,
            or the best of them (as in BenchBench).
        match_names: models whose ``plain_name`` is the same are one model.
        families: model, as the rows name it, → what it belongs to; each its own where it is not
            named.

    Raises:
        DataError: a score is infinite, or a model has several on one scenario.
        UnknownName: ``lower`` names a scenario that is not there.
    """
    kept: dict[tuple[str, str], list[float]] = {}
    said: dict[str, set[str]] = {}
    for model, scenario, score in rows:
        name = plain_name(model) if match_names else model
        said.setdefault(name, set()).add(model)
        value = math.nan if score is None else float(score)
        if math.isinf(value):
            raise DataError(f"the score of {model!r} on {scenario!r} is infinite.")
        if not math.isnan(value):
            kept.setdefault((name, scenario), []).append(value)
    models = tuple(sorted({model for model, _ in kept}))
    scenarios = tuple(sorted({scenario for _, scenario in kept}))
    for name in lower:
        if name not in scenarios:
            raise UnknownName("scenario", name, scenarios)
    scores = np.full((len(models), len(scenarios)), np.nan)
    row = {name: place for place, name in enumerate(models)}
    column = {name: place for place, name in enumerate(scenarios)}
    several = 0
    for (model, scenario), values in kept.items():
        several += len(values) > 1
        turned = [-value for value in values] if scenario in lower else values
        scores[row[model], column[scenario]] = _joined(turned, repeated, model, scenario)
    one = sum(len(said[name]) > 1 for name in models)
    notes = [
        *([f"{one} models go by several spellings, taken as one"] if one else []),
        *([f"{several} cells had several scores: their {repeated}"] if several else []),
    ]
    belongs = {
        name: max((families or {}).get(one, "") for one in spellings)
        for name, spellings in said.items()
    }
    return Board(
        models=models,
        scenarios=scenarios,
        scores=scores,
        # A model of no family is one of its own.
        families=tuple(belongs[name] or f"\0{name}" for name in models) if families else (),
        notes=tuple(notes),
    )


def from_responses(responses: Responses, *, coverage: float = 0.5) -> Board:
    """Return every model's mean over the items of each group.

    A model that answered less than ``coverage`` of a group's items has no score in it: a mean over
    other questions is not comparable. The notes count what was left out so.
    """
    counts = responses.counts()
    bounds = np.searchsorted(responses.group, np.arange(len(responses.groups) + 1))
    scores = np.full(counts.shape, np.nan)
    left = 0
    for number in range(len(responses.groups)):
        first, last = responses.start[bounds[number]], responses.start[bounds[number + 1]]
        who = responses.model[first:last]
        total = np.bincount(
            who, weights=responses.score[first:last], minlength=len(responses.models)
        )
        seen = counts[:, number]
        enough = (seen > 0) & (seen >= coverage * (bounds[number + 1] - bounds[number]))
        scores[enough, number] = total[enough] / seen[enough]
        left += int(((seen > 0) & ~enough).sum())
    note = f"{left} means over less than {coverage:.0%} of a benchmark's items were left out"
    return Board(
        models=responses.models,
        scenarios=tuple(group.name for group in responses.groups),
        scores=scores,
        notes=(note,) if left else (),
    )


def rows_of(board: Board) -> Iterator[tuple[str, str, float]]:
    """Yield the (model, scenario, score) of every cell that has a score."""
    for model, scenario in np.argwhere(~np.isnan(board.scores)):
        score = float(board.scores[model, scenario])
        yield board.models[model], board.scenarios[scenario], score


def scaled(board: Board) -> Board:
    """Return the board with every scenario mapped to [0, 1]; 1 where all its scores are equal.

    As BenchBench's ``Benchmark.normalize_scores_per_scenario`` (public repository IBM/benchbench,
    src/bat/benchmark.py).
    """
    scores = np.full_like(board.scores, np.nan)
    for number in range(scores.shape[1]):
        known = ~np.isnan(board.scores[:, number])
        values = board.scores[known, number]
        if len(values) == 0:
            continue
        low, high = values.min(), values.max()
        # Halves first: the range of very large scores may not fit a double.
        spread = high / 2 - low / 2
        scores[known, number] = (values / 2 - low / 2) / spread if spread > 0 else 1.0
    return Board(
        models=board.models,
        scenarios=board.scenarios,
        scores=scores,
        families=board.families,
        notes=board.notes,
    )


def plain_name(name: str) -> str:
    """Return what tells a model's name from others: no owner, case, space or punctuation.

    ``meta-llama/Llama-3.1-8B`` and ``llama 3.1 8b`` are one model; a plus sign stays, because
    ``command-r+`` is another model than ``command-r``.
    """
    return _NOT_TELLING.sub("", _OWNER.sub("", name.strip().lower())) or name


def _joined(values: Sequence[float], how: Repeated, model: str, scenario: str) -> float:
    if len(values) == 1 or how == "best":
        return max(values)
    if how == "mean":
        return math.fsum(values) / len(values)
    raise DataError(
        f"{model!r} has {len(values)} scores on {scenario!r}: say whether the mean or the best"
        " counts."
    )
