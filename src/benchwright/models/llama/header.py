"""What a GGUF file says of itself, read and checked before llama.cpp sees it.

The file is untrusted: every length is held against the file's size. Layout as in the GGUF
specification (ggml, ``docs/gguf.md``), versions 2 and 3, little-endian.
"""

from __future__ import annotations

import math
import mmap
import struct
from pathlib import Path

import msgspec

from benchwright.core.errors import ModelError

MAGIC = b"GGUF"

_SCALARS = {
    0: "<B",
    1: "<b",
    2: "<H",
    3: "<h",
    4: "<I",
    5: "<i",
    6: "<f",
    7: "<?",
    10: "<Q",
    11: "<q",
    12: "<d",
}
_STRING, _ARRAY = 8, 9
_UINT32 = 4

Value = str | int | float | bool


class Tensor(msgspec.Struct, frozen=True, kw_only=True):
    """One tensor of the file."""

    name: str
    """Its name."""
    shape: tuple[int, ...]
    """Sizes, the fastest-running dimension first, as ggml counts them."""
    type: int
    """ggml's number for the numeric type."""
    offset: int
    """Where its bytes begin, from the beginning of the file."""
    bytes: int
    """How many bytes it has."""


class Header(msgspec.Struct, frozen=True, kw_only=True):
    """All of a GGUF file but the weights."""

    path: Path
    """The file."""
    metadata: dict[str, Value]
    """Keys with one value; arrays are left out."""
    entries: bytes
    """All key-value pairs as they are in the file."""
    n_entries: int
    """Number of key-value pairs."""
    file_type_at: int | None
    """Where in ``entries`` the 4 bytes of ``general.file_type`` are; None without them."""
    tensors: tuple[Tensor, ...]
    """The tensors in the file's order."""
    alignment: int
    """Every tensor begins at a multiple of this many bytes."""

    def text(self, key: str) -> str:
        """Return a text, empty where the file has none under ``key``."""
        value = self.metadata.get(key, "")
        return value if isinstance(value, str) else ""

    def number(self, key: str, default: int = 0) -> int:
        """Return a whole number, ``default`` where the file has none under ``key``."""
        value = self.metadata.get(key)
        return value if isinstance(value, int) and not isinstance(value, bool) else default

    def stored(self) -> str:
        """Return the numeric format that most of the weights are stored in: such as ``q4_1``."""
        from gguf import GGMLQuantizationType

        sizes: dict[int, int] = {}
        for tensor in self.tensors:
            sizes[tensor.type] = sizes.get(tensor.type, 0) + tensor.bytes
        most = max(sizes, key=lambda kind: sizes[kind], default=0)
        known: dict[int, str] = {kind.value: kind.name.lower() for kind in GGMLQuantizationType}
        return known.get(most, f"type {most}")

    def attention_heads(self) -> tuple[int, int]:
        """Return the number of layers and of heads in each, 0 where not told."""
        arch = self.text("general.architecture")
        return self.number(f"{arch}.block_count"), self.number(f"{arch}.attention.head_count")

    def cache_bytes_per_token(self) -> int:
        """Return the bytes that one token takes in an F16 key-value cache, 0 if not told."""
        arch = self.text("general.architecture")
        layers, heads = self.attention_heads()
        if not layers or not heads:
            return 0
        width = self.number(f"{arch}.embedding_length") // heads
        key = self.number(f"{arch}.attention.key_length", width)
        value = self.number(f"{arch}.attention.value_length", width)
        return 2 * layers * self.number(f"{arch}.attention.head_count_kv", heads) * (key + value)


def read_header(path: Path) -> Header:
    """Read the header of the GGUF file at ``path`` and check that all its weights are there.

    Raises:
        ModelError: it is no GGUF file, is damaged or cut short, or is of an unknown version.
    """
    try:
        with path.open("rb") as file:
            if path.stat().st_size < 24:
                raise _damaged(path, "it is too short for a header")
            with mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ) as data:
                return _Reader(path, data).read()
    except OSError as error:
        raise ModelError(f"{path}: cannot be read: {error.strerror}") from error


def _damaged(path: Path, problem: str) -> ModelError:
    return ModelError(
        f"{path}: this GGUF file is damaged or cut short ({problem}). Fetch it again and compare "
        "its size and sha256 with the source's"
    )


