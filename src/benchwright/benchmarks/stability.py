"""Figures of Matbench Discovery: how well predicted hull distances find stable materials.

Everything as in janosh/matbench-discovery@2c7f9fc, matbench_discovery/metrics/discovery.py: a
material is stable at or below the hull; a missing prediction counts as predicted unstable and is
left out of the errors; the acceleration (DAF) of the unique prototypes and of the 10,000 most
stable is relative to the prevalence among the unique prototypes.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Sequence

from msgspec import Struct

from benchwright.core.benchmark import Data, Figure, Row
from benchwright.core.content import Text
from benchwright.core.errors import DataError
from benchwright.core.measurement import Outcome
from benchwright.core.sample import Sample
from benchwright.models.records import records
from benchwright.scorers._hull import THRESHOLD, distances

MOST_STABLE = 10_000
"""How many unique prototypes with the lowest predicted distance make the third subset."""


class Confusion(Struct, frozen=True):
    """Counts of a classification into stable and unstable; what is undefined is None."""

    true_positive: int
    """Stable and predicted stable."""
    false_positive: int
    """Unstable and predicted stable."""
    true_negative: int
    """Unstable and not predicted stable."""
    false_negative: int
    """Stable and not predicted stable."""

    @property
    def precision(self) -> float | None:
        """Share of the predicted stable that are."""
        return _share(self.true_positive, self.true_positive + self.false_positive)

    @property
    def recall(self) -> float | None:
        """Share of the stable that are predicted; the true positive rate."""
        return _share(self.true_positive, self.true_positive + self.false_negative)

    @property
    def false_positive_rate(self) -> float | None:
        """Share of the unstable that are predicted stable."""
        return _share(self.false_positive, self.false_positive + self.true_negative)

    @property
    def accuracy(self) -> float | None:
        """Share of right classes."""
        return _share(self.true_positive + self.true_negative, self.total)

    @property
    def f1(self) -> float | None:
        """Harmonic mean of precision and recall; None where both are 0 or one is undefined."""
        wrong = self.false_positive + self.false_negative
        if self.precision is None or self.recall is None or not self.true_positive:
            return None
        return 2 * self.true_positive / (2 * self.true_positive + wrong)

    @property
    def prevalence(self) -> float | None:
        """Share of the stable."""
        return _share(self.true_positive + self.false_negative, self.total)

    @property
    def total(self) -> int:
        """All materials."""
        predicted = self.true_positive + self.false_positive
        return predicted + self.true_negative + self.false_negative

    def acceleration(self, prevalence: float | None) -> float | None:
        """Return precision / ``prevalence``: how much better than drawing blindly (DAF)."""
        return self.precision / prevalence if self.precision is not None and prevalence else None


class Material(Struct, frozen=True, gc=False):
    """One material of one model."""

    unique: bool
    """Whether it is a unique prototype."""
    stable: bool
    """Whether it truly is at or below the hull."""
    predicted: float | None = None
    """Predicted distance above the hull, eV/atom; None where there is no prediction."""
    true: float = 0.0
    """True distance, where there is a prediction."""


def materials(rows: Sequence[Row]) -> list[Material]:
    """Return what the rows say, in their order."""
    return [_material(row) for row in rows]


def confusion(found: Sequence[Material]) -> Confusion:
    """Return the counts over ``found``; without a prediction a material is predicted unstable."""
    counts = [0, 0, 0, 0]
    for material in found:
        known = material.predicted is not None
        stable = material.true <= THRESHOLD if known else material.stable
        said = known and (material.predicted or 0.0) <= THRESHOLD
        counts[(0 if stable else 1) if said else (3 if stable else 2)] += 1
    return Confusion(*counts)


def unique(found: Sequence[Material]) -> list[Material]:
    """Return the unique prototypes."""
    return [material for material in found if material.unique]


def most_stable(found: Sequence[Material]) -> list[Material]:
    """Return the unique prototypes that are predicted the most stable, at most 10,000."""
    ranked = sorted(unique(found), key=lambda m: math.inf if m.predicted is None else m.predicted)
    return ranked[:MOST_STABLE]


def mean_error(pairs: Sequence[tuple[float, float]]) -> float | None:
    """Return the mean absolute error of (predicted, true) pairs."""
    return _mean([abs(predicted - true) for predicted, true in pairs])


def root_error(pairs: Sequence[tuple[float, float]]) -> float | None:
    """Return the root mean square error of (predicted, true) pairs."""
    square = _mean([(predicted - true) ** 2 for predicted, true in pairs])
    return None if square is None else math.sqrt(square)


def determination(pairs: Sequence[tuple[float, float]]) -> float | None:
    """Return R², 1 less squared error over variance; None for fewer than two or no variance."""
    if len(pairs) < 2:
        return None
    middle = math.fsum(true for _, true in pairs) / len(pairs)
    variance = math.fsum((true - middle) ** 2 for _, true in pairs)
    errors = math.fsum((predicted - true) ** 2 for predicted, true in pairs)
    return 1 - errors / variance if variance else None


def read(data: Data, split: str) -> Iterator[Sample]:
    """Yield one sample per material of the WBM summary table.

    Raises:
        DataError: the table lacks a column, or an energy is no number.
    """
    path = data.path(split)
    for line, row in records(path):
        try:
            formed = float(row["e_form_per_atom_mp2020_corrected"])
            distance = float(row["e_above_hull_mp2020_corrected_ppd_mp"])
            formula, name = row["formula"], row["material_id"]
            only = row["unique_prototype"].strip().casefold() == "true"
        except (KeyError, ValueError) as cause:
            raise DataError(f"{path}, line {line}: not WBM's summary ({cause!r})") from cause
        yield Sample(
            id=name,
            input=(Text(f"{formula} (entry {name})"),),  # many share a composition
            target=repr(formed),
            tags={
                "stable": "stable" if distance <= THRESHOLD else "unstable",
                "prototype": "unique" if only else "repeated",
            },
            metadata={"hull": repr(distance)},
        )


def _material(row: Row) -> Material:
    known = distances(row.answer or "") if row.outcome is Outcome.SCORED else None
    only, stable = row.tags.get("prototype") == "unique", row.tags.get("stable") == "stable"
    if known is None:
        return Material(only, stable)
    return Material(only, stable, *known)


def _pairs(found: Sequence[Material]) -> list[tuple[float, float]]:
    return [(m.predicted, m.true) for m in found if m.predicted is not None]


def _prevalence(found: Sequence[Material]) -> float | None:
    """Return the share of the stable by unrounded energies, whatever the scorer rounded."""
    return _mean([float(material.stable) for material in found])


def _share(part: int, whole: int) -> float | None:
    return part / whole if whole else None


def _mean(values: Sequence[float]) -> float | None:
    return math.fsum(values) / len(values) if values else None


_SCORERS = ("hull_distance", "hull_distance_paper")
Materials = list[Material]
Of = Callable[[Sequence[Row]], float | None]


def _counted(
    subset: Callable[[Materials], Materials], of: Callable[[Confusion], float | None]
) -> Of:
    return lambda rows: of(confusion(subset(materials(rows))))


def _accelerated(subset: Callable[[Materials], Materials], *, whole: bool = False) -> Of:
    def of(rows: Sequence[Row]) -> float | None:
        found = materials(rows)
        base = subset(found) if whole else unique(found)
        return confusion(subset(found)).acceleration(_prevalence(base))

    return of


def _erring(of: Callable[[list[tuple[float, float]]], float | None]) -> Of:
    return lambda rows: of(_pairs(unique(materials(rows))))


def _figure(name: str, about: str, of: Of, *, falls: bool = False) -> Figure:
    return Figure(name=name, about=f"{about}.", of=of, scorers=_SCORERS, lower_is_better=falls)


def _counts(subset: Callable[[Materials], Materials], mark: str, words: str) -> Iterator[Figure]:
    yield _figure(
        f"F1{mark}", f"Finding stable {words}, in [0, 1]", _counted(subset, lambda c: c.f1)
    )
    yield _figure(
        f"DAF{mark}",
        f"Precision over prevalence, {words}",
        _accelerated(subset, whole=subset is list),
    )


_UNIQUE = "unique prototypes"
FIGURES = (
    *_counts(unique, "", _UNIQUE),
    _figure(
        "precision",
        f"Share of the predicted stable that are, {_UNIQUE}",
        _counted(unique, lambda c: c.precision),
    ),
    _figure(
        "recall",
        f"Share of the stable that are predicted so, {_UNIQUE}",
        _counted(unique, lambda c: c.recall),
    ),
    _figure(
        "accuracy", f"Share of right classes, {_UNIQUE}", _counted(unique, lambda c: c.accuracy)
    ),
    _figure("MAE", f"Mean absolute error in eV/atom, {_UNIQUE}", _erring(mean_error), falls=True),
    _figure(
        "RMSE", f"Root mean square error in eV/atom, {_UNIQUE}", _erring(root_error), falls=True
    ),
    _figure("R2", f"1 less squared error over variance, {_UNIQUE}", _erring(determination)),
    *_counts(list, ", all", "materials"),
    *_counts(most_stable, ", most stable 10k", f"{_UNIQUE} predicted most stable"),
)
"""What the leaderboard shows, of the unique prototypes unless another subset is named."""
