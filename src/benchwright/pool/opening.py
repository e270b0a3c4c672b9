"""The way in for people: a pool that is there, opened to be asked."""

from __future__ import annotations

from pathlib import Path

from benchwright.pool.folder import Pool


def open_pool(path: str | Path = "pool") -> Pool:
    """Open the pool at ``path``, which is there already; a context manager.

    Raises:
        PoolError: there is no pool, or it is older or newer than this version, or damaged.
    """
    return Pool.open(path, create=False)
