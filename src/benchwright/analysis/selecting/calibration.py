"""What selection learns from: models that answered (nearly) all items, in one canonical order."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from functools import cached_property

import numpy as np
import numpy.typing as npt
from msgspec import Struct

from benchwright.analysis.responses.table import Floats, Responses
from benchwright.analysis.selecting.arrays import Mask, Numbers, Places
from benchwright.analysis.selecting.irt import Traits, choose_traits, fit_traits
from benchwright.core.errors import DataError

SQUARE = 6_000
"""Most items whose correlations are all kept at once: 144 MB."""
CELLS = 200_000_000
"""Most cells of a dense matrix of calibration."""


class Calibration(Struct, frozen=True, eq=False, kw_only=True, dict=True):
    """Models × items, dense; M models, I items.

    Items and models stand in an order that only their names decide, so that no choice depends on
    the order in which a file happened to hold them.
    """

    models: tuple[str, ...]
    """Names of the models."""
    items: tuple[str, ...]
    """Names of the items, unique within their group."""
    groups: tuple[str, ...]
    """Names of the groups, sorted."""
    group: Places
    """Place of every item's group in ``groups``; shape [I]."""
    stratum: Places
    """Number of every item's stratum: its group, and within it the given strata; shape [I]."""
    scores: Floats
    """Higher is better; unknown cells hold model effect + item effect; shape [M, I]."""
    known: Mask
    """Which cells were observed; shape [M, I]."""
    share: Numbers
    """What each item counts in the pool's mean; sums to 1; shape [I]."""
    place: Places
    """Where each item stood in the table it came from; shape [I]."""
    notes: tuple[str, ...] = ()
    """What a reader must know: models left out, cells filled."""

    @property
    def size(self) -> int:
        """Number of items, I."""
        return len(self.items)

    @property
    def bounded(self) -> bool:
        """Whether every score lies within [0, 1]."""
        return bool(self.scores.min() >= 0 and self.scores.max() <= 1)

    @property
    def range(self) -> tuple[float, float]:
        """Least and highest score there is: 0 and 1, else those of unbounded scores seen."""
        return (0.0, 1.0) if self.bounded else (float(self.scores.min()), float(self.scores.max()))

    @cached_property
    def means(self) -> Numbers:
        """Mean score of every item over the models; shape [I]."""
        found: Numbers = self.scores.mean(axis=0, dtype=np.float64)
        return found

    @cached_property
    def full(self) -> Numbers:
        """The pool's mean of every model; shape [M]."""
        return self.scores.astype(np.float64) @ self.share

    @cached_property
    def unit(self) -> Floats:
        """Items as vectors over the models, centred and of length 1; shape [I, M].

        The inner product of two rows is the items' correlation; an item that all models score
        alike has the zero vector, and correlates with nothing.
        """
        centred = (self.scores - self.means.astype(np.float32)).T
        length = np.linalg.norm(centred, axis=1, keepdims=True)
        flat = length < 1e-6
        return np.where(flat, 0, centred / np.where(flat, 1, length)).astype(np.float32)

    def correlations(self, item: int) -> Floats:
        """Return the correlation of every item with ``item`` over the models; shape [I]."""
        if self.size <= SQUARE:
            row: Floats = self._square[item].copy()
            return row
        found: Floats = self.unit @ self.unit[item]
        return found

    @cached_property
    def _square(self) -> Floats:
        return self.unit @ self.unit.T

    @cached_property
    def trait(self) -> Traits:
        """A 2PL of one ability."""
        return fit_traits(self.scores, self.known)

    @cached_property
    def traits(self) -> Traits:
        """A 2PL of as many abilities as predict held-out cells best."""
        return choose_traits(self.scores, self.known)

    @cached_property
    def shrinkage(self) -> tuple[float, float]:
        """Ledoit and Wolf's weight of the identity in the items' covariance, and its scale."""
        return shrunk(self.scores - self.means.astype(np.float32))

    @cached_property
    def digest(self) -> str:
        """16 hexadecimal characters naming the models, the items and every score."""
        hashed = hashlib.blake2b(digest_size=8)
        for name in (*self.models, *self.items, *self.groups):
            hashed.update(len(name.encode()).to_bytes(4, "little") + name.encode())
        hashed.update(np.ascontiguousarray(self.group).tobytes())
        hashed.update(np.where(self.known, self.scores, np.nan).astype("<f4").tobytes())
        return hashed.hexdigest()

    def rest(self, chosen: Places) -> tuple[Numbers, float]:
        """Return each model's mean over the items *not* chosen, and their share of the whole."""
        share = self.share.copy()
        share[chosen] = 0
        total = float(share.sum())
        if len(chosen) == self.size or total <= 0:
            return np.zeros(len(self.models)), 0.0
        return self.scores.astype(np.float64) @ share / total, total

    def of_models(self, places: npt.ArrayLike) -> Calibration:
        """Return the calibration by the models at ``places`` alone."""
        at = np.sort(np.asarray(places, dtype=np.int64))
        return Calibration(
            models=tuple(self.models[one] for one in at),
            items=self.items,
            groups=self.groups,
            group=self.group,
            stratum=self.stratum,
            scores=self.scores[at],
            known=self.known[at],
            share=self.share,
            place=self.place,
            notes=self.notes,
        )


