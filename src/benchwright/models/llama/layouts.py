"""Struct layouts of the pinned llama.cpp, and the check that they are the library's own.

The C interface passes structs by value and its fields move between releases. A wrong layout does
not fail: it sets another field. So before the first real call the library itself is asked: its
``*_default_params`` are called on a buffer of 0x00 and on one of 0xFF, and the bytes that it wrote
must be exactly those that the declared fields cover, each with the expected default. What this
cannot see, two neighbours of equal type and default exchanged, the library's digest excludes.
"""

from __future__ import annotations

import ctypes
import platform
import sys
from collections.abc import Mapping
from ctypes import Structure, c_bool, c_float, c_int32, c_size_t, c_uint32, c_void_p
from typing import Any

from benchwright.core.errors import ModelError

LogCallback = ctypes.CFUNCTYPE(None, c_int32, ctypes.c_char_p, c_void_p)
"""``void (*)(enum ggml_log_level, const char * text, void * user_data)``."""


class ModelParams(Structure):
    """``llama_model_params``: 80 bytes on 64-bit machines."""

    _fields_ = [
        ("devices", c_void_p),
        ("tensor_buft_overrides", c_void_p),
        ("n_gpu_layers", c_int32),
        ("split_mode", c_int32),
        ("load_mode", c_int32),
        ("lazy_mode", c_int32),
        ("main_gpu", c_int32),
        ("tensor_split", c_void_p),
        ("progress_callback", c_void_p),
        ("progress_callback_user_data", c_void_p),
        ("kv_overrides", c_void_p),
        ("vocab_only", c_bool),
        ("check_tensors", c_bool),
        ("use_extra_bufts", c_bool),
        ("no_host", c_bool),
        ("no_alloc", c_bool),
        ("load_mtp", c_bool),
    ]


class ContextParams(Structure):
    """``llama_context_params``: 168 bytes on 64-bit machines."""

    _fields_ = [
        ("n_ctx", c_uint32),
        ("n_batch", c_uint32),
        ("n_ubatch", c_uint32),
        ("n_seq_max", c_uint32),
        ("n_rs_seq", c_uint32),
        ("n_outputs_max", c_uint32),
        ("n_outputs_max_per_seq", c_uint32),
        ("n_threads", c_int32),
        ("n_threads_batch", c_int32),
        ("ctx_type", c_int32),
        ("rope_scaling_type", c_int32),
        ("pooling_type", c_int32),
        ("attention_type", c_int32),
        ("flash_attn_type", c_int32),
        ("rope_freq_base", c_float),
        ("rope_freq_scale", c_float),
        ("yarn_ext_factor", c_float),
        ("yarn_attn_factor", c_float),
        ("yarn_beta_fast", c_float),
        ("yarn_beta_slow", c_float),
        ("yarn_orig_ctx", c_uint32),
        ("defrag_thold", c_float),
        ("cb_eval", c_void_p),
        ("cb_eval_user_data", c_void_p),
        ("type_k", c_int32),
        ("type_v", c_int32),
        ("moe_cache_size", c_size_t),
        ("abort_callback", c_void_p),
        ("abort_callback_data", c_void_p),
        ("embeddings", c_bool),
        ("offload_kqv", c_bool),
        ("no_perf", c_bool),
        ("op_offload", c_bool),
        ("swa_full", c_bool),
        ("kv_unified", c_bool),
        ("samplers", c_void_p),
        ("n_samplers", c_size_t),
        ("ctx_other", c_void_p),
    ]


class Batch(Structure):
    """``llama_batch``: 56 bytes on 64-bit machines."""

    _fields_ = [
        ("n_tokens", c_int32),
        ("token", c_void_p),
        ("embd", c_void_p),
        ("pos", c_void_p),
        ("n_seq_id", c_void_p),
        ("seq_id", c_void_p),
        ("logits", c_void_p),
    ]


SIZES: Mapping[str, int] = {"ModelParams": 80, "ContextParams": 168, "Batch": 56}
"""Size in bytes of every struct."""

MODEL_DEFAULTS: Mapping[str, float] = {
    "n_gpu_layers": -1,
    "split_mode": 1,
    "load_mode": -1,
    "lazy_mode": 1,
    "use_extra_bufts": 1,
}
"""Defaults of ``llama_model_params`` that are not zero."""

