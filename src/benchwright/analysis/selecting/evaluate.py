"""How well subsets tell the whole: scored on models that had no part in their choice."""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Mapping, Sequence
from types import MappingProxyType

import numpy as np
import numpy.typing as npt
from msgspec import Struct

from benchwright.analysis.agreement.correlation import kendall
from benchwright.analysis.selecting.arrays import Numbers, Places
from benchwright.analysis.selecting.calibration import Calibration
from benchwright.analysis.selecting.fluid import replayed
from benchwright.analysis.selecting.methods import METHODS
from benchwright.analysis.selecting.quotas import NONE, Quotas
from benchwright.analysis.selecting.subset import Expected
from benchwright.core.errors import DescriptionError, UnknownName
from benchwright.core.seeds import derive
from benchwright.core.table import Table

Family = Callable[[str], str]
"""Model's name → its family; models of one family are never on both sides of a split."""

Estimates = dict[int, Numbers]
"""Number of items → estimates, one a held-out model."""

NEED_SHARES = frozenset({"tinybenchmarks", "metabench", "fluid", "fluid_adaptive", "cod"})
"""Methods that need scores between 0 and 1."""


class Assessed(Struct, frozen=True, kw_only=True):
    """One method at one number of items."""

    method: str
    """Name of the method."""
    k: int
    """Number of items."""
    mae: float
    """Mean absolute error of the estimated pool mean."""
    rmse: float
    """Root of the mean squared error."""
    bias: float
    """Mean of estimate − truth."""
    tau: float
    """Kendall's tau of estimates and truths within a held-out set, averaged; NaN where none."""
    models: int
    """Held-out estimates that the errors are means of."""
    errors: tuple[float, ...]
    """Every absolute error, ascending."""


def first_word(name: str) -> str:
    """Return the letters that a model's name begins with, lower case: its family by default."""
    found = re.match(r"[^\W\d_]+", name)
    return found[0].casefold() if found else name


def family_rule(rule: str | Family | None) -> Family:
    """Return a rule: a function, a regular expression, ``none`` or None (each model its own).

    Of a regular expression the first group counts, or all it matches; a name that it does not
    match is a family of its own.

    Raises:
        DescriptionError: the expression cannot be read.
    """
    if callable(rule):
        return rule
    if rule is None or rule == "none":
        return str
    try:
        pattern = re.compile(rule)
    except re.error as cause:
        raise DescriptionError(
            f"The family rule {rule!r} is no regular expression: {cause}."
        ) from None

    def matched(name: str) -> str:
        found = pattern.search(name)
        return name if found is None else found[1 if pattern.groups else 0] or name

    return matched


def folds(
    models: Sequence[str], count: int, *, family: Family = first_word, seed: int = 0
) -> list[Places]:
    """Return the models' places in at most ``count`` folds of about one size, families whole.

    Raises:
        DescriptionError: all models are one family.
    """
    kin: dict[str, list[int]] = {}
    for place, name in enumerate(models):
        kin.setdefault(family(name), []).append(place)
    if len(kin) < 2:
        raise DescriptionError(
            "Nothing can be held out: all models are of one family. Say another --family, or "
            "none to let each model be its own."
        )
    order = np.random.default_rng(seed).permutation(len(kin))
    members = [list(kin.values())[number] for number in order]
    filled: list[list[int]] = [[] for _ in range(min(count, len(kin)))]
    for group in sorted(members, key=len, reverse=True):
        min(filled, key=len).extend(group)
    return [np.array(sorted(fold), dtype=np.int64) for fold in filled]


def evaluate(
    calibration: Calibration,
    *,
    sizes: Sequence[int],
    methods: Sequence[str] | None = None,
    seeds: Sequence[int] = (0,),
    parts: int = 4,
    family: str | Family | None = first_word,
    quotas: Quotas = NONE,
) -> tuple[Assessed, ...]:
    """Hold out every fold of the models in turn, choose without it, and estimate its models.

    Args:
        calibration: models that answered (nearly) all items.
        sizes: numbers of items.
        methods: names of ``METHODS``, or ``fluid_adaptive``; all that fit the scores by default.
        seeds: of folds and draws; figures are means over them.
        parts: folds.
        family: which models are kin; see ``family_rule``.
        quotas: group's name → the fewest items of it.

    Raises:
        DescriptionError: nothing can be held out, or a method, size or quota does not fit.
    """
    names = tuple(methods) if methods is not None else fitting(calibration)
    rule = family_rule(family)
    gathered: dict[tuple[str, int], list[tuple[Numbers, Numbers]]] = {}
    for seed in seeds:
        for number, fold in enumerate(folds(calibration.models, parts, family=rule, seed=seed)):
            drawn = derive(seed, "fold", number)  # one draw for all folds would err alike in all
            kept = np.setdiff1d(np.arange(len(calibration.models)), fold)
            learned, held = calibration.of_models(kept), calibration.of_models(fold)
            for name in names:
                for k, estimates in estimated(
                    learned, held.scores, tuple(sizes), method=name, seed=drawn, quotas=quotas
                ).items():
                    gathered.setdefault((name, k), []).append((estimates, held.full))
    return tuple(_assessed(name, k, pairs) for (name, k), pairs in gathered.items())


