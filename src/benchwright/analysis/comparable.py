"""Which measurements may be compared, and what a named contrast lets differ."""

from __future__ import annotations

from collections.abc import Callable

from msgspec import Struct

from benchwright.analysis.cells import Cell
from benchwright.analysis.fold import FOLDS, Fold, checked
from benchwright.core.conditions import Conditions, differences
from benchwright.core.errors import DescriptionError, UnknownName

Differences = dict[str, tuple[str, str]]
"""Field → its value on either side."""

CONTRASTS: dict[str, frozenset[str]] = {
    "ask": frozenset({"ask", "layout", "generation", "options", "solver", "scorer"}),
    "fold": frozenset({"fold"}),
    "generation": frozenset({"generation"}),
    "judge": frozenset({"judge"}),
    "layout": frozenset({"layout"}),
    "model": frozenset(),
    "opponent": frozenset({"opponent"}),
    "options": frozenset({"options"}),
    "perturbation": frozenset({"perturbation"}),
    "scorer": frozenset({"scorer", "judge"}),
    "shots": frozenset({"shots", "shots_source", "shots_digest"}),
    "solver": frozenset({"solver", "options"}),
    "system": frozenset({"system"}),
    "template": frozenset({"layout"}),
    "variant": frozenset({"variant"}),
}
"""What one contrasts → the fields that may differ with it: asking in another way is necessarily
laid out, generated and scored in another way."""


class Contrast(Struct, frozen=True, kw_only=True):
    """What a comparison is about, besides the model."""

    name: str = "model"
    """One of ``CONTRASTS``."""
    values: tuple[str, str] | None = None
    """The value wanted on either side; None where there are only two."""

    @property
    def allowed(self) -> frozenset[str]:
        """Fields that may differ."""
        return CONTRASTS[self.name]


class Side(Struct, frozen=True, kw_only=True):
    """One side of a comparison."""

    cell: Cell
    """Where its rows stand."""
    fold: Fold = ""
    """How its variants become one."""
    variant: str | None = None
    """The only variant taken; None takes all."""


class Pairing(Struct, frozen=True, kw_only=True):
    """Two sides and what differs between them."""

    a: Side
    """The one."""
    b: Side
    """The other."""
    differs: Differences
    """Everything that differs besides the model."""
    forbidden: Differences
    """Of that, what the contrast does not name."""


def contrast_of(text: str | None) -> Contrast:
    """Return the contrast that ``text`` names: ``ask``, or ``ask=letters,generate``.

    Raises:
        UnknownName: there is no such contrast.
        DescriptionError: not two values are named.
    """
    name, equals, values = (text or "model").partition("=")
    if name not in CONTRASTS:
        raise UnknownName("contrast", name, CONTRASTS)
    if not equals:
        if name in ("fold", "variant"):
            raise DescriptionError(f"Say which two to contrast: {name}=ONE,OTHER.")
        return Contrast(name=name)
    one, comma, other = values.partition(",")
    if not comma or one == other:
        raise DescriptionError(f"The contrast {text!r} must name two values: {name}=ONE,OTHER.")
    return Contrast(name=name, values=(one, other))


def pairings(
    a: list[Cell],
    b: list[Cell],
    *,
    contrast: Contrast,
    fold: Fold,
    conditions: Callable[[str], Conditions],
) -> list[Pairing]:
    """Return every pairing of a cell of ``a`` with one of ``b`` that the contrast is about."""
    found = []
    for left, right in _sides(a, b, contrast, fold):
        differs = _differences(left, right, conditions)
        if not _about(contrast, differs, same=left.cell.model_key == right.cell.model_key):
            continue
        forbidden = {name: pair for name, pair in differs.items() if name not in contrast.allowed}
        found.append(Pairing(a=left, b=right, differs=differs, forbidden=forbidden))
    return found


def _about(contrast: Contrast, differs: Differences, *, same: bool) -> bool:
    """Return whether what differs is what the contrast is about."""
    if contrast.name in ("model", "template"):
        return bool(differs) or not same
    wanted = contrast.values if contrast.name not in ("fold", "variant") else None
    there = differs.get(contrast.name)
    return there == wanted if wanted else there is not None


def _sides(a: list[Cell], b: list[Cell], contrast: Contrast, fold: Fold) -> list[tuple[Side, Side]]:
    one, other = contrast.values or ("", "")
    if contrast.name == "fold":
        folds = checked(one), checked(other)
        return [
            (Side(cell=left, fold=folds[0]), Side(cell=right, fold=folds[1]))
            for left in _foldable(a, folds[0])
            for right in _foldable(b, folds[1])
        ]
    if contrast.name == "variant":
        return [
            (Side(cell=left, variant=one), Side(cell=right, variant=other))
            for left in a
            for right in b
        ]
    a, b = _foldable(a, fold), _foldable(b, fold)
    both = {cell.key for cell in a} == {cell.key for cell in b}
    return [
        (Side(cell=left, fold=fold), Side(cell=right, fold=fold))
        for place, left in enumerate(a)
        for other_place, right in enumerate(b)
        # Within one model every pair would come twice, once each way round.
        if not both or contrast.values is not None or place < other_place
    ]


def _foldable(cells: list[Cell], fold: Fold) -> list[Cell]:
    """Return the cells that ``fold`` applies to: groups need variants, ``plain`` the original."""
    if fold in FOLDS:
        return [cell for cell in cells if cell.variants]
    return [cell for cell in cells if cell.plain] if fold else cells


def _differences(a: Side, b: Side, conditions: Callable[[str], Conditions]) -> Differences:
    found: Differences = {}
    one, other = a.cell, b.cell
    if one.benchmark != other.benchmark:
        found["benchmark"] = (one.benchmark, other.benchmark)
    if one.conditions != other.conditions:
        found.update(differences(conditions(one.conditions), conditions(other.conditions)))
    if one.scorer != other.scorer:
        rules = one.scorer.partition("+")[0], other.scorer.partition("+")[0]
        found["judge" if rules[0] == rules[1] else "scorer"] = (one.scorer, other.scorer)
    if a.fold != b.fold:
        found["fold"] = (a.fold, b.fold)
    if a.variant != b.variant:
        found["variant"] = (a.variant or "", b.variant or "")
    return found
