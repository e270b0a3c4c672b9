"""The forward pass: batches through transformers, over a cache of places instead of rows."""

from __future__ import annotations

from typing import Any

import numpy as np
import torch
from transformers.cache_utils import Cache, DynamicLayer

from benchwright.models.hf.tree import Arrays, Batch, Ints, Sequence, Tree

SHARED_ATTENTION = frozenset({"full_attention", "sliding_attention"})
"""Kinds of layers that an arbitrary mask can be given to."""

NOISE = {"float32": 0.01, "bfloat16": 0.5}
"""Largest difference of a log-probability alone and shared, in nats, that is still rounding."""


class Places:
    """Which slots the tokens of the present batch are written to, and which they look at."""

    def __init__(self) -> None:
        """Start without a batch."""
        self.slots: Any = None
        self.context: Any = None
        self.size = 0


class PlacedLayer(DynamicLayer):  # type: ignore[misc]  # transformers is untyped here
    """Keys and values of one layer, each token in its own slot, in any order."""

    def __init__(self, places: Places) -> None:
        """Share ``places`` with the other layers."""
        super().__init__()
        self.keys: Any = None
        self.values: Any = None
        self._places = places

    def update(self, key_states: Any, value_states: Any, *_: Any, **__: Any) -> tuple[Any, Any]:
        """Write the new keys and values (1, heads, N, width); return those of the context."""
        if self.keys is None:
            self.dtype, self.device = key_states.dtype, key_states.device
            self.is_initialized = True
        self.keys = self._written(self.keys, key_states)
        self.values = self._written(self.values, value_states)
        context = self._places.context
        return self.keys.index_select(2, context), self.values.index_select(2, context)

    def _written(self, held: Any, new: Any) -> Any:
        size = self._places.size
        if held is None or held.shape[2] < size:
            room = max(size, 2 * held.shape[2] if held is not None else 1024)
            # Zeros, not garbage: a masked NaN would still be a NaN in the sum over values.
            grown = new.new_zeros((*new.shape[:2], room, new.shape[3]))
            if held is not None:
                grown[:, :, : held.shape[2]] = held
            held = grown
        held.index_copy_(2, self._places.slots, new)
        return held


class Logits:
    """The logits of some places, asked only for what is wanted of them."""

    def __init__(self, values: Any, places: Ints) -> None:
        """Hold ``values`` (K, vocabulary) of K ``places``."""
        self._values = values.float()
        self._at = {place: k for k, place in enumerate(places.tolist())}

    def row(self, place: int) -> Any:
        """Return the logits (vocabulary,) of one place, in float32."""
        return self._values[self._at[place]]

    def of(self, wanted: list[tuple[int, int]]) -> list[tuple[float, bool]]:
        """Return, of each (place, token), its log-probability and whether it is the greedy one.

        A log-sum-exp over each row; nothing of the size of the vocabulary is kept.
        """
        if not wanted:
            return []
        rows = torch.tensor([self._at[place] for place, _ in wanted], device=self._values.device)
        tokens = torch.tensor([token for _, token in wanted], device=self._values.device)
        total = self._values.logsumexp(-1)
        best = self._values.argmax(-1)
        logprobs = self._values[rows, tokens] - total[rows]
        return list(zip(logprobs.tolist(), (best[rows] == tokens).tolist(), strict=True))


