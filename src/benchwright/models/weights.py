"""The digest of a model's weights, computed once and remembered."""

from __future__ import annotations

import hashlib
from pathlib import Path

from benchwright.cache import cache_folder, recall, remember
from benchwright.core.errors import ModelError


def weights_digest(path: Path) -> str:
    """Return 64 hexadecimal characters that name the weights at ``path``.

    Of a file this is its sha256; of a folder the sha256 over the names and sha256 of its
    ``*.safetensors`` files. A file's digest is remembered by (path, size, time of change, inode)
    in the user's cache, so only the first call reads the weights.

    Raises:
        ModelError: there are no weights at ``path``, or they cannot be read.
    """
    if path.is_dir():
        files = sorted(path.glob("*.safetensors"))
        if not files:
            raise ModelError(f"{path}: no weights here (*.safetensors)")
        if len(files) > 1:
            lines = "".join(f"{file.name}\0{_file_digest(file)}\n" for file in files)
            return hashlib.sha256(lines.encode()).hexdigest()
        path = files[0]
    return _file_digest(path)


def _file_digest(path: Path) -> str:
    try:
        stat = path.stat()
        name = f"{path.resolve()}\0{stat.st_size}\0{stat.st_mtime_ns}\0{stat.st_ino}"
        remembered = cache_folder() / "digests" / hashlib.sha256(name.encode()).hexdigest()
        kept = recall(remembered, str)
        if kept is not None and len(kept) == 64:
            return kept
        with path.open("rb") as file:
            found = hashlib.file_digest(file, "sha256").hexdigest()
    except OSError as error:
        raise ModelError(f"{path}: the weights cannot be read: {error.strerror}") from error
    remember(remembered, found)
    return found
