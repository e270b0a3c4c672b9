"""Samples that were read and checked once, kept for the next reader while the process lives.

A run reads a user's file to check and count it, to keep its samples in the pool, and to ask them.
Taking a sample back from here costs a quarter of reading and checking its record again, and every
reader sees the same samples, whatever becomes of the file meanwhile.
"""

from __future__ import annotations

import weakref
from collections.abc import Iterable, Iterator
from contextlib import suppress
from tempfile import SpooledTemporaryFile

import msgspec

from benchwright.core.sample import Sample

BLOCK = 256
"""Samples written and read back at once."""
IN_MEMORY = 8 << 20
"""Bytes held in memory; more go to a temporary file."""

_encoder = msgspec.msgpack.Encoder()
_decoder = msgspec.msgpack.Decoder(list[Sample])


class Spool:
    """Samples in order, for any number of readers in one thread; memory is bounded."""

    def __init__(self) -> None:
        """Hold nothing yet."""
        self._file: SpooledTemporaryFile[bytes] | None = None
        self._sizes: list[int] = []

    def through(self, samples: Iterable[Sample]) -> Iterator[Sample]:
        """Yield the kept samples; until all of ``samples`` were taken once, yield and keep those.

        Where they cannot be kept (a full disk), they are taken from ``samples`` every time.
        """
        if self._file is not None:
            yield from self._again(self._file)
            return
        file = SpooledTemporaryFile(max_size=IN_MEMORY)  # noqa: SIM115 - open while this spool lives
        sizes: list[int] = []
        block: list[Sample] = []
        try:
            for sample in samples:
                block.append(sample)
                if len(block) == BLOCK:
                    _put(block, file, sizes)
                yield sample
            _put(block, file, sizes)
            if self._file is None and not file.closed:
                self._file, self._sizes = file, sizes
                weakref.finalize(self, file.close)
        finally:
            if self._file is not file:
                file.close()

    def _again(self, file: SpooledTemporaryFile[bytes]) -> Iterator[Sample]:
        at = 0
        for size in self._sizes:
            file.seek(at)  # another reader may have read in between
            yield from _decoder.decode(file.read(size))
            at += size


def _put(block: list[Sample], file: SpooledTemporaryFile[bytes], sizes: list[int]) -> None:
    """Write ``block`` and empty it; a file that cannot be written is closed."""
    if not file.closed:
        try:
            sizes.append(file.write(_encoder.encode(block)))
            file.flush()  # a full disk is to be met here, not by a reader
        except OSError:
            with suppress(OSError):  # closing tries once more to write
                file.close()
    block.clear()