def calibrate(
    source: Responses | npt.ArrayLike,
    *,
    models: Sequence[str] | None = None,
    items: Sequence[str] | None = None,
    groups: Sequence[str] | None = None,
    strata: Sequence[str] | None = None,
    weights: str = "items",
    coverage: float = 0.8,
) -> Calibration:
    """Return what selection needs of a table, or of a dense matrix with NaN for unknown.

    Args:
        source: a table of responses, or scores ``[models, items]``, higher is better.
        models: names of a matrix's models; numbers where there are none.
        items: names of a matrix's items; numbers where there are none.
        groups: name of each item's group, of a matrix; one group where there are none.
        strata: name of each item's stratum within its group, such as the value of a tag, in the
            order of the source's items; selection keeps their shares.
        weights: ``items`` (each counts alike in the pool's mean) or ``benchmarks`` (each group).
        coverage: models that answered a smaller share of the items are left out.

    Raises:
        DataError: no model answered enough, too many cells, or shapes that do not fit.
    """
    if isinstance(source, Responses):
        names = [source.groups[number].name for number in source.group]
        _check_size(len(source.models), len(source.items))
        matrix = source.dense(slice(0, len(source.items))).T
        return _arranged(
            matrix, source.models, source.items, names, strata, weights=weights, coverage=coverage
        )
    matrix = np.asarray(source, dtype=np.float32)
    if matrix.ndim != 2:
        raise DataError(f"a matrix of scores has two dimensions, not {matrix.ndim}.")
    _check_size(*matrix.shape)
    named = models if models is not None else [f"{number:06d}" for number in range(len(matrix))]
    called = items if items is not None else [f"{n:06d}" for n in range(matrix.shape[1])]
    of = groups if groups is not None else ["all"] * matrix.shape[1]
    return _arranged(matrix, named, called, of, strata, weights=weights, coverage=coverage)


def _check_size(models: int, items: int) -> None:
    if models * items > CELLS:
        raise DataError(
            f"{models:,} models × {items:,} items are too many for a selection, which needs a "
            f"dense matrix of at most {CELLS:,} cells; narrow the pool with --where."
        )


