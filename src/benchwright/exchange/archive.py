"""Zip archives of strangers, read entry by entry into memory; nothing is unpacked to the disk."""

from __future__ import annotations

import stat
import struct
import zipfile
import zlib
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path, PurePosixPath
from typing import Any

from benchwright.core.errors import DataError
from benchwright.exchange import zstandard
from benchwright.exchange.limits import MIB, Limits
from benchwright.exchange.untrusted import opened

_BATCH, _BATCH_BYTES = 256, 32 * MIB
_LOCAL_HEADER = 30


class Archive:
    """A zip file whose entries are read one at a time into memory, within bounds."""

    def __init__(self, path: Path, limits: Limits) -> None:
        """Open the archive at ``path`` and look at its list of entries.

        Raises:
            DataError: it is damaged or cut off, holds paths that lead out of it, links, too much,
                or entries that unpack to far more than they are.
        """
        self.path = path
        self._limits = limits
        limits.check_size(path, limits.file_bytes)
        try:
            self._zip = zipfile.ZipFile(path)
        except (zipfile.BadZipFile, OSError, ValueError, NotImplementedError) as cause:
            raise DataError(
                f"{path}: not a whole zip archive ({cause}). The list of entries stands at its "
                "end: where that is cut off, nothing in it can be found."
            ) from cause
        try:
            self.entries = self._checked(self._zip.infolist())
        except DataError:
            self._zip.close()
            raise

    def read(self, name: str) -> bytes:
        """Return the bytes of one entry.

        Raises:
            DataError: there is none of that name, or it is damaged.
        """
        if name not in self.entries:
            raise DataError(f"{self.path}: there is no entry {name!r}.")
        return next(data for _, data in self.documents([name]))

    def documents(self, names: Iterable[str]) -> Iterator[tuple[str, bytes]]:
        """Yield (name, bytes) of JSON entries in the order of ``names``, a few in memory at a time.

        Raises:
            DataError: one is damaged.
        """
        batch: list[str] = []
        waiting = 0
        for name in names:
            batch.append(name)
            waiting += self.entries[name].file_size
            if len(batch) >= _BATCH or waiting > _BATCH_BYTES:
                yield from zip(batch, self._unpacked(batch), strict=True)
                batch, waiting = [], 0
        yield from zip(batch, self._unpacked(batch), strict=True)

    def _unpacked(self, names: list[str]) -> list[bytes]:
        infos = [self.entries[name] for name in names]
        if infos and all(info.compress_type == zstandard.METHOD for info in infos):
            most = max(info.file_size for info in infos) + 1
            frames = [self._packed(info) for info in infos]
            return zstandard.unpack(frames, most, str(self.path))
        return [self._read_one(info) for info in infos]

    def _read_one(self, info: zipfile.ZipInfo) -> bytes:
        if info.compress_type == zstandard.METHOD:
            where = f"{self.path}, {info.filename}"
            return zstandard.unpack([self._packed(info)], info.file_size + 1, where)[0]
        with self.open(info.filename) as stream:
            data = stream.read(info.file_size + 1)
        return bytes(data)

    def _packed(self, info: zipfile.ZipInfo) -> bytes:
        """Return the bytes of an entry as they stand in the file."""
        if info.flag_bits & 1:
            raise DataError(f"{self.path}: the entry {info.filename!r} is encrypted.")
        with opened(self.path) as stream:
            stream.seek(info.header_offset)
            start = stream.read(_LOCAL_HEADER)
            if len(start) < _LOCAL_HEADER or start[:4] != b"PK\x03\x04":
                raise DataError(
                    f"{self.path}: the entry {info.filename!r} is not where it should be."
                )
            name_length, extra_length = struct.unpack("<HH", start[26:30])
            stream.seek(name_length + extra_length, 1)
            return bytes(stream.read(info.compress_size))

    @contextmanager
    def open(self, name: str) -> Iterator[Any]:
        """Open one entry for reading.

        Raises:
            DataError: it is damaged, encrypted, or packed in a way that cannot be read here.
        """
        try:
            with self._zip.open(self.entries[name]) as stream:
                yield stream
        except (zipfile.BadZipFile, zlib.error, EOFError, RuntimeError, OSError) as cause:
            raise DataError(f"{self.path}, {name}: cannot be unpacked ({cause}).") from cause

    def close(self) -> None:
        """Close the file."""
        self._zip.close()

    def __enter__(self) -> Archive:
        """Return the archive."""
        return self

    def __exit__(self, *_: object) -> None:
        """Close the file."""
        self.close()

    def _checked(self, infos: list[zipfile.ZipInfo]) -> dict[str, zipfile.ZipInfo]:
        limits = self._limits
        if len(infos) > limits.members:
            raise DataError(f"{self.path}: {len(infos):,} entries; at most {limits.members:,}.")
        total = sum(info.file_size for info in infos)
        if total > limits.unpacked_bytes:
            raise DataError(f"{self.path}: unpacks to {total:,} bytes; refused.")
        found = {}
        for info in infos:
            place = PurePosixPath(info.filename.replace("\\", "/"))
            if place.is_absolute() or ".." in place.parts or ":" in place.parts[0]:
                raise DataError(
                    f"{self.path}: the entry {info.filename!r} leads out of it; refused."
                )
            if stat.S_ISLNK(info.external_attr >> 16):
                raise DataError(f"{self.path}: the entry {info.filename!r} is a link; refused.")
            large = info.file_size > MIB
            if large and info.file_size > limits.ratio * max(info.compress_size, 1):
                raise DataError(
                    f"{self.path}: the entry {info.filename!r} unpacks to {info.file_size:,} bytes"
                    f" from {info.compress_size:,}; refused."
                )
            if info.file_size > limits.document_bytes:
                raise DataError(f"{self.path}: the entry {info.filename!r} is too large.")
            found[info.filename] = info  # of several with one name the last one counts
        return found
