"""Parts of a table, and the table as plain columns."""

from __future__ import annotations

from collections.abc import Collection
from typing import Any

import msgspec
import numpy as np
import numpy.typing as npt

from benchwright.analysis.responses.table import Responses
from benchwright.core.errors import DescriptionError, UnknownName


def narrowed(
    responses: Responses,
    *,
    models: Collection[str] | None = None,
    items: npt.ArrayLike | None = None,
    groups: Collection[str] | None = None,
) -> Responses:
    """Return the observations of some models on some items, in the table's own order.

    Groups without an item and items outside of the choice go; chosen items that none of the models
    answered stay, and so do chosen models that answered none.

    Args:
        responses: the table.
        models: names; all where it is None.
        items: places of items, or True for each that stays; shape [I]. All where it is None.
        groups: names; all where it is None.

    Raises:
        UnknownName: no model or group goes by a name.
        DescriptionError: places are outside of the table, or nothing is left.
    """
    kept_items = _kept_items(responses, items)
    if groups is not None:
        kept_groups = _chosen("group of items", [one.name for one in responses.groups], groups)
        kept_items &= kept_groups[responses.group]
    kept_models = _chosen("model", responses.models, models)
    if not kept_items.any() or not kept_models.any():
        raise DescriptionError("No item or no model is chosen: there is nothing to rank.")
    sizes = np.diff(responses.start)
    kept = np.repeat(kept_items, sizes)
    if models is not None:
        kept &= kept_models[responses.model]
        row = np.repeat(np.arange(len(sizes)), sizes)
        sizes = np.bincount(row[kept], minlength=len(sizes))
    here = np.zeros(len(responses.groups), dtype=bool)
    here[responses.group[kept_items]] = True
    return msgspec.structs.replace(
        responses,
        models=tuple(np.array(responses.models, dtype=object)[kept_models]),
        groups=tuple(one for one, stays in zip(responses.groups, here, strict=True) if stays),
        items=[responses.items[place] for place in np.flatnonzero(kept_items).tolist()],
        group=(np.cumsum(here) - 1)[responses.group[kept_items]].astype(np.int32),
        source=np.unique(responses.source[kept_items], return_inverse=True)[1].astype(np.int32),
        start=np.concatenate([[0], np.cumsum(sizes[kept_items])]).astype(np.int64),
        model=(np.cumsum(kept_models) - 1)[responses.model[kept]].astype(responses.model.dtype),
        score=responses.score[kept],
    )


def to_columns(responses: Responses) -> dict[str, Any]:
    """Return the observations as columns of one length: model, benchmark, item, source, score.

    Names are object arrays, ``source`` holds numbers, and ``score`` is as it is in the table:
    higher is better. ``read_responses`` of it gives the table again.
    """
    row = np.repeat(np.arange(len(responses.group)), np.diff(responses.start))
    models = np.array(responses.models, dtype=object)
    groups = np.array([one.name for one in responses.groups], dtype=object)
    return {
        "model": models[responses.model],
        "benchmark": groups[responses.group[row]],
        "item": np.array(responses.items, dtype=object)[row],
        "source": responses.source[row],
        "score": responses.score,
    }


def to_frame(responses: Responses) -> Any:
    """Return ``to_columns`` as a polars data frame where polars is installed, else as it is."""
    columns = to_columns(responses)
    try:
        import polars
    except ImportError:
        return columns
    return polars.DataFrame({name: values.tolist() for name, values in columns.items()})


def _chosen(
    kind: str, known: Collection[str], wanted: Collection[str] | None
) -> npt.NDArray[np.bool_]:
    if wanted is None:
        return np.ones(len(known), dtype=bool)
    for name in wanted:
        if name not in known:
            raise UnknownName(kind, name, known)
    chosen = set(wanted)
    return np.array([name in chosen for name in known], dtype=bool)


def _kept_items(responses: Responses, items: npt.ArrayLike | None) -> npt.NDArray[np.bool_]:
    count = len(responses.group)
    if items is None:
        return np.ones(count, dtype=bool)
    wanted = np.asarray(items)
    if wanted.dtype == bool:
        if wanted.shape != (count,):
            raise DescriptionError(f"{wanted.shape} does not say of {count} items which stay.")
        return wanted.copy()
    if wanted.size and (wanted.min() < 0 or wanted.max() >= count):
        raise DescriptionError(f"The table has items 0 to {count - 1}; a place is outside.")
    kept = np.zeros(count, dtype=bool)
    kept[wanted.astype(np.int64)] = True
    return kept