def _arranged(
    matrix: Floats,
    models: Sequence[str],
    items: Sequence[str],
    groups: Sequence[str],
    strata: Sequence[str] | None,
    *,
    weights: str,
    coverage: float,
) -> Calibration:
    count, width = matrix.shape
    fine = list(strata) if strata is not None else [""] * width
    if not len(models) == count or not len(items) == len(groups) == len(fine) == width:
        raise DataError("names, groups and strata do not fit the matrix of scores.")
    if np.isinf(matrix).any():
        raise DataError("the scores to calibrate on hold infinite values.")
    identities = list(zip(groups, items, strict=True))
    if len(set(identities)) < width or len(set(models)) < count:
        raise DataError("two items of a group, or two models, have the same name.")
    if weights not in ("items", "benchmarks"):
        raise DataError(f"weights are 'items' or 'benchmarks', not {weights!r}.")
    place = np.array(sorted(range(width), key=lambda n: _key(*identities[n])), dtype=np.int64)
    known = ~np.isnan(matrix)
    enough = known.mean(axis=1) >= coverage if width else np.zeros(count, bool)
    kept = np.array(
        sorted(np.flatnonzero(enough).tolist(), key=lambda m: models[m]), dtype=np.int64
    )
    if not len(kept):
        raise DataError(
            f"no model answered {coverage:.0%} of the {width:,} items; selection learns from "
            f"models that answered them (nearly) all: narrow the items with --where, or lower "
            f"--coverage."
        )
    known = known[np.ix_(kept, place)]
    scores, notes = _filled(matrix[np.ix_(kept, place)], known)
    if len(kept) < count:
        left = count - len(kept)
        said = f"{left} of {count} models answered less than {coverage:.0%} and are left out."
        notes = (said, *notes)
    names = sorted(set(groups))
    at = {name: number for number, name in enumerate(names)}
    group = np.array([at[groups[number]] for number in place], dtype=np.int64)
    layers = [(groups[number], fine[number]) for number in place]
    order = {layer: number for number, layer in enumerate(sorted(set(layers)))}
    share = np.full(width, 1 / width)
    if weights == "benchmarks":
        share = (1 / (len(names) * np.bincount(group)))[group]
    return Calibration(
        models=tuple(models[one] for one in kept),
        items=tuple(items[number] for number in place),
        groups=tuple(names),
        group=group,
        stratum=np.array([order[layer] for layer in layers], dtype=np.int64),
        scores=scores,
        known=known,
        share=share / share.sum(),
        place=place,
        notes=notes,
    )


def _filled(scores: Floats, known: Mask) -> tuple[Floats, tuple[str, ...]]:
    """Return ``scores`` with unknown cells at item mean + model effect, within what is known."""
    if known.all():
        return scores.astype(np.float32), ()
    counted = known.sum(axis=0)
    if not counted.all():
        raise DataError(
            f"{int((counted == 0).sum())} items were answered by none of the models that "
            f"selection learns from; narrow the pool with --where, or ask for less coverage."
        )
    seen = np.where(known, scores, 0).astype(np.float64)
    item = seen.sum(axis=0) / counted
    effect = (np.where(known, scores - item, 0)).sum(axis=1) / known.sum(axis=1)
    guess = np.clip(item + effect[:, None], scores[known].min(), scores[known].max())
    filled = int((~known).sum())
    note = f"{filled:,} unknown cells ({filled / known.size:.1%}) hold item + model effect."
    return np.where(known, scores, guess).astype(np.float32), (note,)


def _key(group: str, item: str) -> bytes:
    """Return what an item is sorted by: nothing that a file's order, or a name's, could tilt."""
    data = group.encode()
    return hashlib.blake2b(len(data).to_bytes(4, "little") + data + item.encode()).digest()


def shrunk(centred: npt.NDArray[np.floating]) -> tuple[float, float]:
    """Return Ledoit and Wolf's weight of the identity, and its scale, for centred scores [M, I].

    C = (1 − ρ) XᵀX/M + ρ μ 1, with ρ and μ of "A well-conditioned estimator for large-dimensional
    covariance matrices" (Journal of Multivariate Analysis, 2004), from the M × M matrix of inner
    products, so that no I × I matrix is made.
    """
    count, width = centred.shape
    inner = centred @ centred.T / count
    squares = float((inner**2).sum())
    level = float(np.trace(inner)) / width
    away = squares - width * level**2
    noise = (float((np.diag(inner) ** 2).sum()) - squares / count) if count > 1 else away
    return (float(np.clip(noise / away, 0.0, 1.0)) if away > 1e-15 else 1.0), max(level, 1e-9)
