"""Random draws that depend on what they are for, never on order or global state."""

from __future__ import annotations

import hashlib
import random


def derive(seed: int, *purpose: str | int) -> int:
    """Return a 64-bit seed for one ``purpose`` of a run with ``seed``.

    The purpose is (benchmark, sample, variant, repeat, step, draw, what for) or a part of it;
    blake2b over its length-prefixed parts, so that no two purposes run together.
    """
    hashed = hashlib.blake2b(str(seed).encode(), digest_size=8)
    for part in purpose:
        data = str(part).encode()
        hashed.update(len(data).to_bytes(4, "little") + data)
    return int.from_bytes(hashed.digest(), "little")


def generator(seed: int, *purpose: str | int) -> random.Random:
    """Return a random generator for one ``purpose`` of a run with ``seed``."""
    return random.Random(derive(seed, *purpose))  # noqa: S311 - sampling, not secrets
