"""``Board``: what models score on scenarios, one number each, whoever measured them.

A scenario is a benchmark, a leaderboard or a part of one. Boards are read from rows (model,
scenario, score), from a file, or made of the benchmark means of a table of responses.
"""

from __future__ import annotations

import math
import re
from collections.abc import Collection, Iterable, Sequence
from pathlib import Path
from typing import Literal

import numpy as np
import numpy.typing as npt
from msgspec import Struct

from benchwright.analysis.responses.table import Responses
from benchwright.core.errors import DataError, DescriptionError, UnknownName, boundary

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
) -> Board:
    """Return the board of (model, scenario, score) rows; rows without a score are none.

    Args:
        lower: scenarios in which lower is better; their scores change sign.
        repeated: several scores of a model on a scenario are an error, or count with their mean,
            or the best of them (as in BenchBench).
        match_names: models whose ``plain_name`` is the same are one model.

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
    joined = sum(len(said[name]) > 1 for name in models)
    notes = [
        *([f"{joined} models go by several spellings, taken as one"] if joined else []),
        *([f"{several} cells had several scores: their {repeated}"] if several else []),
    ]
    return Board(models=models, scenarios=scenarios, scores=scores, notes=tuple(notes))


def read_board(
    path: Path,
    *,
    lower: Collection[str] = (),
    repeated: Repeated = "refuse",
    match_names: bool = False,
) -> Board:
    """Return the board of a Parquet, CSV or TSV file.

    The file has the columns ``model``, ``scenario`` (or ``benchmark``) and ``score``, or ``model``
    and a column of numbers per scenario.

    Raises:
        DataError: the file cannot be read, or has other columns.
    """
    import duckdb

    if not path.is_file():
        raise DataError(f"{path} is not a file.")
    with duckdb.connect() as connection, boundary(DataError, str(path)):
        source = connection.read_parquet if path.suffix == ".parquet" else connection.read_csv
        table = source(str(path))
        names = [str(name) for name in table.columns]
        plain = {name.lower(): name for name in names}
        scenario = plain.get("scenario", plain.get("benchmark", ""))
        if "model" not in plain:
            raise DataError(f"{path} has no column named model; it has {', '.join(names)}.")
        if scenario and "score" in plain:
            wanted = (plain["model"], scenario, plain["score"])
            rows = table.select(*map(_column, wanted)).fetchall()
        else:
            rest = [
                name
                for name, kind in zip(names, table.types, strict=True)
                if name != plain["model"] and kind in ("DOUBLE", "FLOAT", "BIGINT", "INTEGER")
            ]
            wide = table.select(*map(_column, (plain["model"], *rest))).fetchall()
            rows = [
                (row[0], name, value)
                for row in wide
                for name, value in zip(rest, row[1:], strict=True)
            ]
        if not rows:
            raise DataError(f"{path} holds no scores.")
        typed = [(str(a), str(b), None if c is None else float(c)) for a, b, c in rows]
        return from_rows(typed, lower=lower, repeated=repeated, match_names=match_names)


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


def joined(boards: Sequence[Board]) -> Board:
    """Return one board of several, whose scenarios must differ.

    Raises:
        DescriptionError: two boards have a scenario of the same name, or there is none.
    """
    if not boards:
        raise DescriptionError("there is no board to join.")
    if len(boards) == 1:
        return boards[0]
    names = [name for board in boards for name in board.scenarios]
    twice = sorted({name for name in names if names.count(name) > 1})
    if twice:
        raise DescriptionError(
            f"several sources have a scenario named {twice[0]!r}: rename one of them."
        )
    models = tuple(dict.fromkeys(name for board in boards for name in board.models))
    row = {name: place for place, name in enumerate(models)}
    scores = np.full((len(models), len(names)), np.nan)
    family = dict.fromkeys(models, "")
    column = 0
    for board in boards:
        places = [row[name] for name in board.models]
        scores[places, column : column + len(board.scenarios)] = board.scores
        family.update(zip(board.models, board.families, strict=False))
        column += len(board.scenarios)
    return Board(
        models=models,
        scenarios=tuple(names),
        scores=scores,
        families=tuple(family[name] or f"\0{name}" for name in models)
        if any(family.values())
        else (),
        notes=tuple(note for board in boards for note in board.notes),
    )


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


def _column(name: str) -> str:
    return '"' + name.replace('"', '""') + '"'
