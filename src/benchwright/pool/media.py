"""Pictures, sounds and films: each kept once, under the digest of its bytes."""

from __future__ import annotations

from pathlib import Path

from benchwright.core.canonical import digest
from benchwright.core.content import Media
from benchwright.core.errors import PoolError
from benchwright.pool.disk import storage, write_whole

MEDIA = "media"
MEND = "Move it out of the pool; the next run that needs it reads it from the benchmark's data."


class MediaStore:
    """The files in ``media/`` of one pool."""

    def __init__(self, folder: Path, *, fsync: bool = False) -> None:
        """Keep media for the pool in ``folder``."""
        self._folder = folder / MEDIA
        self._fsync = fsync

    def put(self, data: bytes, mime: str) -> Media:
        """Keep ``data``, once, and return its name."""
        media = Media(digest=digest(data), mime=mime, size=len(data))
        path = self._path(media)
        if not path.exists():
            write_whole(path, data, fsync=self._fsync)
        return media

    def read(self, media: Media) -> bytes:
        """Return the bytes of ``media``.

        Raises:
            PoolError: they are not here, or are not the bytes that were put.
        """
        path = self._path(media)
        with storage(path, MEND):
            data = path.read_bytes()
        if digest(data) != media.digest:
            raise PoolError(f"{path}: damaged (its bytes have another digest). {MEND}")
        return data

    def _path(self, media: Media) -> Path:
        # The digest may come from a file that anyone wrote; it must not lead out of the folder.
        if len(media.digest) != 64 or not set(media.digest) <= set("0123456789abcdef"):
            raise PoolError(f"{media.digest!r} is no digest of media (64 hexadecimal characters)")
        return self._folder / media.digest
