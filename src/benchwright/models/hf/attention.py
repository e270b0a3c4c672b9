"""Attention for packed tokens: many sequences in one row, grouped by what they look at.

All linear layers of a model see the N tokens of a batch as one row without padding. Only attention
knows that they belong to several sequences: the tokens are cut into *groups* of neighbours, and
each group attends to the keys of its own sequences and no others, with a mask that is small because
the group is. Which neighbours make a group is decided by cost: a group of its own copies its keys
together and costs a call; a larger one computes products that its mask throws away.

transformers finds this function in its registry of attention implementations, by the name
``GROUPED``; the plan of the present batch reaches it through a context variable, since not every
architecture hands foreign arguments down to its layers.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Any

import numpy as np
import torch
from transformers import AttentionInterface
from transformers.masking_utils import AttentionMaskInterface, sdpa_mask

from benchwright.core.errors import ModelError
from benchwright.models.hf.grouping import Group

GROUPED = "benchwright_grouped"
"""The name of this implementation in transformers' registry."""

FEW_SPANS = 8
"""Up to so many runs of neighbouring slots are joined as views; more are picked one by one."""

STACKED = 192
"""Groups of fewer rows stack the heads that share keys on one another: torch's flash attention for
processors works in blocks of 32 rows below so many and of 64 above, which is up to 1.8 times as
fast (``flash_attention_kernel`` in aten/src/ATen/native/cpu/FlashAttentionKernel.cpp)."""

HARMLESS = frozenset(
    {
        "is_causal",
        "output_attentions",
        "output_hidden_states",
        "position_ids",
        "return_dict",
        "sliding_window",
        "use_cache",
    }
)
"""Arguments of an attention call that ask nothing of it that is not done here."""


class Plan:
    """Which keys the tokens of one batch attend to, ready for every layer."""

    def __init__(self, groups: list[Group], model: Any, window: int) -> None:
        """Prepare ``groups`` for ``model``; ``window`` is its sliding window, 0 without one."""
        self._groups = [_Prepared(group, model, window) for group in groups]
        full, near = (torch.zeros((1, 1, 1, size), device=model.device) for size in (1, 2))
        self.marker: Any = full
        """What is given to the model in place of a mask: layers with a window are handed another
        than those without, by the model itself, and hand it on to ``attend``."""
        if window:
            kinds = getattr(model.config.get_text_config(), "layer_types", None)
            self.marker = {"full_attention": full, "sliding_attention": near} if kinds else near

    def attend(self, query: Any, key: Any, value: Any, scale: float | None, *, near: bool) -> Any:
        """Return what N tokens see, (1, N, heads, value width).

        ``query`` is (1, heads, N, width); ``key`` and ``value`` are the whole cache, (1, heads of
        the cache, cells, width). ``near`` asks for the sliding window.
        """
        heads, kept = query.shape[1], key.shape[1]
        found = query.new_empty((1, query.shape[2], heads, value.shape[3]))
        # Heads that share keys stand beside one another, so nothing is copied for them.
        query = query[0].unflatten(0, (kept, heads // kept))
        seen = found[0].unflatten(1, (kept, heads // kept)).permute(1, 2, 0, 3)
        for group in self._groups:
            seen[:, :, group.rows] = group.attend(query[:, :, group.rows], key, value, scale, near)
        return found


class _Prepared:
    """A group with its slots and masks on the model's device."""

    def __init__(self, group: Group, model: Any, window: int) -> None:
        self.rows = slice(group.start, group.end)
        starts = np.flatnonzero(np.diff(group.slots, prepend=-2) != 1)
        lengths = np.diff(starts, append=len(group.slots))
        self._spans = list(zip(group.slots[starts].tolist(), lengths.tolist(), strict=True))
        self._slots: Any = None
        if len(self._spans) > FEW_SPANS:
            self._slots = torch.from_numpy(group.slots).to(model.device)
        self._mask = None if group.causal else additive(group.visible(), model)
        self._near = additive(group.visible(window), model) if window else None
        self._stacked: dict[tuple[int, bool], Any] = {}

    def attend(self, query: Any, key: Any, value: Any, scale: float | None, near: bool) -> Any:
        """Return what ``query`` (kept heads, heads on each, N, width) sees of the whole cache."""
        key, value = self._pick(key), self._pick(value)
        times, rows = query.shape[1:3]
        mask = self._near if near else self._mask
        ask = torch.nn.functional.scaled_dot_product_attention
        if mask is None or times == 1 or rows >= STACKED:
            shared = [kept[0].unsqueeze(1).expand(-1, times, -1, -1) for kept in (key, value)]
            return ask(query, *shared, attn_mask=mask, is_causal=mask is None, scale=scale)
        if (times, near) not in self._stacked:
            self._stacked[times, near] = mask.repeat(1, 1, times, 1)
        stacked = query.flatten(1, 2)[None]
        mask = self._stacked[times, near]
        return ask(stacked, key, value, attn_mask=mask, scale=scale)[0].unflatten(1, (times, rows))

    def _pick(self, cache: Any) -> Any:
        """Return the group's part of ``cache``, (1, heads, slots of the group, width)."""
        if self._slots is not None:
            return cache.index_select(2, self._slots)
        parts = [cache.narrow(2, start, length) for start, length in self._spans]
        return parts[0] if len(parts) == 1 else torch.cat(parts, 2)


def additive(visible: np.ndarray[Any, np.dtype[np.bool_]], model: Any) -> Any:
    """Return a mask (1, 1, N, C) to be added to scores: 0 where visible, else the least number."""
    seen = torch.from_numpy(visible).to(model.device)
    mask = torch.zeros(seen.shape, dtype=model.dtype, device=model.device)
    return mask.masked_fill_(~seen, torch.finfo(model.dtype).min)[None, None]


_PLAN: ContextVar[Plan] = ContextVar("plan")


@contextmanager
def following(plan: Plan) -> Iterator[None]:
    """Let every attention within this block, in this thread, follow ``plan``."""
    before = _PLAN.set(plan)
    try:
        yield
    finally:
        _PLAN.reset(before)


def register() -> None:
    """Make ``GROUPED`` known to transformers; a second time changes nothing."""
    AttentionInterface.register(GROUPED, _attention)
    AttentionMaskInterface.register(GROUPED, sdpa_mask)


def _attention(
    module: Any,
    query: Any,
    key: Any,
    value: Any,
    attention_mask: Any,
    scaling: float | None = None,
    dropout: float = 0.0,
    **others: Any,
) -> tuple[Any, None]:
    """Attend as the plan in force says; the signature is that of transformers' registry."""
    near = attention_mask is not None and attention_mask.shape[-1] == 2
    asked = {name for name, what in others.items() if what is not None and what is not False}
    strange = asked - HARMLESS
    if dropout:
        strange.add("dropout")
    if others.get("is_causal") is False or not getattr(module, "is_causal", True):
        strange.add("attention to what follows")
    if (others.get("sliding_window") is not None) > near:
        strange.add("a window of its own")
    if strange:
        raise ModelError(f"its attention asks for {', '.join(sorted(strange))}")
    return _PLAN.get().attend(query, key, value, scaling, near=near), None