def estimated(
    calibration: Calibration,
    scores: npt.ArrayLike,
    sizes: Sequence[int],
    *,
    method: str,
    seed: int = 0,
    quotas: Quotas = NONE,
) -> Estimates:
    """Return what ``method`` estimates of models whose ``scores`` on all items [M', I] are known.

    Raises:
        UnknownName: there is no such method.
    """
    if method not in METHODS and method not in REPLAYED:
        raise UnknownName("method of selection", method, (*METHODS, *REPLAYED))
    given = np.asarray(scores, dtype=np.float64)
    if method in REPLAYED:
        return REPLAYED[method](calibration, given, tuple(sizes))
    found = {}
    for k in sizes:
        subset = METHODS[method](calibration, k, seed=seed, quotas=quotas)
        found[k] = subset.estimates(given[:, subset.chosen])
    return found


REPLAYED: Mapping[str, Callable[[Calibration, Numbers, tuple[int, ...]], Estimates]] = (
    MappingProxyType({"fluid_adaptive": replayed})
)
"""Methods that choose anew for every model, and are here replayed from its full scores."""


def fitting(calibration: Calibration) -> tuple[str, ...]:
    """Return the methods that can be used on these scores."""
    return tuple(
        name for name in (*METHODS, *REPLAYED) if calibration.bounded or name not in NEED_SHARES
    )


def expected_error(
    calibration: Calibration,
    k: int,
    *,
    method: str,
    seed: int = 0,
    quotas: Quotas = NONE,
    family: str | Family | None = first_word,
    parts: int = 5,
    confidence: float = 0.95,
) -> Expected:
    """Return how far estimates from k items chosen by ``method`` are off for new models.

    The half-width is the split-conformal quantile of the held-out absolute errors, ⌈(n + 1)·γ⌉ of
    n: for a new model like those held out, the estimate ± it covers with that chance. It needs
    n ≥ 19 for 95 %.

    Raises:
        DescriptionError: nothing can be held out, or a method, size or quota does not fit.
    """
    [found] = evaluate(
        calibration, sizes=(k,), methods=(method,), seeds=(seed,), parts=parts, family=family,
        quotas=quotas,
    )  # fmt: skip
    rank = math.ceil((found.models + 1) * confidence)
    return Expected(
        mae=found.mae,
        rmse=found.rmse,
        bias=found.bias,
        tau=None if math.isnan(found.tau) else found.tau,
        half_width=found.errors[rank - 1] if rank <= found.models else None,
        confidence=confidence,
        models=found.models,
    )


def to_table(assessed: Sequence[Assessed], caption: str = "") -> Table:
    """Return one row per method and number of items."""
    return Table(
        columns=("method", "items", "mae", "rmse", "bias", "tau", "estimates"),
        rows=tuple(
            (line.method, line.k, line.mae, line.rmse, line.bias, line.tau, line.models)
            for line in assessed
        ),
        caption=caption,
    )


def _assessed(name: str, k: int, pairs: Sequence[tuple[Numbers, Numbers]]) -> Assessed:
    error = np.concatenate([estimates - truth for estimates, truth in pairs])
    # Rounding must not part what is tied.
    taus = [kendall(np.round(a, 9), np.round(b, 9)) for a, b in pairs if len(b) > 2]
    known = [tau for tau in taus if not math.isnan(tau)]
    return Assessed(
        method=name,
        k=k,
        mae=float(np.abs(error).mean()),
        rmse=float(np.sqrt((error**2).mean())),
        bias=float(error.mean()),
        tau=float(np.mean(known)) if known else math.nan,
        models=len(error),
        errors=tuple(sorted(float(one) for one in np.abs(error))),
    )
