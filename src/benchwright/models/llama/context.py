"""Weights and context of llama.cpp, wrapped so that no call can end the process.

llama.cpp aborts on some wrong arguments (more tokens than a batch holds, a sequence id or a token
out of range). Everything of that kind is checked here, before the call.
"""

from __future__ import annotations

import ctypes
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
from msgspec import Struct
from numpy.typing import NDArray

from benchwright.core.errors import ModelError
from benchwright.models.decoding.engine import EngineFailed, State, TokenBatch
from benchwright.models.llama.library import MAX_SEQUENCES, Library

FLASH_ATTENTION = 1
"""``LLAMA_FLASH_ATTN_TYPE_ENABLED``: 1.5 to 1.7 times faster here, and in float32 as exact."""

F16 = 1
"""``GGML_TYPE_F16``: the type of the key-value cache; float32 doubles it, bfloat16 is slower."""


class Weights:
    """A model's weights in memory."""

    def __init__(self, library: Library, path: Path) -> None:
        """Load the GGUF file at ``path``.

        Raises:
            ModelError: llama.cpp cannot load it, or its kind of model cannot be scored here.
        """
        self.library = library
        call = library.call
        library.log.clear()
        handle = call.llama_model_load_from_file(
            str(path).encode("utf-8", "surrogateescape"), call.llama_model_default_params()
        )
        if not handle:
            raise ModelError(
                f"{path}: llama.cpp cannot load it ({library.complaint()}). If the file is whole, "
                "its architecture may be newer than this llama.cpp"
            )
        self.handle: int | None = handle
        self.vocabulary: int = call.llama_model_get_vocab(handle)
        self.n_vocab: int = call.llama_vocab_n_tokens(self.vocabulary)
        self.n_ctx_train: int = call.llama_model_n_ctx_train(handle)
        self.window: int = call.llama_model_n_swa(handle)
        """Tokens that layers with a sliding window see; 0 without such layers."""
        for kind in ("is_recurrent", "is_hybrid", "is_diffusion", "has_encoder"):
            if getattr(call, f"llama_model_{kind}")(handle):
                self.close()
                raise ModelError(
                    f"{path}: llama.cpp says that this model {kind.replace('_', ' ')}; the llama: "
                    "engine asks causal decoders with attention only. Serve it with llama-server "
                    "and ask it as openai:NAME@URL"
                )

    def close(self) -> None:
        """Free the weights; a second call does nothing."""
        if self.handle is not None:
            self.library.call.llama_model_free(self.handle)
            self.handle = None


class ContextSize(Struct, frozen=True, kw_only=True):
    """How much a context holds at once."""

    cells: int
    """Tokens in the key-value cache, over all sequences."""
    batch: int
    """Most tokens per call."""
    micro_batch: int
    """Most tokens per pass through the layers."""
    sequences: int
    """Most sequences."""
    threads: int
    """Threads."""


