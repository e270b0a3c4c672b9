"""Another numeric format of the same weights, made once and kept in the user's cache folder.

A format without a fast kernel can cost a factor of two; F16 of the same weights also differs less
between a question alone and in a batch. The format is part of the model's identity and nothing is
ever converted unasked. Matrices are converted, vectors (norms, biases) become float32, as
llama.cpp's own converter does; metadata are copied byte for byte but for ``general.file_type``.
"""

from __future__ import annotations

import os
import struct
from collections.abc import Iterator
from pathlib import Path
from typing import Any, BinaryIO

import numpy as np
from numpy.typing import NDArray

from benchwright.cache import cache_folder
from benchwright.core.errors import ModelError, boundary
from benchwright.models.llama.header import MAGIC, Header, Tensor, read_header

FORMATS: dict[str, tuple[str, int]] = {
    "f32": ("F32", 0),
    "f16": ("F16", 1),
    "bf16": ("BF16", 32),
    "q8_0": ("Q8_0", 7),
}
"""Format → (ggml's type of the matrices, llama.cpp's number of the file type)."""

CONVERTER = 1
"""Raised when the same source would convert to other bytes."""

_CHUNK = 1 << 22
"""Most numbers converted at once: 16 MiB as float32."""


def converted(header: Header, digest: str, form: str) -> Path:
    """Return the path of ``header``'s model in the format ``form``, converting it if need be.

    ``digest`` is the sha256 of the source: it and the format name the kept file.

    Raises:
        ModelError: a tensor's type cannot be read or does not fit, or the disk is full.
    """
    place = cache_folder() / "gguf" / f"{digest[:32]}-{form}-{CONVERTER}.gguf"
    if place.is_file():
        read_header(place)
        return place
    temporary = place.with_name(f"{place.name}.{os.getpid()}")
    try:
        place.parent.mkdir(parents=True, exist_ok=True)
        with boundary(ModelError, f"{header.path}: cannot be converted to {form}"):
            _write(header, form, temporary)
        temporary.replace(place)
    except OSError as error:
        raise ModelError(
            f"{header.path}: cannot be converted to {form}: {error.strerror} ({place.parent}). "
            "Set BENCHWRIGHT_CACHE to a folder with room"
        ) from error
    finally:
        temporary.unlink(missing_ok=True)
    return place


def _write(header: Header, form: str, place: Path) -> None:
    from gguf.constants import GGML_QUANT_SIZES, GGMLQuantizationType

    name, file_type = FORMATS[form]
    kinds = [_kind(tensor, GGMLQuantizationType[name]) for tensor in header.tensors]
    entries = bytearray(header.entries)
    if header.file_type_at is not None:
        struct.pack_into("<I", entries, header.file_type_at, file_type)
    infos, offset = bytearray(), 0
    sizes = []
    for tensor, kind in zip(header.tensors, kinds, strict=True):
        raw = tensor.name.encode()
        infos += struct.pack("<Q", len(raw)) + raw + struct.pack("<I", len(tensor.shape))
        infos += struct.pack(f"<{len(tensor.shape)}Q", *tensor.shape)
        infos += struct.pack("<IQ", kind, offset)
        block, size = GGML_QUANT_SIZES[GGMLQuantizationType(kind)]
        sizes.append(int(np.prod(tensor.shape, dtype=np.int64)) // block * size)
        offset += sizes[-1] + -sizes[-1] % header.alignment
    with place.open("wb") as out:
        out.write(MAGIC + struct.pack("<IQQ", 3, len(header.tensors), header.n_entries))
        out.write(entries + infos)
        source: NDArray[np.uint8] = np.memmap(header.path, np.uint8, "r")
        for tensor, kind, size in zip(header.tensors, kinds, sizes, strict=True):
            out.write(b"\x00" * (-out.tell() % header.alignment))
            _check_size(out, _pieces(source, tensor, kind), tensor, size)
        out.write(b"\x00" * (-out.tell() % header.alignment))
        out.flush()
        os.fsync(out.fileno())


def _kind(tensor: Tensor, wanted: Any) -> int:
    from gguf.constants import GGML_QUANT_SIZES, GGMLQuantizationType

    kind = GGMLQuantizationType(tensor.type)
    if kind.name.startswith(("I8", "I16", "I32", "I64", "F64")):
        return int(kind)
    if sum(size > 1 for size in tensor.shape) < 2:
        return int(GGMLQuantizationType.F32)
    block, _ = GGML_QUANT_SIZES[wanted]
    return int(wanted if tensor.shape[0] % block == 0 else GGMLQuantizationType.F16)


def _pieces(source: NDArray[np.uint8], tensor: Tensor, kind: int) -> Iterator[NDArray[Any]]:
    """Yield the tensor's bytes in the type ``kind``, some rows at a time."""
    from gguf.constants import GGMLQuantizationType
    from gguf.quants import dequantize, quantize

    raw = source[tensor.offset : tensor.offset + tensor.bytes]
    if tensor.type == kind:
        yield raw
        return
    row = tensor.shape[0]
    n_rows = int(np.prod(tensor.shape[1:], dtype=np.int64))
    rows = raw.reshape(n_rows, -1)
    step = max(1, _CHUNK // row)
    for start in range(0, n_rows, step):
        block = np.ascontiguousarray(rows[start : start + step])
        values = dequantize(block, GGMLQuantizationType(tensor.type))
        if kind == GGMLQuantizationType.F16 and np.abs(values).max() > np.finfo(np.float16).max:
            raise ModelError(
                f"tensor {tensor.name!r} has a number too large for f16; use bf16 or f32"
            )
        yield quantize(values, GGMLQuantizationType(kind))


def _check_size(out: BinaryIO, pieces: Iterator[NDArray[Any]], tensor: Tensor, size: int) -> None:
    start = out.tell()
    out.writelines(piece.tobytes() for piece in pieces)
    if out.tell() - start != size:
        raise ModelError(f"tensor {tensor.name!r} has {out.tell() - start} bytes instead of {size}")
