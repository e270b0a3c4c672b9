"""How much of a stranger's file is read before it is refused."""

from __future__ import annotations

from pathlib import Path

from msgspec import Struct

from benchwright.core.errors import DataError

KIB, MIB, GIB = 1 << 10, 1 << 20, 1 << 30


class Limits(Struct, frozen=True, kw_only=True):
    """Bounds of one import; a log beyond them is refused, never cut in silence."""

    files: int = 100_000
    """Files and folders looked at below what was named."""
    file_bytes: int = 64 * GIB
    """Of one file that is read line by line."""
    document_bytes: int = 1 * GIB
    """Of one JSON document, which is held in memory while it is read."""
    line_bytes: int = 64 * MIB
    """Of one line, or one record of an archive."""
    members: int = 2_000_000
    """Entries of an archive."""
    unpacked_bytes: int = 256 * GIB
    """Of all entries of an archive together."""
    ratio: int = 200
    """Unpacked bytes per packed byte of one entry of more than a MiB."""
    depth: int = 200
    """Lists and objects within one another."""
    samples: int = 20_000_000
    """Answers of one log."""
    cells: int = 200_000_000
    """Cells of one sheet."""

    def check_size(self, path: Path, most: int) -> int:
        """Return the size of ``path`` in bytes.

        Raises:
            DataError: it is no plain file, or larger than ``most``.
        """
        try:
            size = path.stat().st_size
        except OSError as cause:
            raise DataError(f"{path}: cannot be read ({cause.strerror}).") from cause
        if not path.is_file():
            raise DataError(f"{path}: not a plain file.")
        if size > most:
            raise DataError(
                f"{path}: {size:,} bytes, and at most {most:,} of such a file are read."
            )
        return size