CONTEXT_DEFAULTS: Mapping[str, float] = {
    "n_ctx": 512,
    "n_batch": 2048,
    "n_ubatch": 512,
    "n_seq_max": 1,
    "n_outputs_max_per_seq": 1,
    "n_threads": 4,
    "n_threads_batch": 4,
    "rope_scaling_type": -1,
    "pooling_type": -1,
    "attention_type": -1,
    "flash_attn_type": -1,
    "yarn_ext_factor": -1,
    "yarn_attn_factor": -1,
    "yarn_beta_fast": -1,
    "yarn_beta_slow": -1,
    "defrag_thold": -1,
    "type_k": 1,
    "type_v": 1,
    "offload_kqv": 1,
    "no_perf": 1,
    "op_offload": 1,
    "swa_full": 1,
}
"""Defaults of ``llama_context_params`` that are not zero."""

_PROBE = 1024
"""Bytes of the buffer that a defaults function may write into."""


def can_probe() -> bool:
    """Return whether the bytes that a function returns a struct into can be chosen here.

    On x86-64 outside Windows the address of a large result is the hidden first argument; elsewhere
    it travels in a register that ctypes cannot set.
    """
    return platform.machine() in {"x86_64", "AMD64"} and sys.platform != "win32"


def check_sizes(structs: Mapping[str, type[Structure]]) -> None:
    """Refuse a machine on which a struct has another size than where it was measured.

    Raises:
        ModelError: this machine's C types are not those of the layouts.
    """
    for name, struct in structs.items():
        if ctypes.sizeof(struct) != SIZES[name]:
            raise ModelError(
                f"llama.cpp: {name} has {ctypes.sizeof(struct)} bytes here instead of "
                f"{SIZES[name]}; the struct layouts hold for 64-bit machines only"
            )


def check_defaults(
    library: ctypes.CDLL,
    function: str,
    struct: type[Structure],
    defaults: Mapping[str, float],
) -> None:
    """Compare ``struct`` with what ``function`` of the library writes.

    Raises:
        ModelError: bytes written and fields declared differ, or a default is another than expected.
    """
    if can_probe():
        written, value = _probe(library, function, struct)
        declared = _covered(struct)
        if written != declared:
            extra, absent = sorted(written - declared), sorted(declared - written)
            raise _refusal(
                f"{function} writes {len(written)} bytes where {struct.__name__} declares "
                f"{len(declared)} (written, undeclared: {extra[:8]}; declared, unwritten: "
                f"{absent[:8]})"
            )
    else:
        call = ctypes.CFUNCTYPE(struct)((function, library))
        value = call()
    for name, *_ in _fields(struct):
        got, expected = getattr(value, name) or 0, defaults.get(name, 0)
        if got != expected:
            raise _refusal(
                f"{function} sets {name} to {got!r} where the layout expects {expected!r}"
            )


def _probe(
    library: ctypes.CDLL, function: str, struct: type[Structure]
) -> tuple[set[int], Structure]:
    call = ctypes.CFUNCTYPE(c_void_p, c_void_p)((function, library))
    zeros = ctypes.create_string_buffer(b"\x00" * _PROBE, _PROBE)
    ones = ctypes.create_string_buffer(b"\xff" * _PROBE, _PROBE)
    for buffer in (zeros, ones):
        call(ctypes.addressof(buffer))
    pairs = zip(zeros.raw, ones.raw, strict=True)
    written = {index for index, (zero, one) in enumerate(pairs) if zero == one}
    return written, struct.from_buffer_copy(zeros.raw)


def _covered(struct: type[Structure]) -> set[int]:
    covered: set[int] = set()
    for name, *_ in _fields(struct):
        place = getattr(struct, name)
        covered.update(range(place.offset, place.offset + place.size))
    return covered


def _fields(struct: type[Structure]) -> list[tuple[str, Any]]:
    return [(field[0], field[1]) for field in struct._fields_]


def _refusal(problem: str) -> ModelError:
    return ModelError(
        f"llama.cpp: {problem}. The library is not the one that these layouts describe, and asking "
        "it would give wrong answers or kill the process. Install the pinned one: "
        "pip install --force-reinstall 'benchwright[llama]'"
    )
