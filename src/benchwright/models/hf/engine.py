"""transformers as an engine: packed batches over a cache of slots, or one text by itself."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from itertools import pairwise
from typing import Any

import numpy as np
import numpy.typing as npt
import torch
from transformers.cache_utils import Cache, DynamicLayer

from benchwright.core.errors import ModelError, boundary
from benchwright.models.decoding.engine import EngineFailed, TokenBatch
from benchwright.models.hf.attention import GROUPED, Plan, additive, following
from benchwright.models.hf.grouping import Costs, Group, Run, Slots, groups, union
from benchwright.models.hf.places import placed

CALL = {"cpu": 7e6}
"""What one more call of the attention costs, as floating-point operations, measured on two cores
with AVX-512 (60 microseconds at 10^11 a second)."""

CALL_ELSEWHERE = 1e9
"""The same on a graphics card: estimated, since calls cost as much there and operations little."""

KEY = 8.0
"""What copying a key and its value costs, in queries attending to one key; measured likewise."""


class _Slots:
    """Where the tokens of the present batch are written."""

    def __init__(self, cells: int) -> None:
        self.cells = cells
        self.new: Any = None
        """Slots of the batch's tokens: a slice where they are neighbours, else a tensor."""
        self.seen: Any = None
        """Slots handed to the model's own attention; None where attention picks its own."""

    def write(self, slots: Slots, device: Any) -> None:
        """Let the batch's tokens go to ``slots``, one each."""
        near = bool((np.diff(slots) == 1).all())
        self.new = (
            slice(int(slots[0]), int(slots[-1]) + 1) if near else torch.from_numpy(slots).to(device)
        )


class _SlotLayer(DynamicLayer):  # type: ignore[misc]  # transformers is untyped here
    """Keys and values of one layer, each token's in its own slot, in any order."""

    def __init__(self, slots: _Slots) -> None:
        super().__init__()
        self.keys: Any = None
        self.values: Any = None
        self._slots = slots

    def update(self, key_states: Any, value_states: Any, *_: Any, **__: Any) -> tuple[Any, Any]:
        """Write the new keys and values (1, heads, N, width); return what attention reads."""
        if self.keys is None:
            self.dtype, self.device = key_states.dtype, key_states.device
            self.is_initialized = True
            self.keys, self.values = (
                # Memory is taken as slots are written, not here. Nothing unwritten is ever read.
                new.new_empty((*new.shape[:2], self._slots.cells, new.shape[3]))
                for new in (key_states, value_states)
            )
        self.keys[:, :, self._slots.new] = key_states
        self.values[:, :, self._slots.new] = value_states
        if self._slots.seen is None:
            return self.keys, self.values
        return tuple(held.index_select(2, self._slots.seen) for held in (self.keys, self.values))


class _Rows:
    """The logits of the last batch."""

    def __init__(self) -> None:
        self._rows: npt.NDArray[np.float32] = np.empty((0, 0), np.float32)
        self._at: dict[int, int] = {}

    def keep(self, wanted: list[int], logits: Any) -> None:
        """Keep ``logits`` (K, vocabulary) of the K ``wanted`` tokens."""
        self._rows = logits.float().cpu().numpy()
        self._at = {index: k for k, index in enumerate(wanted)}

    def __getitem__(self, index: int) -> npt.NDArray[np.float32]:
        row: npt.NDArray[np.float32] = self._rows[self._at[index]]
        return row


