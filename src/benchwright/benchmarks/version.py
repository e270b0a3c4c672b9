"""Which samples these are: the version of a benchmark as loaded."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable

import numpy as np

from benchwright.core.benchmark import Card
from benchwright.core.errors import DataError
from benchwright.core.sample import Sample

_KEY = 16


def benchmark_version(card: Card, samples: Iterable[Sample], *, subset: str = "") -> str:
    """Return ``<card version>-<12 hex>``, or ``<card version>+<subset>-<12 hex>``.

    The hexadecimal part is a blake2b digest over the (id, content) digests of all samples in the
    order of the ids' digests: the same samples give the same version in any order and from any
    source. Streams: about 60 bytes a sample are held.

    Args:
        card: Whose samples.
        samples: All samples of the source, variants left out.
        subset: What the source calls its part of the benchmark (``Source.subset``).

    Raises:
        DataError: two samples share an id.
    """
    kept = bytearray()
    for sample in samples:
        kept += hashlib.blake2b(sample.id.encode(), digest_size=_KEY).digest()
        kept += bytes.fromhex(sample.content_digest())
    pairs = np.frombuffer(kept, dtype=">u8").reshape(-1, 4)
    if not len(pairs):
        raise DataError(f"{card.name}: the source holds no samples")
    order = _ordered(pairs)
    _refuse_twins(card.name, pairs, order)
    hashed = hashlib.blake2b(digest_size=6)
    for start in range(0, len(order), 4096):
        hashed.update(pairs[order[start : start + 4096]].tobytes())
    marked = "".join(c if c.isalnum() else "-" for c in subset)
    return f"{card.version}{'+' if subset else ''}{marked}-{hashed.hexdigest()}"


def _ordered(pairs: np.ndarray) -> np.ndarray:
    # One 64-bit key nearly always decides, and sorting by one holds less than sorting by two.
    order = np.argsort(pairs[:, 0])
    for start in range(0, len(order) - 1, 4096):
        keys = pairs[order[start : start + 4097], 0]
        if (keys[1:] == keys[:-1]).any():
            return np.lexsort((pairs[:, 1], pairs[:, 0]))
    return order


def _refuse_twins(name: str, pairs: np.ndarray, order: np.ndarray) -> None:
    for start in range(0, len(order) - 1, 4096):
        ids = pairs[order[start : start + 4097], :2]
        twins = np.flatnonzero((ids[1:] == ids[:-1]).all(axis=1))
        if len(twins):
            at = start + int(twins[0])
            one, other = sorted((int(order[at]) + 1, int(order[at + 1]) + 1))
            same = (pairs[order[at], 2:] == pairs[order[at + 1], 2:]).all()
            raise DataError(
                f"{name}: samples number {one} and {other} have the same id"
                + (" (and the same content)" if same else " and other content")
                + "; every sample needs an id of its own"
            )