class Evaluator:
    """A model of transformers that evaluates batches of a tree, or one text alone."""

    def __init__(self, model: Any, memory: int) -> None:
        """Evaluate with ``model``, keeping at most about ``memory`` bytes of keys and values."""
        self.model: Any = model
        self.device = model.device
        self.config = model.config.get_text_config()
        self.tree = Tree(max(1, memory // self._bytes_per_token()))
        self._places = Places()
        layers = [PlacedLayer(self._places) for _ in range(self.config.num_hidden_layers)]
        self._cache: Any = Cache(layers=layers)
        self._window = self._sliding_window()

    def evaluate(self, batch: Batch) -> Logits:
        """Evaluate ``batch``; return the logits of the places that it reads."""
        arrays = batch.arrays()
        self._places.slots = self._on_device(arrays.slots)
        self._places.context = self._on_device(arrays.context)
        self._places.size = self.tree.size
        out = self.model(
            input_ids=self._on_device(arrays.tokens)[None],
            position_ids=self._on_device(arrays.positions)[None],
            attention_mask=self._mask(arrays),
            past_key_values=self._cache,
            use_cache=True,
            logits_to_keep=self._on_device(arrays.read),
        )
        return Logits(out.logits[0], arrays.read)

    def alone(self, tokens: list[int], read: int) -> Logits:
        """Evaluate one text by itself; return the logits from its token ``read`` on."""
        ids = torch.tensor([tokens], device=self.device)
        last = len(tokens) - read
        out = self.model(input_ids=ids, use_cache=False, logits_to_keep=last)
        return Logits(out.logits[0, -last:], np.arange(read, len(tokens)))

    def step(self, tokens: list[int], past: Any) -> tuple[Logits, Any]:
        """Go on with one text by itself; return its last token's logits and the new past."""
        ids = torch.tensor([tokens], device=self.device)
        out = self.model(input_ids=ids, past_key_values=past, use_cache=True, logits_to_keep=1)
        return Logits(out.logits[0, -1:], np.array([0])), out.past_key_values

    def free(self) -> None:
        """Let go of the weights and the cache; nothing can be evaluated afterwards."""
        self.model = self._cache = None

    def why_not_shared(self) -> str:
        """Return why tokens of several requests cannot share a row; empty where they can."""
        kinds = set(getattr(self.config, "layer_types", None) or ()) - SHARED_ATTENTION
        if kinds:
            return f"layers of kind {', '.join(sorted(kinds))}"
        if self.config._attn_implementation not in ("sdpa", "eager"):
            return f"attention {self.config._attn_implementation}"
        return ""

    def noise(self) -> float:
        """Return the largest difference of a log-probability alone and shared, in nats.

        Three short texts of fixed random tokens with a common beginning, evaluated both ways.
        """
        draw = np.random.default_rng(0)
        vocabulary = self.config.vocab_size
        shared, *tails = (draw.integers(vocabulary, size=n).tolist() for n in (9, 4, 5, 6))
        sequences = [Sequence(shared + tail, wanted=len(shared)) for tail in tails]
        found: dict[tuple[Sequence, int], Any] = {}
        # Two batches: the second sees the first one's tokens only through the cache.
        for half in (sequences[:1], sequences[1:]):
            batch = Batch(self.tree, room=64)
            for sequence in half:
                batch.add(sequence)
            logits = self.evaluate(batch)
            for sequence, index, row in batch.reads:
                found[sequence, index] = logits.row(row).log_softmax(-1)
        worst = 0.0
        for sequence in sequences:
            right = self.alone(sequence.tokens, sequence.wanted)
            for index in range(sequence.wanted, len(sequence.tokens)):
                apart = right.row(index).log_softmax(-1) - found[sequence, index]
                worst = max(worst, float(apart.abs().max()))
            sequence.release()
        return worst

    def _mask(self, arrays: Arrays) -> Any:
        visible = self._on_device(arrays.visible)
        if not self._window:
            return self._additive(visible)
        apart = self._on_device(arrays.positions)[:, None]
        apart = apart - self._on_device(arrays.context_positions)[None, :]
        near = self._additive(visible & (apart < self._window))
        if getattr(self.config, "layer_types", None):
            # Models that mix kinds of layers take a mask per kind.
            return {"full_attention": self._additive(visible), "sliding_attention": near}
        return near

    def _additive(self, visible: Any) -> Any:
        dtype = self.model.dtype
        mask = torch.zeros(visible.shape, dtype=dtype, device=self.device)
        return mask.masked_fill_(~visible, torch.finfo(dtype).min)[None, None]

    def _sliding_window(self) -> int:
        kinds = getattr(self.config, "layer_types", None)
        window = getattr(self.config, "sliding_window", None) or 0
        if kinds and "sliding_attention" not in kinds:
            return 0
        return window if getattr(self.config, "use_sliding_window", True) else 0

    def _bytes_per_token(self) -> int:
        config = self.config
        heads = getattr(config, "num_key_value_heads", None) or config.num_attention_heads
        width = (
            getattr(config, "head_dim", None) or config.hidden_size // config.num_attention_heads
        )
        return int(2 * config.num_hidden_layers * heads * width * self.model.dtype.itemsize)

    def _on_device(self, array: np.ndarray[Any, Any]) -> Any:
        return torch.from_numpy(array).to(self.device)