class SharedEngine:
    """A model that evaluates tokens of many sequences as one row, each shared token once."""

    windowed = False
    """No sequence ever loses its first tokens: a window only hides them."""

    def __init__(self, model: Any, cells: int, attention: str) -> None:
        """Evaluate with ``model`` over a cache of ``cells`` tokens.

        ``attention`` is ``GROUPED``, or the name of the model's own, which is then given all that
        any of the tokens sees, and a mask: slower, and right for more models.
        """
        self._model = model
        self._attention = attention
        self._window = sliding_window(model)
        config = model.config.get_text_config()
        width = 4 * config.hidden_size
        call = CALL.get(model.device.type, CALL_ELSEWHERE)
        self._costs = Costs(KEY, call / width)
        self._slots = _Slots(cells)
        layers = [_SlotLayer(self._slots) for _ in range(config.num_hidden_layers)]
        self._cache: Any = Cache(layers=layers)
        self._held: dict[int, Slots] = {}
        self._users = np.zeros(cells, np.int64)
        self._rows = _Rows()

    @property
    def vocabulary(self) -> int:
        """Number of tokens that it knows."""
        return int(self._model.config.get_text_config().vocab_size)

    def clear(self) -> None:
        """Forget every sequence."""
        self._held = {}
        self._users[:] = 0

    def fork(self, source: int, target: int, end: int) -> None:
        """Let ``target``, which is empty, hold ``source``'s tokens up to ``end`` as well."""
        self._held[target] = self._held[source][:end]
        self._users[self._held[target]] += 1

    def cut(self, sequence: int, start: int, end: int | None = None) -> None:
        """Forget what ``sequence`` holds from position ``start`` on.

        Raises:
            EngineFailed: ``end`` is given, which would leave a hole.
        """
        if end is not None:
            raise EngineFailed("a sequence has no holes here")
        held = self._held.pop(sequence, np.empty(0, np.int64))
        self._users[held[start:]] -= 1
        if start:
            self._held[sequence] = held[:start]

    def intact(self, sequence: int) -> bool:  # noqa: ARG002 - the protocol's
        """Return True: nothing is lost."""
        return True

    def decode(self, batch: TokenBatch) -> None:
        """Evaluate ``batch``; its wanted rows are readable until the next call.

        Raises:
            EngineFailed: torch could not, for want of memory for example.
        """
        found = self._place(batch)
        device = self._model.device
        wanted = [index for index, want in enumerate(batch.wanted) if want]
        attend(self._model, self._attention)
        if self._attention == GROUPED:
            plan = Plan(groups(found, self._costs), self._model, self._window)
            mask, self._slots.seen = plan.marker, None
        else:
            plan, group = Plan([], self._model, 0), union(found)
            mask, self._slots.seen = self._mask(group), torch.from_numpy(group.slots).to(device)
        with _failing(), torch.inference_mode(), following(plan):
            out = self._model(
                input_ids=torch.tensor([batch.tokens], device=device),
                position_ids=torch.tensor([batch.positions], device=device),
                attention_mask=mask,
                past_key_values=self._cache,
                use_cache=True,
                logits_to_keep=torch.tensor(wanted, dtype=torch.long, device=device),
            )
            self._rows.keep(wanted, out.logits[0])

    def row(self, index: int) -> npt.NDArray[np.float32]:
        """Return the logits after token ``index`` of the last batch, (vocabulary,)."""
        return self._rows[index]

    def _place(self, batch: TokenBatch) -> list[Run]:
        """Give every token a slot, in all its sequences, and return the runs."""
        held_by = batch.sequences
        changes = [at for at in range(1, len(batch)) if held_by[at] != held_by[at - 1]]
        runs = list(pairwise([0, *changes, len(batch)]))
        slots = placed(self._users == 0, [end - start for start, end in runs])
        if slots is None:
            raise EngineFailed(f"the cache of {len(self._users)} tokens is full")
        self._slots.write(np.concatenate(slots), self._model.device)
        found: list[Run] = []
        for (start, end), new in zip(runs, slots, strict=True):
            holders = held_by[start]
            for sequence in holders:
                held = self._held.get(sequence, np.empty(0, np.int64))
                if batch.positions[start:end] != list(range(len(held), len(held) + end - start)):
                    raise EngineFailed("tokens do not follow one another")
                self._held[sequence] = np.concatenate((held, new))
            self._users[new] = len(holders)
            found.append(Run(start, end, self._held[holders[0]]))
        return found

    def _mask(self, group: Group) -> Any:
        full = additive(group.visible(), self._model)
        if not self._window:
            return full
        near = additive(group.visible(self._window), self._model)
        if getattr(self._model.config.get_text_config(), "layer_types", None):
            # Models that mix kinds of layers take a mask per kind.
            return {"full_attention": full, "sliding_attention": near}
        return near


def sliding_window(model: Any) -> int:
    """Return how many tokens the layers with a window see; 0 where there are none."""
    config = model.config.get_text_config()
    kinds = getattr(config, "layer_types", None)
    window = getattr(config, "sliding_window", None) or 0
    if kinds and "sliding_attention" not in kinds:
        return 0
    return window if getattr(config, "use_sliding_window", True) else 0


def attend(model: Any, attention: str) -> None:
    """Let ``model`` use the implementation named ``attention``."""
    if model.config.get_text_config()._attn_implementation != attention:
        model.set_attn_implementation(attention)


@contextmanager
def _failing() -> Iterator[None]:
    try:
        with boundary(ModelError, "transformers"):
            yield
    except ModelError as error:
        raise EngineFailed(str(error)) from error


class PlainEngine:
    """A model that evaluates one text at a time as transformers does: the reference."""

    windowed = False

    def __init__(self, model: Any, attention: str) -> None:
        """Evaluate with ``model`` and its own ``attention``."""
        self._model = model
        self.attention = attention
        """The model's own implementation of attention, as transformers calls it."""
        self._past: Any = None
        self._rows = _Rows()

    def clear(self) -> None:
        """Forget the text."""
        self._past = None

    def fork(self, source: int, target: int, end: int) -> None:
        """Raise EngineFailed: nothing is shared here."""
        raise EngineFailed(f"{target} cannot share {end} tokens of {source}")

    def cut(self, sequence: int, start: int, end: int | None = None) -> None:
        """Do nothing: what follows the end of a text is a new text."""

    def intact(self, sequence: int) -> bool:  # noqa: ARG002 - the protocol's
        """Return True: nothing is lost."""
        return True

    def decode(self, batch: TokenBatch) -> None:
        """Evaluate ``batch``, the next tokens of the one text.

        Raises:
            EngineFailed: torch could not.
        """
        device = self._model.device
        wanted = [index for index, want in enumerate(batch.wanted) if want]
        attend(self._model, self.attention)
        with _failing(), torch.inference_mode():
            out = self._model(
                input_ids=torch.tensor([batch.tokens], device=device),
                past_key_values=self._past,
                use_cache=True,
                logits_to_keep=torch.tensor(wanted, dtype=torch.long, device=device),
            )
            self._past = out.past_key_values
            self._rows.keep(wanted, out.logits[0])

    def row(self, index: int) -> npt.NDArray[np.float32]:
        """Return the logits after token ``index`` of the last batch, (vocabulary,)."""
        return self._rows[index]
