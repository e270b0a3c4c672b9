"""The methods by name, and ``select``, which calls one."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import Protocol

from benchwright.analysis.selecting.anchor_points import select_anchor_points
from benchwright.analysis.selecting.c_optimal import select_c_optimal
from benchwright.analysis.selecting.calibration import Calibration
from benchwright.analysis.selecting.cod import select_cod
from benchwright.analysis.selecting.d_optimal import select_d_optimal
from benchwright.analysis.selecting.facility_location import select_facility_location
from benchwright.analysis.selecting.fluid import select_fluid
from benchwright.analysis.selecting.max_min import select_max_min
from benchwright.analysis.selecting.metabench import select_metabench
from benchwright.analysis.selecting.quotas import NONE, Quotas
from benchwright.analysis.selecting.random_draw import select_random
from benchwright.analysis.selecting.stratified import select_stratified
from benchwright.analysis.selecting.subset import Subset
from benchwright.analysis.selecting.tinybenchmarks import select_tinybenchmarks
from benchwright.core.errors import UnknownName

LEARNED = 100
"""Calibration models from which learned designs beat a corrected random draw."""


class Method(Protocol):
    """How k items are chosen."""

    def __call__(
        self, calibration: Calibration, k: int, /, *, seed: int = 0, quotas: Quotas = NONE
    ) -> Subset:
        """Choose ``k`` items, at least ``quotas`` of the groups named."""
        ...


METHODS: Mapping[str, Method] = MappingProxyType(
    {
        "random": select_random,
        "stratified": select_stratified,
        "anchor_points": select_anchor_points,
        "tinybenchmarks": select_tinybenchmarks,
        "metabench": select_metabench,
        "fluid": select_fluid,
        "c_optimal": select_c_optimal,
        "cod": select_cod,
        "facility_location": select_facility_location,
        "d_optimal": select_d_optimal,
        "max_min": select_max_min,
    }
)
"""Name → method."""


def select(
    calibration: Calibration,
    k: int,
    *,
    method: str = "auto",
    seed: int = 0,
    quotas: Quotas = NONE,
) -> Subset:
    """Choose k items whose scores tell the mean of all.

    Args:
        calibration: models that answered (nearly) all items; see ``calibrate``.
        k: how many items.
        method: a name of ``METHODS``; ``auto`` is ``c_optimal`` with at least 100 calibration
            models, else ``stratified``.
        seed: seed of what is drawn.
        quotas: group's name → the fewest items of it.

    Raises:
        DescriptionError: there is no such method, ``k`` or ``quotas`` cannot be met, or the
            method does not fit the scores.
    """
    if method == "auto":
        method = "c_optimal" if len(calibration.models) >= LEARNED else "stratified"
    if method not in METHODS:
        raise UnknownName("method of selection", method, (*METHODS, "auto"))
    return METHODS[method](calibration, k, seed=seed, quotas=quotas)