class Context:
    """A key-value cache over ``weights``: the engine that the scheduler drives."""

    def __init__(self, weights: Weights, size: ContextSize) -> None:
        """Create the context and read back that llama.cpp understood every setting.

        Raises:
            ModelError: no memory, or a setting arrived as another (a wrong struct layout).
        """
        if not 1 <= size.sequences <= min(MAX_SEQUENCES, size.micro_batch):
            # It reserves an output for every sequence and ends the process where they do not fit.
            raise ModelError(
                f"llama.cpp: {size.sequences} sequences; there can be {MAX_SEQUENCES} at most, and "
                f"not more than the {size.micro_batch} tokens of a micro batch"
            )
        if not size.micro_batch <= size.batch <= size.cells:
            raise ModelError(
                f"llama.cpp: a micro batch of {size.micro_batch} in a batch of {size.batch} in "
                f"{size.cells} cells; each must fit into the next"
            )
        self._weights = weights
        self._call = call = weights.library.call
        params = call.llama_context_default_params()
        params.n_ctx, params.n_batch, params.n_ubatch = size.cells, size.batch, size.micro_batch
        params.n_seq_max = size.sequences
        params.n_threads = params.n_threads_batch = size.threads
        params.flash_attn_type = FLASH_ATTENTION
        params.type_k = params.type_v = F16
        params.kv_unified = True
        params.swa_full = True
        params.n_outputs_max_per_seq = 0  # as many as the batch holds
        weights.library.log.clear()
        self._handle: int | None = call.llama_init_from_model(weights.handle, params)
        if not self._handle:
            raise ModelError(
                f"llama.cpp: no context of {size.cells} tokens ({weights.library.complaint()}). "
                "Try less: --model-option cache_mib=256"
            )
        self._read_back(size)
        self._memory: int = call.llama_get_memory(self._handle)
        self.size = size
        self.n_vocab = weights.n_vocab
        self.windowed = weights.window > 0
        self._rows: frozenset[int] = frozenset()

    def _read_back(self, size: ContextSize) -> None:
        asked = {
            "llama_n_ctx": size.cells,
            "llama_n_batch": size.batch,
            "llama_n_ubatch": size.micro_batch,
            "llama_n_seq_max": size.sequences,
            "llama_n_threads": size.threads,
            "llama_n_threads_batch": size.threads,
        }
        for name, expected in asked.items():
            got = getattr(self._call, name)(self._handle)
            if got != expected:
                self.close()
                raise ModelError(
                    f"llama.cpp: {name} is {got} where {expected} was asked for. The struct "
                    "layouts do not fit this library; install the pinned one: "
                    "pip install --force-reinstall 'benchwright[llama]'"
                )

    @property
    def closed(self) -> bool:
        """Whether it was freed."""
        return self._handle is None

    def close(self) -> None:
        """Free the context; a second call does nothing."""
        if self._handle is not None:
            self._call.llama_free(self._handle)
            self._handle = None

    def clear(self) -> None:
        """Forget every sequence."""
        self._call.llama_memory_clear(self._memory, False)

    def fork(self, source: int, target: int, end: int) -> None:
        """Let ``target``, which holds nothing before ``end``, hold ``source``'s tokens up to it."""
        self._check_sequences((source, target))
        self._call.llama_memory_seq_cp(self._memory, source, target, 0, end)

    def cut(self, sequence: int, start: int, end: int | None = None) -> None:
        """Forget what ``sequence`` holds from position ``start`` on, before ``end`` if given."""
        self._check_sequences((sequence,))
        last = -1 if end is None else end
        if not self._call.llama_memory_seq_rm(self._memory, sequence, start, last):
            raise EngineFailed(f"llama.cpp cannot cut sequence {sequence} at {start}")

    def save(self, sequence: int) -> State:
        """Return the keys and values that ``sequence`` holds; it goes on holding them."""
        self._check_sequences((sequence,))
        size = self._call.llama_state_seq_get_size(self._handle, sequence)
        state = np.empty(size, np.uint8)
        got = self._call.llama_state_seq_get_data(self._handle, state.ctypes.data, size, sequence)
        if got != size:
            raise EngineFailed(f"llama.cpp saved {got} bytes of sequence {sequence}, not {size}")
        return state

    def restore(self, sequence: int, state: State) -> bool:
        """Let ``sequence``, which is empty, hold ``state``; False, and still empty, without room.

        ``state`` comes from ``save`` of this context: llama.cpp reads it as it is.
        """
        self._check_sequences((sequence,))
        size = state.nbytes
        got = self._call.llama_state_seq_set_data(self._handle, state.ctypes.data, size, sequence)
        if got != size:
            self.cut(sequence, 0)
            self._weights.library.log.clear()
        return bool(got == size)

    def intact(self, sequence: int) -> bool:
        """Return whether ``sequence`` still holds its first token.

        Layers with a sliding window let llama.cpp reuse the places of tokens that they no longer
        see; such a sequence can go on but nothing can fork from it.
        """
        self._check_sequences((sequence,))
        return bool(self._call.llama_memory_seq_pos_min(self._memory, sequence) == 0)

    def decode(self, batch: TokenBatch) -> None:
        """Evaluate ``batch``; its wanted rows are readable until the next call.

        Raises:
            EngineFailed: the batch is wrong or llama.cpp cannot evaluate it; nothing was computed
                that could be relied on.
        """
        self._rows = frozenset()
        arrays, _kept_alive = self._arrays(batch)
        struct = self._weights.library.structs.batch()
        struct.n_tokens = len(batch.tokens)
        for name, array in arrays.items():
            _point(struct, name, array)
        status = self._call.llama_decode(self._handle, struct)
        if status != 0:
            raise EngineFailed(
                f"llama_decode answered {status} for {len(batch.tokens)} tokens "
                f"({self._weights.library.complaint()})"
            )
        self._rows = frozenset(index for index, wanted in enumerate(batch.wanted) if wanted)

    def row(self, index: int) -> NDArray[np.float32]:
        """Return the logits after token ``index`` of the last batch, shape (n_vocab,), a view.

        Raises:
            EngineFailed: that row was not wanted, or the last batch failed.
        """
        if index not in self._rows:
            raise EngineFailed(f"the logits of batch token {index} were not asked for")
        pointer = self._call.llama_get_logits_ith(self._handle, index)
        if not pointer:
            raise EngineFailed(f"llama.cpp has no logits for batch token {index}")
        view: NDArray[np.float32] = np.ctypeslib.as_array(pointer, shape=(self.n_vocab,))
        return view

    def _arrays(self, batch: TokenBatch) -> tuple[dict[str, NDArray[Any]], NDArray[np.int32]]:
        """Return the batch's arrays by field, and the sequences that one of them points into."""
        n_tokens = len(batch.tokens)
        if not 0 < n_tokens <= self.size.batch:
            raise EngineFailed(f"a batch of {n_tokens} tokens; 1 to {self.size.batch} can be")
        tokens = np.array(batch.tokens, np.int32)
        if tokens.min() < 0 or tokens.max() >= self.n_vocab:
            raise EngineFailed(f"a token outside of the vocabulary of {self.n_vocab}")
        positions = np.array(batch.positions, np.int32)
        if len(positions) != n_tokens or positions.min() < 0:
            raise EngineFailed("a batch needs a position from 0 for every token")
        counts = np.array([len(held) for held in batch.sequences], np.int32)
        if len(counts) != n_tokens or counts.min() < 1:
            raise EngineFailed("a batch needs a sequence for every token")
        flat = np.array([number for held in batch.sequences for number in held], np.int32)
        self._check_sequences((int(flat.min()), int(flat.max())))
        starts = np.concatenate(([0], np.cumsum(counts)[:-1])).astype(np.uint64)
        arrays = {
            "token": tokens,
            "pos": positions,
            "n_seq_id": counts,
            "seq_id": np.uint64(flat.ctypes.data) + starts * np.uint64(flat.itemsize),
            "logits": np.array(batch.wanted, np.int8),
        }
        return arrays, flat

    def _check_sequences(self, sequences: Sequence[int]) -> None:
        for sequence in sequences:
            if not 0 <= sequence < self.size.sequences:
                raise EngineFailed(f"sequence {sequence}; 0 to {self.size.sequences - 1} can be")


def _point(struct: ctypes.Structure, name: str, array: NDArray[Any]) -> None:
    """Let field ``name`` point to ``array``, whatever pointer type the layout declares."""
    place = getattr(type(struct), name)
    ctypes.c_void_p.from_buffer(struct, place.offset).value = array.ctypes.data