class _Reader:
    """A place in the bytes of a file."""

    def __init__(self, path: Path, data: mmap.mmap) -> None:
        self.path, self.data, self.at, self.size = path, data, 0, len(data)

    def read(self) -> Header:
        if self._bytes(4) != MAGIC:
            raise ModelError(f"{self.path}: this is not a GGUF file (it does not begin with GGUF)")
        version = self._scalar("<I")
        if version not in {2, 3}:
            raise ModelError(
                f"{self.path}: GGUF version {version} (as little-endian); 2 and 3 are known. "
                "Convert the model again with a current llama.cpp"
            )
        n_tensors, n_entries = self._scalar("<Q"), self._scalar("<Q")
        start = self.at
        metadata, file_type_at = self._entries(n_entries)
        entries = self.data[start : self.at]
        if isinstance(count := metadata.get("split.count"), int) and count > 1:
            raise ModelError(
                f"{self.path}: this is one of {count} parts of a model. Join them first: "
                "llama-gguf-split --merge FIRST_PART OUTPUT"
            )
        alignment = metadata.get("general.alignment", 32)
        if not isinstance(alignment, int) or alignment <= 0 or alignment % 8:
            raise _damaged(self.path, f"alignment {alignment!r}")
        return Header(
            path=self.path,
            metadata=metadata,
            entries=entries,
            n_entries=n_entries,
            file_type_at=None if file_type_at is None else file_type_at - start,
            tensors=self._tensors(n_tensors, alignment),
            alignment=alignment,
        )

    def _entries(self, count: int) -> tuple[dict[str, Value], int | None]:
        metadata: dict[str, Value] = {}
        file_type_at = None
        for _ in range(count):
            key = self._string()
            kind = self._scalar("<I")
            if key == "general.file_type" and kind == _UINT32:
                file_type_at = self.at
            if kind == _STRING:
                metadata[key] = self._string()
            elif kind == _ARRAY:
                self._skip_array(key)
            elif kind in _SCALARS:
                metadata[key] = self._scalar(_SCALARS[kind])
            else:
                raise _damaged(self.path, f"{key!r} has the unknown type {kind}")
        return metadata, file_type_at

    def _skip_array(self, key: str) -> None:
        kind, count = self._scalar("<I"), self._scalar("<Q")
        if kind in _SCALARS:
            self._bytes(count * struct.calcsize(_SCALARS[kind]))
        elif kind == _STRING:
            for _ in range(count):
                self._bytes(self._scalar("<Q"))
        else:
            raise _damaged(self.path, f"{key!r} is an array of the unknown type {kind}")

    def _tensors(self, count: int, alignment: int) -> tuple[Tensor, ...]:
        from gguf.constants import GGML_QUANT_SIZES, GGMLQuantizationType

        found: list[tuple[str, tuple[int, ...], int, int]] = []
        for _ in range(count):
            name = self._string()
            dimensions = self._scalar("<I")
            if dimensions > 4:
                raise _damaged(self.path, f"tensor {name!r} has {dimensions} dimensions")
            shape = tuple(self._scalar("<Q") for _ in range(dimensions))
            found.append((name, shape, self._scalar("<I"), self._scalar("<Q")))
        base = self.at + -self.at % alignment
        tensors = []
        for name, shape, kind, offset in found:
            if kind not in GGMLQuantizationType._value2member_map_:
                raise ModelError(
                    f"{self.path}: tensor {name!r} has the numeric type {kind}, which the "
                    "installed gguf package does not know"
                )
            block, size = GGML_QUANT_SIZES[GGMLQuantizationType(kind)]
            n_bytes = math.prod(shape) // block * size
            if base + offset + n_bytes > self.size:
                absent = base + offset + n_bytes - self.size
                raise _damaged(self.path, f"tensor {name!r} ends {absent:,} bytes behind the end")
            tensors.append(
                Tensor(name=name, shape=shape, type=kind, offset=base + offset, bytes=n_bytes)
            )
        return tuple(tensors)

    def _scalar(self, form: str) -> int:
        value: int = struct.unpack(form, self._bytes(struct.calcsize(form)))[0]
        return value

    def _string(self) -> str:
        raw = self._bytes(self._scalar("<Q"))
        try:
            return raw.decode()
        except UnicodeDecodeError as error:
            raise _damaged(self.path, f"text at byte {self.at} is not UTF-8") from error

    def _bytes(self, count: int) -> bytes:
        end = self.at + count
        if end > self.size:
            raise _damaged(self.path, f"byte {end:,} of {self.size:,} is needed")
        piece = self.data[self.at : end]
        self.at = end
        return piece
