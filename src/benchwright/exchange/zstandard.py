"""Zstandard, which Python before 3.14 cannot unpack: DuckDB, which is here anyway, can."""

from __future__ import annotations

import tempfile
from collections.abc import Sequence
from pathlib import Path

from benchwright.core.errors import DataError

METHOD = 93
"""The number of this packing in a zip archive."""


def unpack(frames: Sequence[bytes], most: int, where: str) -> list[bytes]:
    """Return the JSON documents that were packed as ``frames``, none longer than ``most`` bytes.

    Raises:
        DataError: one is damaged, is not JSON, or unpacks to more.
    """
    import duckdb  # heavy: only when something is unpacked

    with tempfile.TemporaryDirectory(prefix="benchwright-") as folder:
        paths = [Path(folder) / f"{number:08d}.json.zst" for number in range(len(frames))]
        for path, frame in zip(paths, frames, strict=True):
            path.write_bytes(frame)
        connection = duckdb.connect(":memory:", config={"threads": 1})
        try:
            found = connection.execute(
                "SELECT json FROM read_json_objects(?, compression = 'zstd', format ="
                " 'unstructured', maximum_object_size = ?, filename = true) ORDER BY filename",
                [[str(path) for path in paths], max(most, 1 << 16)],
            ).fetchall()
        except duckdb.Error as cause:
            raise DataError(f"{where}: cannot be unpacked ({_said(cause, folder)}).") from cause
        finally:
            connection.close()
    if len(found) != len(frames):
        raise DataError(f"{where}: an entry holds more or less than one document.")
    return [text.encode() for (text,) in found]


def _said(cause: Exception, folder: str) -> str:
    return str(cause).partition("\n")[0].replace(f"{folder}/", "")
